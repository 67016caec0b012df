// As siffra/preprocessing/grayscale.py: convert an RGBA image to grayscale, crop its margin.
/** @import { Constants } from "../constants.js" */
/** @import { Box, Colors, Gray, Image } from "../cv/image.js" */
import { blue, green, luma, opacity, red } from "../cv/color.js";
import { blurBox } from "../cv/filters.js";
import {
  borderPixels,
  boundingRect,
  countEqual,
  createImage,
  cropTo,
  f32,
  growBox,
  mapImage,
  pad,
  padByReplicating,
  toByte,
} from "../cv/image.js";
import { halve } from "../cv/resize.js";
import { median, standardDeviation } from "../statistics.js";

const OPAQUE = 255;

/**
 * Convert an RGBA image to grayscale and crop its uniform margin.
 * @type {(image: Colors, constants: Constants, minSide?: number) => Gray}
 */
export const toGrayscale = (image, constants, minSide = constants.grayscale.MIN_DRAWING_SIDE) =>
  reduceDrawing(cropTo(image, withoutMargin(image, constants)), minSide, constants);

/**
 * Convert a cropped image to grayscale, and halve it while it has this longest side.
 * @type {(image: Colors, minSide: number, constants: Constants) => Gray}
 */
export function reduceDrawing(image, minSide, constants) {
  const size = hasUniformBorder(image) ? minSide : constants.grayscale.MAX_PHOTO_SIDE;
  const small = downsampleDrawing(image, size, constants);
  if (isOpaque(small)) return combineChannels(small, constants);
  return downsampleDrawing(flattenAlpha(image), size, constants);
}

/**
 * @type {<T extends Uint8Array | Uint32Array>(
 *   image: Image<T>, size: number, constants: Constants
 * ) => Image<T>}
 */
function downsampleDrawing(image, size, constants) {
  const small = downsample(image, size);
  if (small === image || size === constants.grayscale.MAX_PHOTO_SIDE) return small;
  return pad(small, 1, image.data[0]);
}

/**
 * Return the box without the margin in the color of the top left pixel, except one pixel, and
 * without plain borders.
 * @type {(image: Colors, constants: Constants) => Box}
 */
export function withoutMargin(image, constants) {
  const [first, last] = [image.data[0], image.data[image.data.length - 1]];
  let box = { left: 0, top: 0, width: image.width, height: image.height };
  for (const color of last !== first ? [last, first] : [first]) {
    box = boundingRect(image, color);
    const isWhole = box.width === image.width && box.height === image.height;
    const inner = cropTo(image, box);
    if (!isWhole && isPlainBorder(color, inner, constants)) {
      const rest = withoutMargin(inner, constants);
      return { ...rest, left: box.left + rest.left, top: box.top + rest.top };
    }
  }
  return growBox(box, image);
}

/**
 * Return whether the outermost pixels of `inner` are of one color, but not `margin`.
 * @type {(margin: number, inner: Colors, constants: Constants) => boolean}
 */
function isPlainBorder(margin, inner, constants) {
  const C = constants.grayscale;
  const { width, height, data } = inner;
  if (!data.length) return false;
  const border = borderPixels(inner);
  if (countEqual(border, margin) > C.MAX_MARGIN_SHARE * border.length) return false;
  const color = border[border.length >> 1];
  if (countEqual(border, color) < C.MIN_PLAIN_SHARE * border.length) return false;
  const corners = [0, width - 1, data.length - width, data.length - 1];
  if (corners.some((corner) => data[corner] !== color)) return false;
  const box = boundingRect(inner, color);
  const longest = Math.max(width, height);
  if (Math.max(box.width, box.height) <= C.MIN_CONTENT * longest) return false;
  const right = width - box.left - box.width;
  const bottom = height - box.top - box.height;
  return Math.max(box.left, box.top, right, bottom) > C.MIN_BORDER_WIDTH * longest;
}

/**
 * Halve an image while its longest side stays at least `size`, its shortest half of that.
 * @type {<T extends Uint8Array | Uint32Array>(image: Image<T>, size: number) => Image<T>}
 */
export function downsample(image, size) {
  const { width, height } = image;
  const factor = Math.min(
    Math.floor(Math.max(width, height) / size),
    Math.floor((2 * Math.min(width, height)) / size),
  );
  const halvings = Math.max(Math.clz32(1) - Math.clz32(factor), 0);
  const step = 1 << halvings;
  const [w, h] = [Math.ceil(width / step) * step, Math.ceil(height / step) * step];
  let result = padByReplicating(image, w, h);
  for (let i = 0; i < halvings; i++) result = halve(result);
  return result;
}

/** @type {(image: Colors) => boolean} */
function isOpaque({ data }) {
  let all = -1;
  for (let i = 0; i < data.length; i++) all &= data[i];
  return opacity(all) === OPAQUE;
}

/**
 * Convert an opaque image to the gray image with the greatest contrast.
 * @type {(image: Colors, constants: Constants) => Gray}
 */
function combineChannels(image, constants) {
  const gray = mapImage(image, luma, Uint8Array);
  if (saturation(image) < constants.grayscale.MIN_SATURATION) return gray;
  const channels = [red, green, blue].map((channel) => mapImage(image, channel, Uint8Array));
  if (hasUniformBorder(image)) return maxDistance(channels);
  const contrast = channels.map((channel) => localContrast(channel, constants));
  const best = contrast.indexOf(Math.max(...contrast));
  return contrast[best] > constants.grayscale.MIN_CONTRAST_RATIO * localContrast(gray, constants)
    ? channels[best]
    : gray;
}

/** @type {(image: Colors) => number} */
function saturation({ data }) {
  let max = 0;
  let previous = 0;
  for (let i = 0; i < data.length; i++) {
    const color = data[i];
    if (color === previous) continue;
    previous = color;
    const g = green(color);
    max = Math.max(max, Math.abs(g - red(color)), Math.abs(g - blue(color)));
  }
  return max;
}

/**
 * Return how far each pixel is from the border's color, in the channel in which it is most.
 * @type {(channels: Gray[]) => Gray}
 */
function maxDistance([first, ...others]) {
  const result = differenceFrom(first, first.data[0]);
  for (const { data } of others)
    for (let i = 0; i < data.length; i++)
      result.data[i] = Math.max(result.data[i], Math.abs(data[i] - data[0]));
  return result;
}

/** @type {(gray: Gray, intensity: number) => Gray} */
export function differenceFrom({ width, height, data }, intensity) {
  const result = createImage(width, height);
  for (let i = 0; i < data.length; i++) result.data[i] = Math.abs(data[i] - intensity);
  return result;
}

/** @type {(gray: Gray, constants: Constants) => number} */
function localContrast(gray, constants) {
  const { CONTRAST_SIDE, SURROUNDINGS } = constants.grayscale;
  const small = downsample(gray, CONTRAST_SIDE);
  const surroundings = blurBox(small, SURROUNDINGS);
  return standardDeviation(surroundings.data.map((value, i) => f32(small.data[i] - value)));
}

/**
 * Convert an image that is partly transparent to grayscale.
 * @type {(image: Colors) => Gray}
 */
function flattenAlpha(image) {
  const gray = mapImage(image, luma, Uint8Array);
  const alpha = mapImage(image, opacity, Uint8Array);
  const border = borderPixels(alpha);
  if (2 * countEqual(border, 0) > border.length) return mapImage(alpha, (value) => 255 - value);
  const intensity = median(borderPixels(gray).filter((_, i) => border[i] > 0));
  const scale = f32(1 / OPAQUE);
  const slope = f32(-intensity / OPAQUE);
  const result = createImage(image.width, image.height);
  for (let i = 0; i < result.data.length; i++) {
    const background = toByte(Math.abs(f32(f32(alpha.data[i] * slope) + intensity)));
    const color = toByte(f32(scale * (gray.data[i] * alpha.data[i])));
    result.data[i] = Math.min(255, color + background);
  }
  return result;
}

/**
 * Return whether most of the outermost pixels have the top left pixel's color.
 * @type {(image: Image) => boolean}
 */
function hasUniformBorder(image) {
  const border = borderPixels(image);
  return 2 * countEqual(border, border[0]) > border.length;
}

/**
 * Estimate the background intensity from the border: null for a photograph.
 * @type {(gray: Gray, constants: Constants) => ?number}
 */
export function estimateBackground(gray, constants) {
  const border = borderPixels(gray);
  if (2 * countEqual(border, border[0]) > border.length) return border[0];
  const intensity = border.slice().sort()[border.length >> 1];
  const isUniform = 2 * countEqual(border, intensity) >= border.length;
  const isSmall = Math.min(gray.width, gray.height) < constants.grayscale.MIN_PHOTO_SIDE;
  return isUniform || isSmall ? intensity : null;
}
