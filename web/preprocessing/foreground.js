// As siffra/preprocessing/foreground.py: separate a digit from its background.
/** @import { Constants } from "../constants.js" */
/** @import { Box, Colors, Gray, Mask } from "../cv/image.js" */
import { connectedComponents } from "../cv/components.js";
import {
  boundingRect,
  countNonZero,
  crop,
  cropTo,
  mapImage,
  maxPixel,
  round,
  sumPixels,
  threshold,
} from "../cv/image.js";
import { dilate } from "../cv/morphology.js";
import { countValues, otsuThreshold, sumUp } from "../cv/threshold.js";
import { strokeWidth, withoutClutter } from "./clutter.js";
import { differenceFrom, estimateBackground, reduceDrawing, withoutMargin } from "./grayscale.js";
import { correctIllumination } from "./illumination.js";

/** @typedef {[number, number]} Intensities Of the background and of the digit. */
/**
 * The foreground of an image; the intensities of a blank image are null.
 * @typedef {{gray: Gray, foreground: Gray, intensities: ?Intensities}} Extraction
 */
/**
 * An image without its margin, where it is in the image, and the size of that.
 * @typedef {{image: Colors, box: Box, width: number, height: number}} Cropped
 */

/** @type {(found: Extraction) => Mask} */
const maskOf = ({ foreground, intensities }) => threshold(foreground, middle(intensities));

/** @type {(intensities: ?Intensities) => number} */
const middle = (intensities) => (intensities ? (intensities[0] + intensities[1]) / 2 : 0);

/**
 * Separate a digit from its background, then without clutter that touches nothing else, then also
 * without lines that touch the digit. If nothing is left out, it is the same object again.
 * @type {(image: Colors, constants: Constants) => Generator<Extraction>}
 */
export function* extractForegrounds(image, constants) {
  const { width, height } = image;
  const box = withoutMargin(image, constants);
  const cropped = { image: cropTo(image, box), box, width, height };
  const whole = extract(cropped, constants.grayscale.MIN_DRAWING_SIDE, constants);
  yield whole;
  if (!whole.intensities) return;
  const isOne = connectedComponents(maskOf(whole)).stats.length === 1;
  if (isOne) yield whole;
  const { CLUTTER_SIDE } = constants.foreground;
  const isFine = longest(whole.foreground) >= Math.min(CLUTTER_SIDE, longest(image));
  const fine = isFine ? whole : extract(cropped, CLUTTER_SIDE, constants);
  let last = whole;
  let kept = maskOf(fine);
  for (const rest of withoutClutter(kept, constants, isOne)) {
    if (!isEqual(rest, kept)) {
      const masked = maskForeground(fine, rest, constants);
      if (masked.intensities) last = masked;
      kept = rest;
    }
    yield last;
  }
}

/** @type {(mask: Mask, other: Mask) => boolean} */
function isEqual(mask, other) {
  for (let i = 0; i < mask.data.length; i++) if (mask.data[i] !== other.data[i]) return false;
  return true;
}

/** @type {(size: {width: number, height: number}) => number} */
const longest = ({ width, height }) => Math.max(width, height);

/** @type {(cropped: Cropped, minSide: number, constants: Constants) => Extraction} */
function extract(cropped, minSide, constants) {
  const { image, width, height } = cropped;
  const gray = reduceDrawing(image, minSide, constants);
  const share = image.data.length / (width * height);
  const background = findBackground(gray, share, constants);
  const foreground =
    background === null
      ? correctIllumination(gray, photoScale(gray, constants), constants)
      : differenceFrom(gray, background);
  const intensities = inkIntensities(foreground, constants);
  const found = { gray, foreground, intensities };
  if (!intensities) return found;
  const full = fullSide(cropped, constants);
  if (background !== null && minSide < full && isThin(foreground, intensities[0], constants))
    return extract(cropped, full, constants);
  return isBorderTrace(maskOf(found), cropped, constants) ? { ...found, intensities: null } : found;
}

/**
 * Return the longest side at which a drawing with thin strokes is done.
 * @type {(image: {width: number, height: number}, constants: Constants) => number}
 */
export function fullSide(image, constants) {
  const { MAX_FULL_SIDE } = constants.foreground;
  return longest(image) <= MAX_FULL_SIDE ? longest(image) : Math.floor(MAX_FULL_SIDE / 2);
}

/**
 * Return by which factor a photograph is resized.
 * @type {(gray: Gray, constants: Constants) => number}
 */
function photoScale(gray, constants) {
  const [shorter, longer] = constants.foreground.PHOTO_SIDES;
  return Math.min(shorter / Math.min(gray.width, gray.height), longer / longest(gray));
}

/**
 * Return the intensity of the border; null for a photograph, and for what has a dark edge around
 * it. `share` is that of the image, which is left without its margin.
 * @type {(gray: Gray, share: number, constants: Constants) => ?number}
 */
export function findBackground(gray, share, constants) {
  const background = estimateBackground(gray, constants);
  if (background === null) return null;
  const { data } = gray;
  let different = 0;
  for (let i = 0; i < data.length; i++) if (data[i] !== background) different++;
  return share * different > constants.foreground.MAX_INK * data.length ? null : background;
}

/**
 * Return whether there is nothing but lines along the border of an image.
 * @type {(mask: Mask, cropped: Cropped, constants: Constants) => boolean}
 */
function isBorderTrace(mask, cropped, constants) {
  const C = constants.foreground;
  const scale = longest(cropped.image) / longest(mask);
  // The border, in pixels of the mask.
  const [left, top] = [-cropped.box.left / scale, -cropped.box.top / scale];
  const [right, bottom] = [left + cropped.width / scale, top + cropped.height / scale];
  const box = boundingRect(mask);
  const gap = Math.min(
    ...[box.left - left, box.top - top],
    ...[right - (box.left + box.width), bottom - (box.top + box.height)],
  );
  const shortest = Math.min(cropped.width, cropped.height) / scale;
  if (gap > Math.max(C.NEAR * shortest, C.NEAR_PIXELS / scale)) return false;
  const margin = C.TRACE_MARGIN * shortest;
  const [x, y] = [Math.max(left + margin, 0), Math.max(top + margin, 0)].map(round);
  const endX = Math.min(Math.max(round(right - margin), x), mask.width);
  const endY = Math.min(Math.max(round(bottom - margin), y), mask.height);
  const inside = crop(mask, Math.min(x, endX), Math.min(y, endY), endX, endY);
  if (2 * countNonZero(inside) > countNonZero(mask)) return false;
  return connectedComponents(inside).stats.every(
    (one) => longest(one) < C.MIN_DIGIT_LENGTH * shortest,
  );
}

/**
 * Return an extraction without what is not in a mask, and the soft edges around it.
 * @type {(found: Extraction, mask: Mask, constants: Constants) => Extraction}
 */
function maskForeground({ gray, foreground }, mask, constants) {
  const grown = dilate(mask);
  const masked = mapImage(foreground, (value, i) => value * grown.data[i]);
  return { gray, foreground: masked, intensities: inkIntensities(masked, constants) };
}

/**
 * Return whether little of the foreground is inside strokes rather than on their edges.
 * @type {(foreground: Gray, dark: number, constants: Constants) => boolean}
 */
export function isThin(foreground, dark, constants) {
  const full = maxPixel(foreground);
  const { data } = foreground;
  const limit = dark + constants.foreground.NEARLY_FULL * (full - dark);
  let inside = 0;
  for (let i = 0; i < data.length; i++) if (data[i] > limit) inside++;
  const mass = sumPixels(foreground) - dark * data.length;
  return inside * (full - dark) < constants.foreground.MIN_INSIDE_SHARE * mass;
}

/**
 * Return the intensities of background and digit, so that their mean is below all strokes; null for
 * a blank image. That of the digit is its mean intensity, unless strokes are fainter than half.
 * @type {(foreground: Gray, constants: Constants) => ?Intensities}
 */
export function inkIntensities(foreground, constants) {
  const C = constants.foreground;
  const intensities = otsuIntensities(foreground, constants);
  if (!intensities) return null;
  const [dark, bright] = intensities;
  const clear = threshold(foreground, middle(intensities));
  const faint = threshold(foreground, dark + C.FAINT * (bright - dark));
  const minFaint = C.MIN_FAINT_SHARE * countNonZero(clear);
  /** @type {(radius: number) => boolean} */
  const hasFaintStrokes = (radius) =>
    countOutside(faint, dilate(clear, 2 * radius + 1)) >= minFaint;
  // Soft edges are nearer to the clear strokes, mostly within a pixel.
  if (!hasFaintStrokes(1)) return intensities;
  const radius = Math.max(round(strokeWidth(clear) / 2), 1);
  return hasFaintStrokes(radius) ? [dark, dark + 2 * C.FAINT * (bright - dark)] : intensities;
}

/**
 * Count the pixels of a mask that are not in another one.
 * @type {(mask: Mask, other: Mask) => number}
 */
function countOutside(mask, other) {
  let count = 0;
  for (let i = 0; i < mask.data.length; i++) if (mask.data[i] && !other.data[i]) count++;
  return count;
}

/**
 * Return the mean intensities of background and digit by Otsu's method; null for a blank image.
 * @type {(gray: Gray, constants: Constants) => ?Intensities}
 */
export function otsuIntensities(gray, constants) {
  const C = constants.foreground;
  const histogram = countValues(gray);
  const limit = otsuThreshold(histogram);
  const [nDark, sumDark, squares] = sumUp(histogram, 0, limit + 1);
  const [nBright, sumBright] = sumUp(histogram, limit + 1);
  if (nBright === 0 || nDark === 0) return null;
  const bright = sumBright / nBright;
  const dark = (sumDark + sumBright - bright * nBright) / nDark;
  if (bright - dark < C.CLEAR_CONTRAST) {
    const variance = squares / nDark - (sumDark / nDark) ** 2;
    const noise = C.MIN_SIGNAL_TO_NOISE * Math.sqrt(Math.max(variance, 0));
    if (bright - dark < Math.max(C.MIN_CONTRAST, noise)) return null;
  }
  return [dark, bright];
}
