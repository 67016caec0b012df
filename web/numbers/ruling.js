// As pipeline/numbers/ruling.py: remove what a number is written on or in.
import { constants } from "../constants.js";
import { connectedComponents } from "../cv/components.js";
import { boundingRect, cropTo, hasPixels, mapImage, transpose } from "../cv/image.js";
import { dilate } from "../cv/morphology.js";
import { strokeWidth } from "../preprocessing/clutter.js";
import {
  addFragments, findColumns, findLines, transposeLine, withoutLines,
} from "../preprocessing/lines.js";

const C = constants["numbers.ruling"];

/** Remove thin lines all along the left and right edges: the rest of a frame. */
export function removeEdgeLines(mask) {
  const { labels, stats } = connectedComponents(mask);
  const atEdge = stats.filter(
    ({ left, width, height }) =>
      (left === 0 || left + width === mask.width) && height >= C.MIN_EDGE_LENGTH * mask.height,
  );
  const rest = withoutComponents(mask, labels, atEdge);
  if (!atEdge.length || !hasPixels(rest)) return mask;
  const maxWidth = C.MAX_EDGE_WIDTH * strokeWidth(rest);
  return withoutComponents(mask, labels, atEdge.filter(({ width }) => width <= maxWidth));
}

function withoutComponents(mask, labels, components) {
  const removed = new Set(components.map(({ label }) => label));
  return mapImage(mask, (value, i) => (removed.has(labels.data[i]) ? 0 : value));
}

/**
 * Remove boxes around digits, long horizontal lines, and vertical ones that connect those.
 * Other vertical lines may be digits. Returns the mask itself if nothing else would be left.
 */
export function removeRuling(mask) {
  const rest = removeLines(removeBoxes(mask));
  return hasPixels(rest) ? rest : mask;
}

/** Remove boxes that hold digits, and the lines that divide them. */
function removeBoxes(mask) {
  const rest = mapImage(mask, (value) => value);
  // Pale lines of a photograph have gaps.
  const { labels, stats } = connectedComponents(dilate(mask, C.CLOSING_SIZE));
  for (const { label, area, ...place } of stats) {
    if (area < C.MIN_BOX_INK * (place.width + place.height)) continue;
    const own = cropTo(labels, place);
    const component = mapImage(cropTo(mask, place), (value, i) =>
      value && own.data[i] === label ? 1 : 0,
    );
    const { left, top, width, height } = boundingRect(component);
    if (Math.min(width, height) < C.MIN_BOX_SIDE) continue;
    if (!isBox(cropTo(component, { left, top, width, height }))) continue;
    const box = { left: place.left + left, top: place.top + top, width, height };
    paste(emptyBox(cropTo(rest, box)), rest, box);
  }
  return rest;
}

/** Replace a part of an image. */
function paste(part, image, { left, top }) {
  for (let y = 0; y < part.height; y++) {
    const row = part.data.subarray(y * part.width, (y + 1) * part.width);
    image.data.set(row, (top + y) * image.width + left);
  }
}

/** Return whether the outline of a component is a rectangle. */
function isBox(component) {
  const { width, height } = component;
  const tolerance = Math.max(C.OUTLINE_TOLERANCE * Math.min(width, height), 2);
  return [component, transpose(component)].every((image) => {
    let [first, last] = [0, 0];
    for (let x = 0; x < image.width; x++) {
      const isInk = (y) => image.data[y * image.width + x];
      let [top, bottom] = [0, image.height - 1];
      while (top <= tolerance && top < image.height && !isInk(top)) top++;
      while (bottom >= 0 && image.height - 1 - bottom <= tolerance && !isInk(bottom)) bottom--;
      if (top <= tolerance && top < image.height) first++;
      if (bottom >= 0 && image.height - 1 - bottom <= tolerance) last++;
    }
    return Math.min(first, last) / image.width >= C.MIN_OUTLINE;
  });
}

/** Remove the lines of a box, unless no digit would be left. */
function emptyBox(inside) {
  const { width, height } = inside;
  const unit = Math.min(width, height);
  const rows = boxLines(inside, unit);
  const turned = boxLines(transpose(withoutLines(inside, rows)), unit);
  const rest = without(inside, [
    ...rows,
    ...turned.map((line) => transposeLine(line, height, width)),
  ]);
  return boundingRect(rest).height >= C.MIN_CONTENT * height ? rest : inside;
}

/**
 * Return the first and last horizontal lines from side to side, and those far from both.
 * What is near them may be the foot of a digit.
 */
function boxLines(mask, unit) {
  const { width } = mask;
  const lines = findLines(mask, C.BOX_THICKNESS * unit, C.MIN_BOX_COVERAGE).filter((line) => {
    const [start, end] = longestRun(line, mask, C.BOX_GAP * width);
    return end - start >= C.MIN_BOX_LENGTH * width;
  });
  return lines.filter(({ position }) => {
    const distances = [lines[0], lines.at(-1)].map((one) => Math.abs(position - one.position));
    const distance = Math.min(...distances);
    return distance === 0 || distance > C.MIN_BOX_DISTANCE * unit;
  });
}

/** Remove long horizontal lines, and vertical ones from the first of them to the last. */
function removeLines(mask) {
  const lines = findLines(mask, C.LINE_THICKNESS * strokeWidth(mask));
  if (!lines.length) return mask;
  const positions = lines.map(({ position }) => position);
  const distance = Math.max(...positions) - Math.min(...positions);
  let columns = findColumns(withoutLines(mask, lines)).filter(
    ({ start, end }) => end - start >= C.MIN_COLUMN_LENGTH * distance,
  );
  let digits = without(mask, [...lines, ...columns]);
  if (distance <= C.MIN_DISTANCE * usualHeight(digits)) {
    columns = [];
    digits = without(mask, lines);
  }
  const height = usualHeight(digits);
  digits = removeSpecks(digits, height);
  const ruled = lines.filter((line) => height && isRuled(line, mask, digits, height));
  return ruled.length ? without(mask, [...ruled, ...columns]) : mask;
}

/** Return the height of a component such that half of the ink is in higher ones. */
function usualHeight(mask) {
  const stats = connectedComponents(mask).stats.sort((a, b) => a.height - b.height);
  const total = stats.reduce((sum, { area }) => sum + area, 0);
  let area = 0;
  return stats.find((one) => 2 * (area += one.area) >= total)?.height ?? 0;
}

/** Return a mask without lines and the fragments beside them. */
function without(mask, lines) {
  const rest = withoutLines(mask, lines);
  const removed = addFragments(mapImage(mask, (value, i) => value - rest.data[i]), mask);
  return mapImage(mask, (value, i) => value & ~removed.data[i]);
}

/**
 * Return whether a line is long, and sticks out beyond the digits or does not touch them.
 * Digits with straight tops or feet side by side look like a line as well.
 */
function isRuled(line, mask, digits, height) {
  const [start, end] = longestRun(line, mask, C.LINE_GAP * height);
  if (end - start <= C.MIN_LINE_RATIO * height) return false;
  const { left, width } = boundingRect(digits);
  if (Math.min(left - start, end - (left + width)) / height > C.MIN_OVERHANG) return true;
  const grown = dilate(digits, 3);
  return !line.pixels.some((i) => grown.data[i]);
}

/** Return a mask without the components that are lower than a share of the digits' height. */
function removeSpecks(mask, height) {
  const { labels, stats } = connectedComponents(mask);
  const specks = stats.filter((one) => one.height < C.SPECK_HEIGHT * height);
  return withoutComponents(mask, labels, specks);
}

/**
 * Return where the longest part of a line without a gap of more than that starts and ends.
 * Strokes that cross the line fill its gaps.
 */
function longestRun({ pixels }, { width, data }, maxGap) {
  if (!pixels.length) return [0, 0];
  const [first, last] = [pixels[0], pixels.at(-1)].map((i) => Math.floor(i / width)); // rows
  let longest = [0, -1];
  let start = -1;
  let previous = -1;
  for (let x = 0; x < width; x++) {
    let y = first;
    while (y <= last && !data[y * width + x]) y++;
    if (y > last) continue;
    if (start < 0 || x - previous > maxGap + 1) start = x;
    previous = x;
    if (x - start > longest[1] - longest[0]) longest = [start, x];
  }
  return [longest[0], longest[1] + 1];
}
