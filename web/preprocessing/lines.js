// As siffra/preprocessing/lines.py: find straight lines in a binary image, and remove them.
/** @import { Constants } from "../constants.js" */
/** @import { Mask } from "../cv/image.js" */
import { connectedComponents } from "../cv/components.js";
import { boundingRect, mapImage, round, transpose } from "../cv/image.js";
import { dilate, open } from "../cv/morphology.js";
import { maximum, median } from "../statistics.js";

/**
 * A line has the indices of its pixels, its ends, its position across them and its thickness.
 * @typedef {{
 *   pixels: number[], start: number, end: number, position: number, thickness: number
 * }} Line
 */
/** @typedef {{maxThickness?: number, minCoverage?: number, maxSlope?: number}} SearchOptions */
/** @typedef {{x: Int32Array, y: Int32Array, width: number}} Points */

/**
 * Find nearly horizontal lines: rows of the sheared mask that are nearly full.
 * @type {(mask: Mask, constants: Constants, options?: SearchOptions) => Line[]}
 */
export function findLines(mask, constants, options = {}) {
  const C = constants.lines;
  const { maxThickness = 0, minCoverage = C.MIN_COVERAGE, maxSlope = C.MAX_SLOPE } = options;
  const { width, height } = mask;
  const points = listPixels(mask);
  if (!points.x.length) return [];
  const extent = boundingRect(mask).width;
  const { counts, rows } = shearBest(points, mask, extent, maxSlope, C.MAX_WORK);
  const limit = Math.max(C.THIN, maxThickness, C.MAX_THICKNESS * Math.max(width, height));
  /** @type {Map<number, Uint8Array>} */
  const crossings = new Map();
  const lines = [];
  const runs = findRuns(counts, minCoverage * extent, C.SOFT_ROWS);
  if (runs.length > C.MAX_LINES) return [];
  for (const [start, end] of runs) {
    const thickness = end - start + 1;
    if (thickness > limit) continue;
    const crossing = crossings.get(thickness) ?? open(mask, 1, 2 * thickness + C.CROSSING).data;
    crossings.set(thickness, crossing);
    lines.push({ ...measure(points, rows, start, end, (i) => !crossing[i]), thickness });
  }
  return lines;
}

/**
 * Return horizontal lines without the strokes that lie on one of them and are thicker.
 * @type {(lines: Line[], mask: Mask, constants: Constants) => Line[]}
 */
export function withoutStrokes(lines, mask, constants) {
  const { CROSSING } = constants.lines;
  /** @type {Map<number, Uint8Array>} */
  const strokes = new Map();
  return lines.map((line) => {
    const thickness = new Int32Array(mask.width);
    for (const i of line.pixels) thickness[i % mask.width]++;
    const found = thickness.filter((count) => count > 0);
    const usual = found.length ? Math.floor(median(found)) : 0;
    const thicker = strokes.get(usual) ?? open(mask, 1, usual + CROSSING).data;
    strokes.set(usual, thicker);
    return { ...line, pixels: line.pixels.filter((i) => !thicker[i]) };
  });
}

/**
 * Return a line of the transposed image, which has this size, in the image.
 * @type {(line: Line, width: number, height: number) => Line}
 */
export function transposeLine(line, width, height) {
  const pixels = line.pixels.map((i) => (i % width) * height + Math.floor(i / width));
  return { ...line, pixels };
}

/**
 * Find nearly vertical lines.
 * @type {(mask: Mask, constants: Constants) => Line[]}
 */
export const findColumns = (mask, constants) =>
  findLines(transpose(mask), constants).map((line) => transposeLine(line, mask.height, mask.width));

/**
 * Return a mask without the pixels of lines.
 * @type {(mask: Mask, lines: Line[]) => Mask}
 */
export function withoutLines(mask, lines) {
  if (!lines.length) return mask;
  const rest = mapImage(mask, (value) => value);
  for (const { pixels } of lines) for (const i of pixels) rest.data[i] = 0;
  return rest;
}

/**
 * Add to removed lines the components of a mask that they leave beside them.
 * @type {(lines: Mask, mask: Mask, constants: Constants) => Mask}
 */
export function addFragments(lines, mask, constants) {
  const C = constants.lines;
  const rest = mapImage(mask, (value, i) => value & ~lines.data[i] & 1);
  const { labels, stats } = connectedComponents(rest);
  const band = dilate(lines, C.BAND_SIZE);
  const inside = new Int32Array(stats.length + 1);
  for (let i = 0; i < band.data.length; i++) if (band.data[i]) inside[labels.data[i]]++;
  const largest = maximum(stats.map(({ area }) => area));
  const isFragment = new Uint8Array(stats.length + 1);
  for (const { label, area } of stats)
    isFragment[label] =
      inside[label] >= C.MIN_FRAGMENT_SHARE * area && area < C.MAX_FRAGMENT * largest ? 1 : 0;
  return mapImage(lines, (value, i) => (value || isFragment[labels.data[i]] ? 1 : 0));
}

/**
 * Return the start and end of the longest part of a line with no gap over maxGap.
 * Strokes that cross the line fill its gaps.
 * @type {(line: Line, mask: Mask, maxGap: number) => [number, number]}
 */
export function longestRun({ pixels }, { width, data }, maxGap) {
  if (!pixels.length) return [0, 0];
  const [first, last] = [pixels[0], pixels[pixels.length - 1]].map((i) => Math.floor(i / width));
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

/** @type {(mask: Mask) => Points} */
function listPixels({ width, height, data }) {
  const x = new Int32Array(data.length);
  const y = new Int32Array(data.length);
  let n = 0;
  for (let row = 0, i = 0; row < height; row++)
    for (let column = 0; column < width; column++, i++)
      if (data[i]) {
        x[n] = column;
        y[n++] = row;
      }
  return { x: x.subarray(0, n), y: y.subarray(0, n), width };
}

/**
 * Shear so that the fullest row is as full as possible; return counts and each pixel's row.
 * @type {(
 *   points: Points, mask: Mask, extent: number, maxSlope: number, maxWork: number
 * ) => {counts: Int32Array, rows: Int32Array}}
 */
function shearBest({ x, y }, { width, height }, extent, maxSlope, maxWork) {
  const steps = round(maxSlope * extent);
  const stride = 1 + Math.floor(((2 * steps + 1) * x.length) / maxWork);
  let best = { shifts: new Int32Array(width), most: 0 };
  for (let step = -steps; step <= steps; step++) {
    const shifts = new Int32Array(width);
    for (let column = 0; column < width; column++)
      shifts[column] = width - round(column * (step / extent));
    const counts = new Int32Array(height + 2 * width);
    for (let i = 0; i < x.length; i += stride) counts[y[i] + shifts[x[i]]]++;
    const most = maximum(counts);
    if (most > best.most) best = { shifts, most };
  }
  const rows = y.map((row, i) => row + best.shifts[x[i]]);
  const counts = new Int32Array(height + 2 * width);
  for (const row of rows) counts[row]++;
  return { counts, rows };
}

/**
 * Return first and last of the rows above a threshold, and of a few above half of it.
 * @type {(counts: Int32Array, threshold: number, softRows: number) => [number, number][]}
 */
function findRuns(counts, threshold, softRows) {
  const half = Array.from(counts, (count) => count >= threshold / 2);
  let full = Array.from(counts, (count) => count >= threshold);
  const last = full.length - 1;
  for (let k = 0; k < softRows; k++)
    full = full.map(
      (is, i) => is || (i > 0 && i < last && half[i] && (full[i + 1] || full[i - 1])),
    );
  /** @type {[number, number][]} */
  const runs = [];
  for (let i = 0; i <= last; i++) {
    if (full[i] && !full[i - 1]) runs.push([i, i]);
    if (full[i]) runs[runs.length - 1][1] = i;
  }
  return runs;
}

/**
 * Return the pixels of a line that are no part of a crossing stroke, its ends and position.
 * @type {(
 *   points: Points, rows: Int32Array, first: number, last: number, isLine: (index: number) => boolean
 * ) => {pixels: number[], start: number, end: number, position: number}}
 */
function measure({ x, y, width }, rows, first, last, isLine) {
  /** @type {number[]} */
  const pixels = [];
  let [start, end, sum, count] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < rows.length; i++) {
    if (rows[i] < first - 1 || rows[i] > last + 1) continue;
    const index = y[i] * width + x[i];
    if (isLine(index)) pixels.push(index);
    if (rows[i] < first || rows[i] > last) continue;
    start = Math.min(start, x[i]);
    end = Math.max(end, x[i]);
    sum += y[i];
    count++;
  }
  return { pixels, start, end, position: sum / count };
}
