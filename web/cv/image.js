// Images: {width, height, data}, data row by row. Gray images hold bytes or floats; an RGBA pixel
// is one Uint32, red in the lowest byte.

/** @typedef {Uint8Array | Int8Array | Int32Array | Uint32Array} Integers */
/** @typedef {Integers | Float32Array | Float64Array} Pixels */
/**
 * @template {Pixels} T
 * @typedef {new (length: number) => T} PixelType
 */
/**
 * @template {Pixels} [T=Pixels]
 * @typedef {{width: number, height: number, data: T}} Image
 */
/** @typedef {Image<Uint8Array>} Gray From 0 to 255. */
/** @typedef {Image<Uint8Array>} Mask 1 for the foreground, else 0. */
/** @typedef {Image<Float32Array>} Floats */
/** @typedef {Image<Uint32Array>} Colors */
/** @typedef {{left: number, top: number, width: number, height: number}} Box */

export const f32 = Math.fround;

/**
 * Round half to even, as NumPy, Python and OpenCV do.
 * @type {(x: number) => number}
 */
export function round(x) {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 ? floor : rest > 0.5 ? floor + 1 : floor + (floor & 1);
}

/**
 * Round and limit to 0 to 255.
 * @type {(x: number) => number}
 */
export const toByte = (x) => (x <= 0 ? 0 : x >= 255 ? 255 : round(x));

/**
 * Return an image of zeros.
 * @type {<T extends Pixels = Uint8Array>(
 *   width: number, height: number, Type?: PixelType<T>
 * ) => Image<T>}
 */
export function createImage(width, height, Type = /** @type {PixelType<any>} */ (Uint8Array)) {
  return { width, height, data: new Type(width * height) };
}

/**
 * Return the type of an image's pixels.
 * @type {<T extends Pixels>(image: Image<T>) => PixelType<T>}
 */
export const typeOf = ({ data }) => /** @type {any} */ (data.constructor);

/**
 * Apply a function to each pixel.
 * @type {<T extends Pixels, R extends Pixels = T>(
 *   image: Image<T>, transform: (value: number, index: number) => number, Type?: PixelType<R>
 * ) => Image<R>}
 */
export function mapImage(image, transform, Type = /** @type {any} */ (typeOf(image))) {
  const result = createImage(image.width, image.height, Type);
  for (let i = 0; i < result.data.length; i++) result.data[i] = transform(image.data[i], i);
  return result;
}

/**
 * Return a mask: 1 where pixels are above a limit, else 0.
 * @type {(image: Image, limit: number) => Mask}
 */
export function threshold({ width, height, data }, limit) {
  const mask = createImage(width, height);
  for (let i = 0; i < data.length; i++) mask.data[i] = data[i] > limit ? 1 : 0;
  return mask;
}

/**
 * Return whether any pixel is not 0.
 * @type {(image: Image) => boolean}
 */
export function hasPixels({ data }) {
  for (let i = 0; i < data.length; i++) if (data[i]) return true;
  return false;
}

/** @type {(image: Image) => number} */
export function countNonZero({ data }) {
  let count = 0;
  for (let i = 0; i < data.length; i++) if (data[i]) count++;
  return count;
}

/** @type {(image: Image) => number} */
export function sumPixels({ data }) {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i];
  return sum;
}

/** @type {(image: {data: Pixels}) => number} */
export function maxPixel({ data }) {
  let max = -Infinity;
  for (let i = 0; i < data.length; i++) if (data[i] > max) max = data[i];
  return max;
}

/** @type {(values: Pixels, value: number) => number} */
export function countEqual(values, value) {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] === value) count++;
  return count;
}

/**
 * Return the part from row `top` and column `left` to before `bottom` and `right`.
 * @type {<T extends Pixels>(
 *   image: Image<T>, left: number, top: number, right: number, bottom: number
 * ) => Image<T>}
 */
export function crop(image, left, top, right, bottom) {
  const { width, height, data } = image;
  if (left === 0 && top === 0 && right === width && bottom === height) return image;
  const result = createImage(right - left, bottom - top, typeOf(image));
  for (let y = top; y < bottom; y++) {
    const row = data.subarray(y * width + left, y * width + right);
    result.data.set(row, (y - top) * result.width);
  }
  return result;
}

/**
 * Return the smallest box around the pixels that are not `background`: all 0 if there are none.
 * @type {(image: Image, background?: number) => Box}
 */
export function boundingRect({ width, height, data }, background = 0) {
  let left = width;
  let right = -1;
  let top = -1;
  let bottom = -1;
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let first = 0;
    while (first < width && data[row + first] === background) first++;
    if (first === width) continue;
    let last = width - 1;
    while (data[row + last] === background) last--;
    if (first < left) left = first;
    if (last > right) right = last;
    if (top < 0) top = y;
    bottom = y;
  }
  if (bottom < 0) return { left: 0, top: 0, width: 0, height: 0 };
  return { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/**
 * Crop to a box.
 * @type {<T extends Pixels>(image: Image<T>, box: Box) => Image<T>}
 */
export const cropTo = (image, { left, top, width, height }) =>
  crop(image, left, top, left + width, top + height);

/**
 * Crop to a box and one pixel around it.
 * @type {<T extends Pixels>(image: Image<T>, box: Box) => Image<T>}
 */
export const cropAround = (image, box) => cropTo(image, growBox(box, image));

/**
 * Return a box with one pixel around it, as far as the image reaches.
 * @type {(box: Box, image: Image) => Box}
 */
export function growBox({ left, top, width, height }, image) {
  const [x, y] = [Math.max(0, left - 1), Math.max(0, top - 1)];
  const right = Math.min(left + width + 1, image.width);
  const bottom = Math.min(top + height + 1, image.height);
  return { left: x, top: y, width: right - x, height: bottom - y };
}

/**
 * Add borders of one value.
 * @type {<T extends Pixels>(image: Image<T>, border: number, value: number) => Image<T>}
 */
export function pad(image, border, value) {
  const { width, height, data } = image;
  const result = createImage(width + 2 * border, height + 2 * border, typeOf(image));
  if (value) result.data.fill(value);
  for (let y = 0; y < height; y++) {
    const row = data.subarray(y * width, (y + 1) * width);
    result.data.set(row, (y + border) * result.width + border);
  }
  return result;
}

/**
 * Repeat the last row and column until the image has a size.
 * @type {<T extends Pixels>(image: Image<T>, width: number, height: number) => Image<T>}
 */
export function padByReplicating(image, width, height) {
  if (width === image.width && height === image.height) return image;
  const result = createImage(width, height, typeOf(image));
  for (let y = 0; y < height; y++) {
    const start = Math.min(y, image.height - 1) * image.width;
    const end = start + image.width;
    result.data.set(image.data.subarray(start, end), y * width);
    result.data.fill(image.data[end - 1], y * width + image.width, (y + 1) * width);
  }
  return result;
}

/** @type {<T extends Pixels>(image: Image<T>) => Image<T>} */
export function transpose(image) {
  const { width, height, data } = image;
  const result = createImage(height, width, typeOf(image));
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) result.data[x * height + y] = data[i];
  return result;
}

/**
 * Return the outermost pixels, corners twice: top, bottom, left, right.
 * @type {<T extends Pixels>(image: Image<T>) => T}
 */
export function borderPixels(image) {
  const { width, height, data } = image;
  const border = new (typeOf(image))(2 * (width + height));
  border.set(data.subarray(0, width));
  border.set(data.subarray((height - 1) * width, height * width), width);
  for (let y = 0; y < height; y++) {
    border[2 * width + y] = data[y * width];
    border[2 * width + height + y] = data[(y + 1) * width - 1];
  }
  return border;
}
