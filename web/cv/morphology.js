// OpenCV's erosion and dilation with rectangles; pixels outside the image do not count.
import { transpose } from "./image.js";

/** Return the maximum in a window around each pixel. */
export const dilate = (image, width, height = width) => filter(image, width, height, Math.max);

/** Return the minimum in a window around each pixel. */
export const erode = (image, width, height = width) => filter(image, width, height, Math.min);

/** Erode, then dilate. */
export const open = (image, width, height = width) =>
  dilate(erode(image, width, height), width, height);

/** Dilate, then erode. */
export const close = (image, width, height = width) =>
  erode(dilate(image, width, height), width, height);

function filter(image, width, height, choose) {
  const across = width > 1 ? filterRows(image, width, choose) : image;
  return height > 1 ? transpose(filterRows(transpose(across), height, choose)) : across;
}

/** Slide a window along each row, by van Herk's and Gil's and Werman's algorithm. */
function filterRows({ width, height, data }, size, choose) {
  const result = { width, height, data: new data.constructor(data.length) };
  const isMax = choose === Math.max;
  const outside = isMax ? -Infinity : Infinity;
  const radius = size >> 1;
  const length = Math.ceil((width + 2 * radius) / size) * size;
  const values = new Float64Array(length).fill(outside);
  const forward = new Float64Array(length);
  const backward = new Float64Array(length);
  for (let row = 0; row < data.length; row += width) {
    for (let x = 0; x < width; x++) values[radius + x] = data[row + x];
    for (let i = 0; i < length; i++) {
      const before = i % size ? forward[i - 1] : outside;
      forward[i] = isMax === values[i] > before ? values[i] : before;
    }
    for (let i = length - 1; i >= 0; i--) {
      const after = (i + 1) % size ? backward[i + 1] : outside;
      backward[i] = isMax === values[i] > after ? values[i] : after;
    }
    for (let x = 0; x < width; x++) {
      const end = forward[x + size - 1];
      result.data[row + x] = isMax === backward[x] > end ? backward[x] : end;
    }
  }
  return result;
}
