// OpenCV's resize: INTER_AREA, INTER_CUBIC and INTER_LINEAR.
/** @import { Floats, Gray, Image, Pixels } from "./image.js" */
import { createImage, f32, round, toByte, typeOf } from "./image.js";

// OpenCV's fixed-point weights of bytes: 11 bits.
const ONE = 2048;

/**
 * Halve a gray or RGBA image of even sides: each pixel is the mean of 2 x 2.
 * @type {<T extends Uint8Array | Uint32Array>(image: Image<T>) => Image<T>}
 */
export function halve(image) {
  const { width, height, data } = image;
  const half = createImage(width / 2, height / 2, typeOf(image));
  const isColor = data instanceof Uint32Array;
  for (let y = 0, o = 0; y < half.height; y++)
    for (let x = 0, i = 2 * y * width; x < half.width; x++, i += 2, o++) {
      const a = data[i];
      const b = data[i + 1];
      const c = data[i + width];
      const d = data[i + width + 1];
      half.data[o] = isColor ? meanColor(a, b, c, d) : (a + b + c + d + 2) >> 2;
    }
  return half;
}

/**
 * Average the four bytes of four numbers, two bytes at a time.
 * @type {(a: number, b: number, c: number, d: number) => number}
 */
function meanColor(a, b, c, d) {
  if (a === b && b === c && c === d) return a;
  const mask = 0x00ff00ff;
  const even = (a & mask) + (b & mask) + (c & mask) + (d & mask) + 0x00020002;
  const odd =
    ((a >>> 8) & mask) + ((b >>> 8) & mask) + ((c >>> 8) & mask) + ((d >>> 8) & mask) + 0x00020002;
  return (((even >>> 2) & mask) | (((odd >>> 2) & mask) << 8)) >>> 0;
}

/**
 * Shrink by averaging areas; smaller images are enlarged as OpenCV does it.
 * @type {<T extends Uint8Array | Float32Array>(
 *   image: Image<T>, width: number, height: number, scaleX?: number, scaleY?: number
 * ) => Image<T>}
 */
export function resizeArea(image, width, height, scaleX, scaleY) {
  if (width === image.width && height === image.height) return image;
  const [x, y] = [scaleX ?? image.width / width, scaleY ?? image.height / height];
  if (x < 1 || y < 1) return enlargeBytes(image, width, height);
  const average = Number.isInteger(x) && Number.isInteger(y) ? averageBlocks : averageAreas;
  return average(image, width, height, x, y);
}

/**
 * Average whole blocks of pixels.
 * @type {<T extends Pixels>(
 *   image: Image<T>, width: number, height: number, stepX: number, stepY: number
 * ) => Image<T>}
 */
function averageBlocks(image, width, height, stepX, stepY) {
  const { data } = image;
  const isByte = data instanceof Uint8Array;
  const result = createImage(width, height, typeOf(image));
  const scale = f32(1 / (stepX * stepY));
  const isHalf = isByte && stepX === 2 && stepY === 2;
  const offsets = new Int32Array(stepX * stepY);
  for (let k = 0; k < offsets.length; k++)
    offsets[k] = Math.floor(k / stepX) * image.width + (k % stepX);
  for (let y = 0, o = 0; y < height; y++)
    for (let x = 0; x < width; x++, o++) {
      const start = y * stepY * image.width + x * stepX;
      let sum = 0;
      let k = 0;
      for (; k + 4 <= offsets.length; k += 4) {
        const first = f32(data[start + offsets[k]] + data[start + offsets[k + 1]]);
        const three = f32(first + data[start + offsets[k + 2]]);
        sum = f32(sum + f32(three + data[start + offsets[k + 3]]));
      }
      for (; k < offsets.length; k++) sum = f32(sum + data[start + offsets[k]]);
      if (isHalf) result.data[o] = (sum + 2) >> 2;
      else result.data[o] = isByte ? toByte(f32(sum * scale)) : sum * scale;
    }
  return result;
}

/**
 * List [result, source, weight] of the source pixels under each pixel of the result.
 * @type {(source: number, target: number, scale: number) => [number, number, number][]}
 */
function areaWeights(source, target, scale) {
  /** @type {[number, number, number][]} */
  const weights = [];
  for (let i = 0; i < target; i++) {
    const start = i * scale;
    const end = start + scale;
    const size = Math.min(scale, source - start);
    const last = Math.min(Math.floor(end), source - 1);
    const first = Math.min(Math.ceil(start), last);
    if (first - start > 1e-3) weights.push([i, first - 1, f32((first - start) / size)]);
    for (let s = first; s < last; s++) weights.push([i, s, f32(1 / size)]);
    if (end - last > 1e-3)
      weights.push([i, last, f32(Math.min(Math.min(end - last, 1), size) / size)]);
  }
  return weights;
}

/**
 * Average areas that start and end within pixels.
 * @type {<T extends Pixels>(
 *   image: Image<T>, width: number, height: number, scaleX: number, scaleY: number
 * ) => Image<T>}
 */
function averageAreas(image, width, height, scaleX, scaleY) {
  const { data } = image;
  const isByte = data instanceof Uint8Array;
  const result = createImage(width, height, typeOf(image));
  const columns = areaWeights(image.width, width, scaleX);
  const targets = Int32Array.from(columns, (one) => one[0]);
  const sources = Int32Array.from(columns, (one) => one[1]);
  const weights = Float32Array.from(columns, (one) => one[2]);
  const row = new Float32Array(width);
  const total = new Float32Array(width);
  let current = 0;
  const finishRow = () => {
    const start = current * width;
    for (let x = 0; x < width; x++) result.data[start + x] = isByte ? toByte(total[x]) : total[x];
    total.fill(0);
  };
  for (const [y, source, weight] of areaWeights(image.height, height, scaleY)) {
    if (y !== current) finishRow();
    current = y;
    row.fill(0);
    const start = source * image.width;
    for (let k = 0; k < targets.length; k++)
      row[targets[k]] += f32(data[start + sources[k]] * weights[k]);
    for (let x = 0; x < width; x++) total[x] += f32(weight * row[x]);
  }
  finishRow();
  return result;
}

/**
 * INTER_AREA of bytes to a larger size: linear, with other weights.
 * @type {<T extends Pixels>(image: Image<T>, width: number, height: number) => Image<T>}
 */
function enlargeBytes(image, width, height) {
  const columns = enlargedWeights(image.width, width);
  const rows = enlargedWeights(image.height, height);
  const result = createImage(width, height, typeOf(image));
  const { data } = image;
  const mixed = new Int32Array(width * image.height);
  for (let y = 0, o = 0; y < image.height; y++)
    for (let x = 0; x < width; x++, o++) {
      const [first, second, weight] = columns[x];
      const start = y * image.width;
      mixed[o] = data[start + first] * (ONE - weight) + data[start + second] * weight;
    }
  for (let y = 0, o = 0; y < height; y++) {
    const [first, second, weight] = rows[y];
    for (let x = 0; x < width; x++, o++) {
      const upper = ((ONE - weight) * (mixed[first * width + x] >> 4)) >> 16;
      const lower = (weight * (mixed[second * width + x] >> 4)) >> 16;
      result.data[o] = (upper + lower + 2) >> 2;
    }
  }
  return result;
}

/** @type {(source: number, target: number) => [number, number, number][]} */
function enlargedWeights(source, target) {
  const inverse = target / source;
  const scale = 1 / inverse;
  return Array.from({ length: target }, (_, i) => {
    const first = Math.floor(i * scale);
    let weight = f32(i + 1 - (first + 1) * inverse);
    weight = weight <= 0 ? 0 : weight - Math.floor(weight);
    if (first >= source - 1) return [source - 1, source - 1, 0];
    return [first, first + 1, Math.min(Math.round(f32(weight) * ONE), 32767)];
  });
}

/**
 * INTER_CUBIC of bytes. If a side has less than 4 pixels, OpenCV's weights are fixed-point.
 * @type {(image: Gray, width: number, height: number) => Gray}
 */
export function resizeCubic(image, width, height) {
  if (width === image.width && height === image.height) return image;
  const one = Math.min(image.width, image.height) < 4 ? ONE : 0;
  const columns = cubicWeights(image.width, width, one);
  const rows = cubicWeights(image.height, height, one);
  const mixed = new Float64Array(image.height * width);
  const { data } = image;
  for (let x = 0; x < width; x++) {
    const {
      at: [a, b, c, d],
      weights: [p, q, r, s],
    } = columns[x];
    for (let y = 0, i = 0; y < image.height; y++, i += image.width)
      mixed[y * width + x] = data[i + a] * p + data[i + b] * q + data[i + c] * r + data[i + d] * s;
  }
  const result = createImage(width, height);
  for (let y = 0, o = 0; y < height; y++) {
    const {
      at,
      weights: [p, q, r, s],
    } = rows[y];
    const [a, b, c, d] = at.map((row) => row * width);
    for (let x = 0; x < width; x++, o++)
      result.data[o] = toByte(
        mixed[a + x] * p + mixed[b + x] * q + mixed[c + x] * r + mixed[d + x] * s,
      );
  }
  return result;
}

/**
 * Return the sources of each pixel and their weights, rounded to shares of `one` if given.
 * @type {(source: number, target: number, one: number) => {at: number[], weights: number[]}[]}
 */
function cubicWeights(source, target, one) {
  const scale = 1 / (target / source);
  const A = -0.75;
  return Array.from({ length: target }, (_, i) => {
    const position = f32((i + 0.5) * scale - 0.5);
    const first = Math.floor(position);
    const x = f32(position - first);
    const y = 1 - x;
    const before = f32(((A * (x + 1) - 5 * A) * (x + 1) + 8 * A) * (x + 1) - 4 * A);
    const near = f32(((A + 2) * x - (A + 3)) * x * x + 1);
    const next = f32(((A + 2) * y - (A + 3)) * y * y + 1);
    const at = [-1, 0, 1, 2].map((k) => Math.min(Math.max(first + k, 0), source - 1));
    const weights = [before, near, next, f32(1 - before - near - next)];
    return { at, weights: one ? weights.map((weight) => round(weight * one) / one) : weights };
  });
}

/**
 * INTER_LINEAR of floats.
 * @type {(image: Floats, width: number, height: number) => Floats}
 */
export function resizeLinear(image, width, height) {
  if (width === image.width && height === image.height) return image;
  const columns = linearWeights(image.width, width);
  const rows = linearWeights(image.height, height);
  const mixed = new Float32Array(width * image.height);
  const { data } = image;
  for (let y = 0, o = 0; y < image.height; y++) {
    const start = y * image.width;
    for (let x = 0; x < width; x++, o++) {
      const [first, second, weight] = columns[x];
      mixed[o] = f32(data[start + first] * f32(1 - weight)) + f32(data[start + second] * weight);
    }
  }
  const result = createImage(width, height, Float32Array);
  for (let y = 0, o = 0; y < height; y++) {
    const [first, second, weight] = rows[y];
    const [upper, lower] = [first * width, second * width];
    const rest = f32(1 - weight);
    for (let x = 0; x < width; x++, o++)
      result.data[o] = f32(mixed[upper + x] * rest) + f32(mixed[lower + x] * weight);
  }
  return result;
}

/** @type {(source: number, target: number) => [number, number, number][]} */
function linearWeights(source, target) {
  const scale = 1 / (target / source);
  return Array.from({ length: target }, (_, i) => {
    const position = f32((i + 0.5) * scale - 0.5);
    const first = Math.floor(position);
    if (first < 0) return [0, Math.min(1, source - 1), 0];
    if (first >= source - 1) return [source - 1, source - 1, 0];
    return [first, first + 1, f32(position - first)];
  });
}
