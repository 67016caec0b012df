// As siffra/preprocessing/clutter.py: remove clutter from a binary image.
/** @import { Constants } from "../constants.js" */
/** @import { Component } from "../cv/components.js" */
/** @import { Floats, Image, Mask } from "../cv/image.js" */
/** @import { Line } from "./lines.js" */
import { connectedComponents } from "../cv/components.js";
import { distanceTransform } from "../cv/distance.js";
import {
  borderPixels,
  countNonZero,
  createImage,
  hasPixels,
  mapImage,
  round,
  sumPixels,
} from "../cv/image.js";
import { dilate } from "../cv/morphology.js";
import { maximum } from "../statistics.js";
import { addFragments, findColumns, findLines, withoutLines } from "./lines.js";

/**
 * Propose masks with less clutter: without lines, specks and marks at the border that touch
 * nothing else, unless it is one component, then also without lines that touch the digit, and what
 * touches the border.
 * @type {(mask: Mask, constants: Constants, isOne?: boolean) => Generator<Mask>}
 */
export function* withoutClutter(mask, constants, isOne = false) {
  const without = removeLines(mask, constants);
  if (isOne && without === mask) {
    yield mask;
    return;
  }
  if (!isOne) yield selectComponents(wholeComponents(mask, without), constants);
  yield selectComponents(hasPixels(without) ? without : mask, constants, false);
}

/**
 * Return the components of a mask of which something is in another one; all if none is.
 * @type {(mask: Mask, rest: Mask) => Mask}
 */
function wholeComponents(mask, rest) {
  const { labels, stats } = connectedComponents(mask);
  const isKept = new Uint8Array(stats.length + 1);
  for (let i = 0; i < rest.data.length; i++) if (rest.data[i]) isKept[labels.data[i]] = 1;
  if (!isKept.includes(1)) return mask;
  return mapImage(mask, (_, i) => isKept[labels.data[i]]);
}

/**
 * Remove frames, underlines and ruled lines, but not the digit's own straight strokes.
 * @type {(mask: Mask, constants: Constants) => Mask}
 */
export function removeLines(mask, constants) {
  const share = constants.clutter.LINE_SIDE / Math.max(mask.width, mask.height);
  const scale = share < 1 ? share : Math.floor(share);
  const small = resizeMask(mask, scale);
  let rows = findLines(small, constants);
  let columns = findColumns(small, constants);
  const frame = frameLines(rows, columns, small, constants);
  let rest = withoutLines(small, frame);
  const isFramed = frame.length > 0;
  if (isFramed && hasPixels(rest)) {
    rows = findLines(rest, constants);
    columns = findColumns(rest, constants);
  }
  const reaches = reachesEdges(mask);
  const ruled = ruledLines(rows, rest, isFramed, true, reaches.sides, constants);
  rest = withoutLines(rest, ruled);
  const upright = ruledLines(columns, rest, isFramed, false, reaches.ends, constants);
  rest = withoutLines(rest, upright);
  const removed = mapImage(small, (value, i) => value - rest.data[i]);
  if (!hasPixels(removed)) return mask;
  const lines = addFragments(removed, small, constants);
  const columnOf = Int32Array.from({ length: mask.width }, (_, x) => x * scale);
  const result = createImage(mask.width, mask.height);
  for (let y = 0, i = 0; y < mask.height; y++) {
    const start = Math.floor(y * scale) * lines.width;
    for (let x = 0; x < mask.width; x++, i++)
      result.data[i] = mask.data[i] & ~lines.data[start + columnOf[x]];
  }
  return result;
}

/**
 * Return whether the foreground touches left and right edge, and top and bottom.
 * @type {(mask: Mask) => {sides: boolean, ends: boolean}}
 */
function reachesEdges({ width, height, data }) {
  const border = borderPixels({ width, height, data });
  /** @type {(start: number, end: number) => boolean} */
  const touches = (start, end) => border.subarray(start, end).includes(1);
  const [top, bottom, left] = [width, 2 * width, 2 * width + height];
  return {
    sides: touches(bottom, left) && touches(left, left + height),
    ends: touches(0, top) && touches(top, bottom),
  };
}

/**
 * Return the sides of the foreground's bounding box if at least three of them are lines.
 * @type {(rows: Line[], columns: Line[], mask: Mask, constants: Constants) => Line[]}
 */
function frameLines(rows, columns, mask, constants) {
  if (!rows.length && !columns.length) return [];
  const { left, top, right, bottom } = mainBox(mask, constants);
  const C = constants.clutter;
  const distance = C.NEAR * Math.max(mask.width, mask.height);
  /** @type {Line[]} */
  const accepted = [];
  let sides = 0;
  for (const { lines, ends, length } of [
    { lines: rows, ends: [top, bottom], length: right - left },
    { lines: columns, ends: [left, right], length: bottom - top },
  ])
    for (const place of ends) {
      const near = lines.filter(
        ({ position, thickness }) => Math.abs(position - place) < distance + thickness,
      );
      if (near.some(({ start, end }) => end - start > C.MIN_SIDE_LENGTH * length)) sides++;
      accepted.push(...near);
    }
  return sides >= C.MIN_SIDES ? accepted : [];
}

/**
 * Return the lines of one direction that are ruled, an underline, or part of a frame.
 * @type {(
 *   lines: Line[], mask: Mask, isFramed: boolean, isRow: boolean, touchesEdges: boolean,
 *   constants: Constants
 * ) => Line[]}
 */
function ruledLines(lines, mask, isFramed, isRow, touchesEdges, constants) {
  const C = constants.clutter;
  if (!lines.length) return [];
  const rest = withoutLines(mask, lines);
  if (C.MAX_LINES_RATIO * countNonZero(rest) <= countNonZero(mask)) return []; // nothing but lines
  const box = mainBox(rest, constants);
  const [low, high] = isRow ? [box.left, box.right] : [box.top, box.bottom];
  const [first, last] = isRow ? [box.top, box.bottom] : [box.left, box.right];
  const length = isRow ? mask.width : mask.height;
  const tolerance = C.TOLERANCE * length;
  const maxThickness = C.THIN * strokeWidth(rest);
  const grown = dilate(rest);
  const found = lines.map((line) => {
    const extent = line.end - line.start + 1;
    const overhang = [(low - line.start) / extent, (line.end - high) / extent];
    return {
      line,
      least: Math.min(...overhang),
      most: Math.max(...overhang),
      isCrossing: line.start <= tolerance && line.end >= length - 1 - tolerance,
      isBefore: line.position <= first + tolerance,
      isAfter: line.position >= last - tolerance,
      sticksOut: Math.min(...overhang) > C.MIN_OVERHANG,
    };
  });
  const nCrossing = found.filter((one) => one.isCrossing).length;
  const encloses =
    found.some((one) => one.isBefore && one.sticksOut) &&
    found.some((one) => one.isAfter && one.sticksOut);
  /** @type {(one: (typeof found)[0]) => boolean} */
  const isAccepted = (one) => {
    let minOverhang = C.MIN_RULED_OVERHANG;
    if (one.line.thickness <= maxThickness) minOverhang = touchesEdges ? -1 : C.MIN_THIN_OVERHANG;
    if (one.isCrossing && (nCrossing > 2 || one.least > minOverhang)) return true;
    if (isFramed) return false;
    if (encloses && one.sticksOut && (one.isBefore || one.isAfter)) return true;
    const isSeparate = () =>
      one.most > C.MIN_SEPARATE_OVERHANG && !one.line.pixels.some((i) => grown.data[i]);
    return isRow && one.isAfter && (one.sticksOut || isSeparate());
  };
  return found.filter(isAccepted).map((one) => one.line);
}

/**
 * Remove marks at the border that are not the digit, and specks. What touches the border, but is
 * neither thick nor nearly all in the margin, is kept if wanted, or if the largest component touches it.
 * @type {(mask: Mask, constants: Constants, keepBorder?: boolean) => Mask}
 */
export function selectComponents(mask, constants, keepBorder = true) {
  const C = constants.clutter;
  const { labels, stats } = connectedComponents(mask);
  if (!stats.length) return mask;
  const isClutter = findBorderClutter(mask, labels, stats, constants);
  const minLength = C.MIN_DIGIT_LENGTH * Math.min(mask.width, mask.height);
  let inside = stats.filter(({ label }) => !isClutter.has(label));
  if (!inside.some((one) => lengthOf(one) >= minLength)) inside = stats;
  const main = largestOf(inside);
  const touching = new Set(keepBorder ? [] : borderPixels(labels));
  if (touching.has(main.label)) touching.clear();
  const isKept = new Uint8Array(stats.length + 1);
  for (const one of inside) {
    const isSpeck =
      one.area < C.SPECK_AREA * main.area && lengthOf(one) < C.SPECK_LENGTH * lengthOf(main);
    isKept[one.label] = !isSpeck && !touching.has(one.label) ? 1 : 0;
  }
  return mapImage(mask, (_, i) => isKept[labels.data[i]]);
}

/** @type {(one: Component) => number} */
const lengthOf = ({ width, height }) => Math.max(width, height);

/**
 * Return the component of the largest area, the first of several.
 * @type {(stats: Component[]) => Component}
 */
const largestOf = (stats) => stats.reduce((most, one) => (one.area > most.area ? one : most));

/**
 * Return the labels of components that are shadows, table edges or fingers at the border.
 * @type {(
 *   mask: Mask, labels: Image<Int32Array>, stats: Component[], constants: Constants
 * ) => Set<number>}
 */
function findBorderClutter(mask, labels, stats, constants) {
  const C = constants.clutter;
  const touching = new Set(borderPixels(labels));
  touching.delete(0);
  if (!touching.size) return new Set();
  const { width, height } = mask;
  const shorter = Math.min(width, height);
  const inner = innerAreas(labels, stats.length, C.OUTER);
  const depths = maxDepths(mask, labels, stats.length);
  const main = largestOf(stats);
  let maxHalfWidth = C.MAX_HALF_WIDTH * shorter;
  if (!touching.has(main.label)) maxHalfWidth = Math.min(maxHalfWidth, 2 * depths[main.label]);
  /** @type {(label: number) => boolean} */
  const isClutter = (label) =>
    1 - inner[label] / stats[label - 1].area > C.MAX_OUTER_SHARE || depths[label] > maxHalfWidth;
  return new Set([...touching].filter(isClutter));
}

/**
 * Count the pixels of each label that are not near the border.
 * @type {(labels: Image<Int32Array>, n: number, outer: number) => Int32Array}
 */
function innerAreas({ width, height, data }, n, outer) {
  const margin = Math.max(1, round(outer * Math.min(width, height)));
  const areas = new Int32Array(n + 1);
  for (let y = margin; y < height - margin; y++)
    for (let x = margin; x < width - margin; x++) areas[data[y * width + x]]++;
  return areas;
}

/**
 * Return the greatest distance to the background in each component.
 * @type {(mask: Mask, labels: Image<Int32Array>, n: number) => Float32Array}
 */
function maxDepths(mask, labels, n) {
  const depth = distanceTransform(mask);
  const depths = new Float32Array(n + 1);
  for (let i = 0; i < depth.data.length; i++) {
    const label = labels.data[i];
    if (depth.data[i] > depths[label]) depths[label] = depth.data[i];
  }
  return depths;
}

/**
 * Shrink a mask so that no line breaks, or repeat each pixel a whole number of times.
 * @type {(mask: Mask, scale: number) => Mask}
 */
function resizeMask(mask, scale) {
  if (scale <= 1) return shrinkMask(mask, scale);
  const result = createImage(mask.width * scale, mask.height * scale);
  for (let y = 0, i = 0; y < result.height; y++) {
    const start = Math.floor(y / scale) * mask.width;
    for (let x = 0; x < result.width; x++, i++)
      result.data[i] = mask.data[start + Math.floor(x / scale)];
  }
  return result;
}

/**
 * Shrink a mask so that no line breaks: each pixel marks the one that it falls on.
 * @type {(mask: Mask, scale: number) => Mask}
 */
export function shrinkMask(mask, scale) {
  if (scale >= 1) return mask;
  const small = createImage(
    Math.max(1, Math.ceil(mask.width * scale)),
    Math.max(1, Math.ceil(mask.height * scale)),
  );
  for (let y = 0, i = 0; y < mask.height; y++) {
    const start = Math.floor(y * scale) * small.width;
    for (let x = 0; x < mask.width; x++, i++)
      if (mask.data[i]) small.data[start + Math.floor(x * scale)] = 1;
  }
  return small;
}

/**
 * Estimate the mean stroke width, in pixels: four times the mean depth, less two.
 * @type {(mask: Mask, depth?: Floats) => number}
 */
export function strokeWidth(mask, depth = distanceTransform(mask)) {
  const meanDepth = sumPixels(depth) / Math.max(countNonZero(mask), 1);
  return Math.max(2 * (2 * meanDepth - 1), 1);
}

/**
 * Return left, top, right and bottom of the components that are not specks.
 * @type {(
 *   mask: Mask, constants: Constants
 * ) => {left: number, top: number, right: number, bottom: number}}
 */
function mainBox(mask, constants) {
  const { stats } = connectedComponents(mask);
  const largest = maximum(stats.map(({ area }) => area));
  const main = stats.filter(({ area }) => constants.clutter.MAX_AREA_RATIO * area >= largest);
  return {
    left: -maximum(main.map((one) => -one.left)),
    top: -maximum(main.map((one) => -one.top)),
    right: maximum(main.map((one) => one.left + one.width)) - 1,
    bottom: maximum(main.map((one) => one.top + one.height)) - 1,
  };
}
