// OpenCV's erosion and dilation with rectangles; pixels outside the image do not count.
/** @import { Image, Pixels } from "./image.js" */
import { createImage, typeOf } from "./image.js";

/**
 * Return the maximum in a window around each pixel; by default, of a pixel and its neighbors.
 * @type {<T extends Pixels>(image: Image<T>, width?: number, height?: number) => Image<T>}
 */
export const dilate = (image, width = 3, height = width) => filter(image, width, height, true);

/**
 * Return the minimum in a window around each pixel; by default, of a pixel and its neighbors.
 * @type {<T extends Pixels>(image: Image<T>, width?: number, height?: number) => Image<T>}
 */
export const erode = (image, width = 3, height = width) => filter(image, width, height, false);

/**
 * Erode, then dilate.
 * @type {<T extends Pixels>(image: Image<T>, width: number, height?: number) => Image<T>}
 */
export const open = (image, width, height = width) =>
  dilate(erode(image, width, height), width, height);

/**
 * Dilate, then erode.
 * @type {<T extends Pixels>(image: Image<T>, width: number, height?: number) => Image<T>}
 */
export const close = (image, width, height = width) =>
  erode(dilate(image, width, height), width, height);

/**
 * @type {<T extends Pixels>(
 *   image: Image<T>, width: number, height: number, isMax: boolean
 * ) => Image<T>}
 */
function filter(image, width, height, isMax) {
  const { data } = image;
  const Type = typeOf(image);
  const isByte = data instanceof Uint8Array;
  const lowest = isByte ? 0 : -Infinity;
  const highest = isByte ? 255 : Infinity;
  const padded = createImage(image.width + width - 1, image.height + height - 1, Type);
  padded.data.fill(isMax ? lowest : highest);
  const offset = (height >> 1) * padded.width + (width >> 1);
  for (let y = 0; y < image.height; y++) {
    const row = data.subarray(y * image.width, (y + 1) * image.width);
    padded.data.set(row, y * padded.width + offset);
  }
  const combine = isMax ? takeMaxima : takeMinima;
  slide(padded.data, width, 1, combine);
  slide(padded.data, height, padded.width, combine);
  const result = createImage(image.width, image.height, Type);
  for (let y = 0; y < image.height; y++) {
    const start = y * padded.width;
    result.data.set(padded.data.subarray(start, start + image.width), y * image.width);
  }
  return result;
}

/**
 * Combine each value with the next ones, `step` apart: each pass doubles their number.
 * @type {(
 *   values: Pixels, size: number, step: number, combine: (values: Pixels, offset: number) => void
 * ) => void}
 */
function slide(values, size, step, combine) {
  let covered = 1;
  for (; 2 * covered <= size; covered *= 2) combine(values, covered * step);
  if (covered < size) combine(values, (size - covered) * step);
}

/** @type {(values: Pixels, offset: number) => void} */
function takeMaxima(values, offset) {
  for (let i = 0, j = offset; j < values.length; i++, j++)
    if (values[j] > values[i]) values[i] = values[j];
}

/** @type {(values: Pixels, offset: number) => void} */
function takeMinima(values, offset) {
  for (let i = 0, j = offset; j < values.length; i++, j++)
    if (values[j] < values[i]) values[i] = values[j];
}
