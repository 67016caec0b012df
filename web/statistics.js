// NumPy's statistics of arrays in single precision.
/** @import { Pixels } from "./cv/image.js" */
import { f32 } from "./cv/image.js";

/**
 * Return the maximum of any number of values: arguments of Math.max are limited.
 * @type {(values: ArrayLike<number>) => number}
 */
export function maximum(values) {
  let max = -Infinity;
  for (let i = 0; i < values.length; i++) if (values[i] > max) max = values[i];
  return max;
}

/** @type {(values: Pixels) => number} */
export function mean(values) {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i];
  return sum / values.length;
}

/** @type {(values: Pixels) => number} */
export function standardDeviation(values) {
  const center = mean(values);
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += (values[i] - center) ** 2;
  return Math.sqrt(sum / values.length);
}

/** @type {(values: Pixels) => number} */
export function median(values) {
  const sorted = values.slice();
  const middle = values.length >> 1;
  select(sorted, middle);
  if (values.length % 2) return sorted[middle];
  let below = -Infinity;
  for (let i = 0; i < middle; i++) if (sorted[i] > below) below = sorted[i];
  return (below + sorted[middle]) / 2;
}

/**
 * Return a percentile of floats, with linear interpolation between two of them.
 * @type {(values: Float32Array, percent: number) => number}
 */
export function percentile(values, percent) {
  const sorted = values.slice();
  const last = values.length - 1;
  const position = f32(last * f32(f32(percent) / 100));
  const index = Math.min(Math.floor(position), last);
  select(sorted, index);
  const lower = sorted[index];
  if (index === last) return lower;
  let upper = Infinity;
  for (let i = index + 1; i <= last; i++) if (sorted[i] < upper) upper = sorted[i];
  const share = f32(position - index);
  const step = f32(upper - lower);
  return share >= 0.5 ? f32(upper - f32(step * f32(1 - share))) : f32(lower + f32(step * share));
}

/**
 * Move the k-th smallest value to place k, smaller ones before it: Hoare's selection.
 * @type {(values: Pixels, k: number) => void}
 */
function select(values, k) {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1];
    let i = low;
    let j = high;
    while (i <= j) {
      while (values[i] < pivot) i++;
      while (values[j] > pivot) j--;
      if (i <= j) {
        [values[i], values[j]] = [values[j], values[i]];
        i++;
        j--;
      }
    }
    if (k <= j) high = j;
    else if (k >= i) low = i;
    else return;
  }
}

/**
 * Add up single-precision values from `start` to before `end` in NumPy's order.
 * @type {(values: Float32Array, start?: number, end?: number) => number}
 */
export function pairwiseSum(values, start = 0, end = values.length) {
  const size = end - start;
  if (size > 128) {
    const half = start + (size >> 1) - ((size >> 1) % 8);
    return f32(pairwiseSum(values, start, half) + pairwiseSum(values, half, end));
  }
  let sum = 0;
  let i = start;
  if (size >= 8) {
    const sums = values.slice(start, start + 8);
    for (i += 8; i + 8 <= end; i += 8) for (let k = 0; k < 8; k++) sums[k] += values[i + k];
    const [a, b, c, d, e, f, g, h] = sums;
    sum = f32(f32(f32(a + b) + f32(c + d)) + f32(f32(e + f) + f32(g + h)));
  }
  for (; i < end; i++) sum = f32(sum + values[i]);
  return sum;
}
