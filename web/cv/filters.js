// OpenCV's GaussianBlur, blur and medianBlur.
/** @import { Floats, Gray, Image, Pixels } from "./image.js" */
import { createImage, mapImage, round, transpose, typeOf } from "./image.js";

// OpenCV's fixed-point weights of a Gaussian: 8 bits.
const ONE = 256;

/**
 * Reflect a position that is outside, without repeating the pixel at the edge.
 * @type {(i: number, size: number) => number}
 */
function reflect(i, size) {
  if (size === 1) return 0;
  while (i < 0 || i >= size) i = i < 0 ? -i : 2 * size - 2 - i;
  return i;
}

/**
 * Blur bytes with a Gaussian.
 * @type {(image: Gray, sigma: number) => Gray}
 */
export function blurGaussian(image, sigma) {
  const kernel = gaussianKernel(sigma);
  const sums = convolveColumns(convolveRows(image, kernel), kernel);
  return mapImage(sums, (sum) => Math.floor(sum / ONE ** 2 + 0.5), Uint8Array);
}

/**
 * Return OpenCV's weights of bytes, from the middle on: whole numbers, of which the sum is `ONE`.
 * @type {(sigma: number) => Int32Array}
 */
function gaussianKernel(sigma) {
  const radius = (round(sigma * 6 + 1) | 1) >> 1;
  /** @type {(distance: number) => number} */
  const density = (distance) => Math.exp(-(distance ** 2) / (2 * sigma ** 2));
  let total = 1;
  for (let i = 1; i <= radius; i++) total += 2 * density(i);
  const weights = new Int32Array(radius + 1);
  weights[0] = ONE;
  let error = 0; // goes over to the next weight, from the end to the middle
  for (let i = radius; i > 0; i--) {
    const weight = (ONE * density(i)) / total + error;
    weights[i] = round(weight);
    error = weight - weights[i];
    weights[0] -= 2 * weights[i];
  }
  return weights;
}

/**
 * Convolve each row with a symmetric kernel, given from its middle on.
 * @type {(image: Image, kernel: Int32Array) => Image<Int32Array>}
 */
function convolveRows({ width, height, data }, kernel) {
  const radius = kernel.length - 1;
  const result = createImage(width, height, Int32Array);
  const row = new Int32Array(width + 2 * radius);
  for (let y = 0, o = 0; y < height; y++) {
    const start = y * width;
    for (let x = -radius; x < width + radius; x++)
      row[x + radius] = data[start + reflect(x, width)];
    for (let x = 0; x < width; x++, o++) {
      const center = x + radius;
      let sum = Math.imul(kernel[0], row[center]);
      for (let i = 1; i <= radius; i++)
        sum = (sum + Math.imul(kernel[i], row[center - i] + row[center + i])) | 0;
      result.data[o] = sum;
    }
  }
  return result;
}

/**
 * Convolve each column in the same way: row by row, as they are in memory.
 * @type {(image: Image<Int32Array>, kernel: Int32Array) => Image<Int32Array>}
 */
function convolveColumns({ width, height, data }, kernel) {
  const result = createImage(width, height, Int32Array);
  for (let y = 0; y < height; y++) {
    const sums = result.data.subarray(y * width, (y + 1) * width);
    for (let x = 0, i = y * width; x < width; x++, i++) sums[x] = Math.imul(kernel[0], data[i]);
    for (let k = 1; k < kernel.length; k++) {
      const above = reflect(y - k, height) * width;
      const below = reflect(y + k, height) * width;
      for (let x = 0; x < width; x++)
        sums[x] += Math.imul(kernel[k], data[above + x] + data[below + x]);
    }
  }
  return result;
}

/**
 * Return the mean of a square around each pixel; floats.
 * @type {(image: Image, size: number) => Floats}
 */
export function blurBox(image, size) {
  const sums = transpose(sumRows(transpose(sumRows(image, size)), size));
  const result = createImage(image.width, image.height, Float32Array);
  for (let i = 0; i < result.data.length; i++) result.data[i] = sums.data[i] / (size * size);
  return result;
}

/** @type {(image: Image, size: number) => Image<Float64Array>} */
function sumRows({ width, height, data }, size) {
  const radius = size >> 1;
  const result = createImage(width, height, Float64Array);
  for (let y = 0, o = 0; y < height; y++) {
    /** @type {(x: number) => number} */
    const at = (x) => data[y * width + reflect(x, width)];
    let sum = 0;
    for (let x = -radius; x < radius; x++) sum += at(x);
    for (let x = 0; x < width; x++, o++) {
      sum += at(x + radius);
      result.data[o] = sum;
      sum -= at(x - radius);
    }
  }
  return result;
}

/** @type {(i: number, size: number) => number} */
const clamp = (i, size) => Math.min(Math.max(i, 0), size - 1);

/**
 * Return the median of a square around each pixel, by sorting; any numbers.
 * @type {<T extends Pixels>(image: Image<T>, size: number) => Image<T>}
 */
export function medianOfFew(image, size) {
  const { width, height, data } = image;
  const radius = size >> 1;
  const result = createImage(width, height, typeOf(image));
  const values = new (typeOf(image))(size * size);
  for (let y = 0, o = 0; y < height; y++)
    for (let x = 0; x < width; x++, o++) {
      let n = 0;
      for (let dy = -radius; dy <= radius; dy++) {
        const row = clamp(y + dy, height) * width;
        for (let dx = -radius; dx <= radius; dx++) {
          const value = data[row + clamp(x + dx, width)];
          let i = n++;
          for (; i > 0 && values[i - 1] > value; i--) values[i] = values[i - 1];
          values[i] = value;
        }
      }
      result.data[o] = values[n >> 1];
    }
  return result;
}

/**
 * Return the median of a large square around each pixel; bytes.
 * A histogram slides along each row, and the median with it (Huang's algorithm).
 * @type {(image: Gray, size: number) => Gray}
 */
export function medianOfBytes({ width, height, data }, size) {
  const radius = size >> 1;
  const half = (size * size) >> 1;
  const result = createImage(width, height);
  const rows = new Int32Array(size);
  for (let y = 0, o = 0; y < height; y++) {
    for (let i = 0; i < size; i++) rows[i] = clamp(y + i - radius, height) * width;
    const histogram = new Int32Array(256);
    let median = 0;
    let below = 0; // number of values less than `median`
    for (let x = -2 * radius; x < width; x++) {
      below += countColumn(data, rows, clamp(x + radius, width), histogram, 1, median);
      if (x < 0) continue;
      while (below > half) below -= histogram[--median];
      while (below + histogram[median] <= half) below += histogram[median++];
      result.data[o++] = median;
      below += countColumn(data, rows, clamp(x - radius, width), histogram, -1, median);
    }
  }
  return result;
}

/**
 * Add `change` to the histogram for each value in a column; return the change below a limit.
 * @type {(
 *   data: Uint8Array, rows: Int32Array, x: number, histogram: Int32Array, change: number,
 *   limit: number
 * ) => number}
 */
function countColumn(data, rows, x, histogram, change, limit) {
  let below = 0;
  for (let i = 0; i < rows.length; i++) {
    const value = data[rows[i] + x];
    histogram[value] += change;
    if (value < limit) below += change;
  }
  return below;
}
