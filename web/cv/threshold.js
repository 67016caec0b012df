// OpenCV's THRESH_OTSU, and histograms of bytes.
/** @import { Gray } from "./image.js" */

/**
 * Return how many pixels have each value.
 * @type {(gray: Gray) => Float64Array}
 */
export function countValues({ data }) {
  const histogram = new Float64Array(256);
  for (let i = 0; i < data.length; i++) histogram[data[i]]++;
  return histogram;
}

/**
 * Return number, sum and sum of squares of the values from `start` to before `end`.
 * @type {(histogram: Float64Array, start?: number, end?: number) => number[]}
 */
export function sumUp(histogram, start = 0, end = histogram.length) {
  let [count, sum, squares] = [0, 0, 0];
  for (let value = start; value < end; value++) {
    count += histogram[value];
    sum += value * histogram[value];
    squares += value * value * histogram[value];
  }
  return [count, sum, squares];
}

/**
 * Return the threshold that separates two classes best.
 * @type {(histogram: Float64Array) => number}
 */
export function otsuThreshold(histogram) {
  const epsilon = 2 ** -23;
  const [size, sum] = sumUp(histogram);
  const mean = sum / size;
  let [share, mean1, best, limit] = [0, 0, 0, 0];
  for (let value = 0; value < histogram.length; value++) {
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
