// As siffra/numbers/ruling.py: remove ruled lines, squares, boxes and the rest of a frame.
/** @import { Constants } from "../constants.js" */
/** @import { Component } from "../cv/components.js" */
/** @import { Image, Mask, Pixels } from "../cv/image.js" */
/** @import { Line } from "../preprocessing/lines.js" */
import { connectedComponents } from "../cv/components.js";
import { boundingRect, hasPixels, mapImage, threshold, transpose } from "../cv/image.js";
import { dilate } from "../cv/morphology.js";
import { strokeWidth } from "../preprocessing/clutter.js";
import {
  addFragments,
  findLines,
  longestRun,
  transposeLine,
  withoutLines,
  withoutStrokes,
} from "../preprocessing/lines.js";
import { removeBoxes } from "./boxes.js";

/**
 * Remove lines from one edge of the image to the opposite one: the rest of a frame. What is left
 * must be away from those edges: a digit reaches them in an image that is cropped to its digits.
 * @type {(mask: Mask, constants: Constants) => Mask}
 */
export function removeEdgeLines(mask, constants) {
  const { labels, stats } = connectedComponents(mask);
  const rest = removeCrossing(labels, stats, "width", constants);
  const clear = removeCrossing(transpose(rest), stats, "height", constants);
  return transpose(mapImage(clear, (label) => (label ? 1 : 0), Uint8Array));
}

/**
 * Remove thin components from the first row to the last, if all others are away from these rows.
 * @type {(
 *   labels: Image<Int32Array>, stats: Component[], thickness: "width" | "height",
 *   constants: Constants
 * ) => Image<Int32Array>}
 */
function removeCrossing(labels, stats, thickness, constants) {
  const C = constants["numbers.ruling"];
  const { width, height, data } = labels;
  const first = new Set(data.subarray(0, width));
  const last = new Set(data.subarray((height - 1) * width));
  const crossing = stats.filter(({ label }) => first.has(label) && last.has(label));
  if (!crossing.length) return labels;
  const rest = withoutComponents(labels, labels, crossing);
  const box = boundingRect(rest);
  const margin = C.MIN_EDGE_MARGIN * height;
  const isFar = box.height && box.top >= margin && box.top + box.height - 1 < height - margin;
  if (!isFar) return labels;
  const maxThickness = C.MAX_EDGE_WIDTH * strokeWidth(threshold(rest, 0));
  const thin = crossing.filter((one) => one[thickness] <= maxThickness);
  return withoutComponents(labels, labels, thin);
}

/**
 * @type {<T extends Pixels>(
 *   image: Image<T>, labels: Image<Int32Array>, components: Component[]
 * ) => Image<T>}
 */
function withoutComponents(image, labels, components) {
  const removed = new Set(components.map(({ label }) => label));
  return mapImage(image, (value, i) => (removed.has(labels.data[i]) ? 0 : value));
}

/**
 * Remove boxes around digits, long horizontal lines, and vertical ones that connect those.
 * Other vertical lines may be digits. Returns the mask itself if nothing else would be left.
 * @type {(mask: Mask, constants: Constants) => Mask}
 */
export function removeRuling(mask, constants) {
  const rest = removeLines(removeBoxes(mask, constants), constants);
  return hasPixels(rest) ? rest : mask;
}

/**
 * Remove long horizontal lines, and vertical ones from the first of them to the last.
 * @type {(mask: Mask, constants: Constants) => Mask}
 */
function removeLines(mask, constants) {
  const C = constants["numbers.ruling"];
  const maxThickness = C.LINE_THICKNESS * strokeWidth(mask);
  const lines = withoutStrokes(findLines(mask, constants, { maxThickness }), mask, constants);
  if (!lines.length) return mask;
  const positions = lines.map(({ position }) => position);
  const distance = Math.max(...positions) - Math.min(...positions);
  const turned = transpose(withoutLines(mask, lines));
  let columns = withoutStrokes(findLines(turned, constants), turned, constants)
    .filter(({ start, end }) => end - start >= C.MIN_COLUMN_LENGTH * distance)
    .map((line) => transposeLine(line, mask.height, mask.width));
  let digits = without(mask, [...lines, ...columns], constants);
  if (distance <= C.MIN_DISTANCE * usualHeight(digits)) {
    columns = [];
    digits = without(mask, lines, constants);
  }
  const height = usualHeight(digits);
  digits = removeSpecks(digits, C.SPECK_HEIGHT * height);
  const ruled = lines.filter((line) => height && isRuled(line, mask, digits, height, constants));
  return ruled.length ? without(mask, [...ruled, ...columns], constants) : mask;
}

/**
 * Return the height of a component such that half of the ink is in higher ones.
 * @type {(mask: Mask) => number}
 */
function usualHeight(mask) {
  const stats = connectedComponents(mask).stats.sort((a, b) => a.height - b.height);
  const total = stats.reduce((sum, { area }) => sum + area, 0);
  let area = 0;
  return stats.find((one) => 2 * (area += one.area) >= total)?.height ?? 0;
}

/**
 * Return a mask without lines and the fragments beside them.
 * @type {(mask: Mask, lines: Line[], constants: Constants) => Mask}
 */
function without(mask, lines, constants) {
  const rest = withoutLines(mask, lines);
  const removed = addFragments(
    mapImage(mask, (value, i) => value - rest.data[i]),
    mask,
    constants,
  );
  return mapImage(mask, (value, i) => value & ~removed.data[i]);
}

/**
 * Return whether a line is long, and sticks out beyond the digits or does not touch them.
 * Digits with straight tops or feet side by side look like a line as well.
 * @type {(
 *   line: Line, mask: Mask, digits: Mask, height: number, constants: Constants
 * ) => boolean}
 */
function isRuled(line, mask, digits, height, constants) {
  const C = constants["numbers.ruling"];
  const [start, end] = longestRun(line, mask, C.LINE_GAP * height);
  if (end - start <= C.MIN_LINE_RATIO * height) return false;
  const { left, width } = boundingRect(digits);
  if (Math.min(left - start, end - (left + width)) / height > C.MIN_OVERHANG) return true;
  const grown = dilate(digits);
  return !line.pixels.some((i) => grown.data[i]);
}

/**
 * Return a mask without the components that are lower.
 * @type {(mask: Mask, minHeight: number) => Mask}
 */
function removeSpecks(mask, minHeight) {
  const { labels, stats } = connectedComponents(mask);
  const specks = stats.filter((one) => one.height < minHeight);
  return withoutComponents(mask, labels, specks);
}
