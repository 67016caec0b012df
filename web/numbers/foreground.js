// As siffra/numbers/foreground.py: separate the digits of a number from their background.
import { constants } from "../constants.js";
import { boundingRect, cropTo, hasPixels, pad, round, threshold } from "../cv/image.js";
import { resizeCubic } from "../cv/resize.js";
import { selectComponents, strokeWidth } from "../preprocessing/clutter.js";
import { isThin, otsuIntensities } from "../preprocessing/foreground.js";
import {
  differenceFrom,
  estimateBackground,
  toGrayscale,
  withoutMargin,
} from "../preprocessing/grayscale.js";
import { correctIllumination } from "../preprocessing/illumination.js";
import { removeEdgeLines, removeRuling } from "./ruling.js";

const C = constants["numbers.foreground"];

/**
 * Separate digits from their background; null for a blank image.
 * @returns {?{pixels, mask, intensities: number[], strokeWidth: number, scale: number,
 *   left: number, top: number}}
 *   Bright digits on black, a mask of them, and where they are: pixels of the image per pixel.
 */
export function findForeground(image) {
  const found = find(image, C.MIN_SIDE);
  const { width, height } = image;
  const isSmall = Math.min(width, height) < C.SMALL_SIDE;
  if (!found || isSmall || !isThin(found.pixels, found.intensities[0])) return found;
  // Halving would break thin strokes.
  return find(image, Math.min(Math.max(width, height), C.THIN_SIDE)) ?? found;
}

/** Return [left, top, width, height] of all digits, in the image's pixels. */
export const boxOfDigits = (foreground) => toImage(foreground, boundingRect(foreground.mask));

/** Return a box in the image's pixels. */
export function toImage(foreground, { left, top, width, height }) {
  const { scale } = foreground;
  const [x, y] = [foreground.left + left * scale, foreground.top + top * scale];
  return [x, y, width * scale, height * scale];
}

function find(image, minSide) {
  const box = withoutMargin(image);
  const gray = toGrayscale(cropTo(image, box), minSide);
  const longest = Math.max(gray.width, gray.height);
  if (longest > C.MAX_SIDE) return null;
  let scale = 2 ** Math.max(round(Math.log2(Math.max(box.width, box.height) / longest)), 0);
  const margin = scale > 1 ? scale : 0; // one pixel was added to each side
  const background = estimateBackground(gray);
  let pixels;
  if (background === null) {
    pixels = correctIllumination(gray, cleanPhoto);
    scale *= gray.width / pixels.width;
  } else {
    const difference = differenceFrom(gray, background);
    pixels = enlarge(difference);
    scale *= difference.width / pixels.width;
  }
  const intensities = otsuIntensities(pixels);
  if (intensities === null) return null;
  const [dark, bright] = intensities;
  let mask = threshold(pixels, dark + C.MASK_LEVEL * (bright - dark));
  if (background !== null) mask = removeRuling(removeEdgeLines(mask));
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

/** Enlarge a small drawing. */
function enlarge(pixels) {
  const { width, height } = pixels;
  const shortest = Math.min(width, height);
  if (shortest >= C.SMALL_SIDE) return pixels;
  const most = Math.max(1, Math.floor(2048 / Math.max(width, height)));
  const factor = Math.min(Math.ceil(C.SMALL_SIDE / shortest), most);
  return resizeCubic(pixels, factor * width, factor * height);
}

/** Remove ruled lines and boxes from a photograph, then shadows at its border and specks. */
const cleanPhoto = (mask, minArea) => selectComponents(removeRuling(mask), minArea);
