// As siffra/numbers/foreground.py: separate the digits of a number from their background.
/** @import { Constants } from "../constants.js" */
/** @import { Box, Colors, Gray, Mask } from "../cv/image.js" */
/** @import { Intensities } from "../preprocessing/foreground.js" */
import { boundingRect, cropTo, hasPixels, pad, round, threshold } from "../cv/image.js";
import { resizeCubic } from "../cv/resize.js";
import { selectComponents, strokeWidth } from "../preprocessing/clutter.js";
import { findBackground, fullSide, inkIntensities, isThin } from "../preprocessing/foreground.js";
import { differenceFrom, toGrayscale, withoutMargin } from "../preprocessing/grayscale.js";
import { correctIllumination } from "../preprocessing/illumination.js";
import { removeEdgeLines, removeRuling } from "./ruling.js";

/** @typedef {[number, number, number, number]} DigitBox Left, top, width and height. */
/**
 * Bright digits on black, a mask of them, and where they are: pixels of the image per pixel.
 * @typedef {{
 *   pixels: Gray, mask: Mask, intensities: Intensities, strokeWidth: number, scale: number,
 *   left: number, top: number
 * }} Foreground
 */

/**
 * Separate digits from their background; null for a blank image.
 * @type {(image: Colors, constants: Constants) => ?Foreground}
 */
export function findForeground(image, constants) {
  const C = constants["numbers.foreground"];
  const found = find(image, C.MIN_SIDE, constants);
  const { width, height } = image;
  const isSmall = Math.min(width, height) < C.SMALL_SIDE;
  if (!found || isSmall || !isThin(found.pixels, found.intensities[0], constants)) return found;
  // Halving would break thin strokes.
  return find(image, Math.min(fullSide(image, constants), C.THIN_SIDE), constants) ?? found;
}

/**
 * Return [left, top, width, height] of all digits, in the image's pixels.
 * @type {(foreground: Foreground) => DigitBox}
 */
export const boxOfDigits = (foreground) => toImage(foreground, boundingRect(foreground.mask));

/**
 * Return a box in the image's pixels.
 * @type {(foreground: Foreground, box: Box) => DigitBox}
 */
export function toImage(foreground, { left, top, width, height }) {
  const { scale } = foreground;
  const [x, y] = [foreground.left + left * scale, foreground.top + top * scale];
  return [x, y, width * scale, height * scale];
}

/** @type {(image: Colors, minSide: number, constants: Constants) => ?Foreground} */
function find(image, minSide, constants) {
  const C = constants["numbers.foreground"];
  const box = withoutMargin(image, constants);
  const gray = toGrayscale(cropTo(image, box), constants, minSide);
  const longest = Math.max(gray.width, gray.height);
  if (longest > C.MAX_SIDE) return null;
  let scale = 2 ** Math.max(round(Math.log2(Math.max(box.width, box.height) / longest)), 0);
  const margin = scale > 1 ? scale : 0; // one pixel was added to each side
  const share = (box.width * box.height) / (image.width * image.height);
  const background = findBackground(gray, share, constants);
  let pixels;
  if (background === null) {
    const factor = Math.max(C.SMALL_PHOTO_SIDE / Math.min(gray.width, gray.height), 1);
    pixels = correctIllumination(gray, Math.min(factor, C.MAX_PHOTO_SIDE / longest), constants);
    scale *= gray.width / pixels.width;
  } else {
    const difference = differenceFrom(gray, background);
    pixels = enlarge(difference, constants);
    scale *= difference.width / pixels.width;
  }
  const intensities = inkIntensities(pixels, constants);
  if (intensities === null) return null;
  const [dark, bright] = intensities;
  let mask = threshold(pixels, dark + C.MASK_LEVEL * (bright - dark));
  mask = removeRuling(removeEdgeLines(mask, constants), constants);
  if (background === null) mask = selectComponents(mask, constants);
  if (!hasPixels(mask)) return null;
  mask = pad(mask, C.PADDING, 0);
  return {
    pixels: pad(pixels, C.PADDING, 0),
    mask,
    intensities,
    strokeWidth: strokeWidth(mask),
    scale,
    left: box.left - margin - C.PADDING * scale,
    top: box.top - margin - C.PADDING * scale,
  };
}

/**
 * Enlarge a small drawing.
 * @type {(pixels: Gray, constants: Constants) => Gray}
 */
function enlarge(pixels, constants) {
  const { SMALL_SIDE, MAX_ENLARGED_SIDE } = constants["numbers.foreground"];
  const { width, height } = pixels;
  const shortest = Math.min(width, height);
  if (shortest >= SMALL_SIDE) return pixels;
  const most = Math.max(1, Math.floor(MAX_ENLARGED_SIDE / Math.max(width, height)));
  const factor = Math.min(Math.ceil(SMALL_SIDE / shortest), most);
  return resizeCubic(pixels, factor * width, factor * height);
}
