// As siffra/preprocessing/foreground.py: separate a digit from its background.
/** @import { Constants } from "../constants.js" */
/** @import { Component } from "../cv/components.js" */
/** @import { Colors, Gray, Mask } from "../cv/image.js" */
import { connectedComponents } from "../cv/components.js";
import { boundingRect, crop, maxPixel, round, sumPixels, threshold } from "../cv/image.js";
import { dilate } from "../cv/morphology.js";
import { removeClutter } from "./clutter.js";
import { differenceFrom, estimateBackground, toGrayscale } from "./grayscale.js";
import { correctIllumination } from "./illumination.js";

/** @typedef {[number, number]} Intensities Of the background and of the digit. */
/** @typedef {{gray: Gray, foreground: Gray, intensities: ?Intensities}} Extracted */

/**
 * Separate the digit from its background; the intensities of a blank image are null.
 * @type {(image: Colors, constants: Constants) => Extracted}
 */
export function extractForeground(image, constants) {
  const C = constants.foreground;
  const gray = toGrayscale(image, constants);
  const background = estimateBackground(gray, constants);
  if (background === null) {
    const foreground = correctIllumination(gray, constants);
    return { gray, foreground, intensities: otsuIntensities(foreground, constants) };
  }
  const foreground = differenceFrom(gray, background);
  const intensities = otsuIntensities(foreground, constants);
  if (intensities && Math.min(image.width, image.height) >= C.MIN_CLUTTER_SIDE) {
    if (isThin(foreground, intensities[0], constants))
      return extractDrawing(image, fullSide(image, constants), constants);
    const mask = threshold(foreground, middle(intensities));
    if (mayHaveClutter(mask)) return extractDrawing(image, C.CLUTTER_SIDE, constants);
  }
  return { gray, foreground, intensities };
}

/**
 * Do the same at a higher resolution and without clutter.
 * @type {(image: Colors, minSide: number, constants: Constants) => Extracted}
 */
function extractDrawing(image, minSide, constants) {
  const gray = toGrayscale(image, constants, minSide);
  const foreground = differenceFrom(gray, estimateBackground(gray, constants) ?? 0);
  const intensities = otsuIntensities(foreground, constants);
  if (intensities === null) return { gray, foreground, intensities };
  const side = fullSide(image, constants);
  if (minSide < side && isThin(foreground, intensities[0], constants))
    return extractDrawing(image, side, constants);
  const mask = threshold(foreground, middle(intensities));
  const clear = dilate(removeClutter(mask, constants), 3);
  for (let i = 0; i < clear.data.length; i++) clear.data[i] *= foreground.data[i];
  return { gray, foreground: clear, intensities: otsuIntensities(clear, constants) };
}

/**
 * Return the longest side at which a drawing with thin strokes is done.
 * @type {(image: {width: number, height: number}, constants: Constants) => number}
 */
export function fullSide({ width, height }, constants) {
  const { MAX_FULL_SIDE } = constants.foreground;
  const longest = Math.max(width, height);
  return longest <= MAX_FULL_SIDE ? longest : Math.floor(MAX_FULL_SIDE / 2);
}

/** @type {(intensities: Intensities) => number} */
const middle = ([dark, bright]) => (dark + bright) / 2;

/**
 * Return whether a drawing has long straight lines, or components that may be clutter.
 * @type {(mask: Mask) => boolean}
 */
function mayHaveClutter(mask) {
  const { stats } = connectedComponents(mask);
  return stats.length > 3 || hasLongLines(mask) || hasClutter(stats);
}

/**
 * Return whether a component of a drawing may be a speck or an underline.
 * @type {(stats: Component[]) => boolean}
 */
function hasClutter(stats) {
  if (stats.length <= 1) return false;
  const longest = Math.max(...stats.map(({ width, height }) => Math.max(width, height)));
  return stats.some(({ width, height }) => {
    const length = Math.max(width, height);
    return length < 0.25 * longest || 5 * Math.min(width, height) < length;
  });
}

/**
 * Return whether a frame or an underline may touch the digit.
 * @type {(mask: Mask) => boolean}
 */
function hasLongLines(mask) {
  const { width, height } = mask;
  const edge = Math.floor(Math.max(width, height) / 16) + 1;
  if (2 * width > height && hasFrame(mask, edge)) return true;
  const rows = rowCounts(mask).map((count) => round((255 * count) / width));
  const full = Array.from(rows.keys()).filter((y) => rows[y] > 180);
  const first = full[0];
  if (!full.length || 10 * width < 7 * height || 2 * first < height) return false;
  if (10 * full.length > height) return false;
  const end = first < 2 ? Math.max(0, height + first - 2) : first - 2;
  const { left, width: extent } = boundingRect(crop(mask, 0, 0, width, end));
  const margin = 0.03 * width;
  return extent > 0 && left > margin && left + extent < width - margin;
}

/**
 * Return whether a row and a column near the edges are nearly full.
 * @type {(mask: Mask, edge: number) => boolean}
 */
function hasFrame({ width, height, data }, edge) {
  /** @type {(length: number, depth: number, far: number, at: (i: number, k: number) => number) => boolean} */
  const isFull = (length, depth, far, at) =>
    [0, Math.max(0, far - depth)].some((start) => {
      let count = 0;
      for (let i = 0; i < length; i++)
        for (let k = start; k < Math.min(start + depth, far); k++)
          if (data[at(i, k)]) {
            count++;
            break;
          }
      return (255 * count) / length > 225;
    });
  return (
    isFull(width, edge, height, (x, y) => y * width + x) &&
    isFull(height, edge, width, (y, x) => y * width + x)
  );
}

/** @type {(mask: Mask) => number[]} */
function rowCounts({ width, height, data }) {
  const counts = new Array(height).fill(0);
  for (let y = 0, i = 0; y < height; y++) for (let x = 0; x < width; x++, i++) counts[y] += data[i];
  return counts;
}

/**
 * Return whether little of the foreground is inside strokes rather than on their edges.
 * @type {(foreground: Gray, dark: number, constants: Constants) => boolean}
 */
export function isThin(foreground, dark, constants) {
  const full = maxPixel(foreground);
  const { data } = foreground;
  const limit = dark + 0.85 * (full - dark);
  let inside = 0;
  for (let i = 0; i < data.length; i++) if (data[i] > limit) inside++;
  const mass = sumPixels(foreground) - dark * data.length;
  return inside * (full - dark) < constants.foreground.MIN_INSIDE_SHARE * mass;
}

/**
 * Return the mean intensities of background and digit by Otsu's method; null for a blank image.
 * @type {(gray: Gray, constants: Constants) => ?Intensities}
 */
export function otsuIntensities({ data }, constants) {
  const C = constants.foreground;
  const histogram = new Float64Array(256);
  for (let i = 0; i < data.length; i++) histogram[data[i]]++;
  const limit = otsuThreshold(histogram, data.length);
  const [nDark, sumDark, squares] = sumUp(histogram, 0, limit + 1);
  const [nBright, sumBright] = sumUp(histogram, limit + 1, 256);
  if (nBright === 0 || nDark === 0) return null;
  const bright = sumBright / nBright;
  const dark = (sumDark + sumBright - bright * nBright) / nDark;
  if (bright - dark < C.CLEAR_CONTRAST) {
    const variance = squares / nDark - (sumDark / nDark) ** 2;
    const noise = C.MIN_SIGNAL_TO_NOISE * Math.sqrt(Math.max(variance, 0));
    if (bright - dark < Math.max(C.MIN_CONTRAST, noise)) return null;
  }
  return [dark, bright];
}

/**
 * Return number, sum and sum of squares of the values from `start` to before `end`.
 * @type {(histogram: Float64Array, start: number, end: number) => number[]}
 */
function sumUp(histogram, start, end) {
  let [count, sum, squares] = [0, 0, 0];
  for (let value = start; value < end; value++) {
    count += histogram[value];
    sum += value * histogram[value];
    squares += value * value * histogram[value];
  }
  return [count, sum, squares];
}

/**
 * OpenCV's THRESH_OTSU.
 * @type {(histogram: Float64Array, size: number) => number}
 */
export function otsuThreshold(histogram, size) {
  const epsilon = 2 ** -23;
  const mean = sumUp(histogram, 0, 256)[1] / size;
  let [share, mean1, best, limit] = [0, 0, 0, 0];
  for (let value = 0; value < 256; value++) {
    const p = histogram[value] / size;
    mean1 *= share;
    share += p;
    const rest = 1 - share;
    if (Math.min(share, rest) < epsilon || Math.max(share, rest) > 1 - epsilon) continue;
    mean1 = (mean1 + value * p) / share;
    const mean2 = (mean - share * mean1) / rest;
    const variance = share * rest * (mean1 - mean2) * (mean1 - mean2);
    if (variance > best) [best, limit] = [variance, value];
  }
  return limit;
}
