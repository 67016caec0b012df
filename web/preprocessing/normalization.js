// As siffra/preprocessing/normalization.py: normalize a digit to MNIST's format.
/** @import { Constants } from "../constants.js" */
/** @import { Colors, Floats, Gray, Mask } from "../cv/image.js" */
/** @import { Extraction, Intensities } from "./foreground.js" */
import { distanceTransform } from "../cv/distance.js";
import {
  boundingRect,
  cropAround,
  f32,
  hasPixels,
  mapImage,
  maxPixel,
  pad,
  round,
  threshold,
  toByte,
} from "../cv/image.js";
import { resizeArea, resizeCubic } from "../cv/resize.js";
import { computeMoments, warpAffine } from "../cv/warp.js";
import { BlankImageError, check } from "../errors.js";
import { shrinkMask, strokeWidth } from "./clutter.js";
import { extractForegrounds, isThin } from "./foreground.js";
import { downsample } from "./grayscale.js";

const LARGEST = 28; // pixels of a digit
const PARAMETERS = /** @type {const} */ ([
  ...["digit_size", "stroke_width", "stroke_normalization", "deskew"],
  "aspect_ratio_normalization",
]);

/** @typedef {{[N in (typeof PARAMETERS)[number]]: number}} Parameters Of MnistPreprocessor. */
/**
 * The result of each step.
 * @typedef {{gray: Gray, foreground: Gray, binary: Mask, strokes: Floats, digit: Gray}} Steps
 */

/**
 * Return the parameters of a model file.
 * @type {(values: any) => Parameters}
 */
export function checkParameters(values) {
  for (const name of PARAMETERS)
    check(values?.[name] >= 0 && values[name] <= LARGEST, `no valid ${name}`);
  return values;
}

/**
 * Preprocess an image with all that stands out, and with less and less clutter: the same object
 * again if nothing more is left out.
 * @type {(image: Colors, parameters: Parameters, constants: Constants) => Generator<Steps>}
 */
export function* preprocessSteps(image, parameters, constants) {
  let last = null;
  let steps = null;
  for (const found of extractForegrounds(image, constants)) {
    steps = found === last ? steps : normalize(found, parameters, constants);
    last = found;
    yield /** @type {Steps} */ (steps);
  }
}

/**
 * Normalize what stands out from the background.
 * @type {(found: Extraction, parameters: Parameters, constants: Constants) => Steps}
 */
function normalize({ gray, foreground, intensities }, parameters, constants) {
  if (!intensities) throw new BlankImageError();
  const mask = threshold(foreground, (intensities[0] + intensities[1]) / 2);
  const cropped = cropAround(foreground, boundingRect(mask));
  const binary = resizeAndBinarize(cropped, intensities, constants);
  if (!hasPixels(binary)) throw new BlankImageError();
  return { gray, foreground: cropped, binary, ...normalizeShape(binary, parameters, constants) };
}

/**
 * Normalize stroke width, skew, size and position of a binary digit.
 * @type {(
 *   binary: Mask, parameters: Parameters, constants: Constants
 * ) => {strokes: Floats, digit: Gray}}
 */
export function normalizeShape(binary, parameters, constants) {
  const width = parameters.stroke_width * constants.normalization.WORKING_SIZE;
  const strokes = normalizeStrokeWidth(binary, width, parameters.stroke_normalization);
  return { strokes, digit: centerByMass(strokes, parameters, constants) };
}

/**
 * Resize a digit to the working size and binarize it.
 * @type {(foreground: Gray, intensities: Intensities, constants: Constants) => Mask}
 */
export function resizeAndBinarize(foreground, [dark, bright], constants) {
  const { WORKING_SIZE, PADDING } = constants.normalization;
  const longest = Math.max(foreground.width, foreground.height);
  const small = downsample(foreground, WORKING_SIZE);
  const factor = round(longest / Math.max(small.width, small.height));
  const scale = (WORKING_SIZE * factor) / Math.max(longest - 2, 1);
  const width = Math.max(1, round(small.width * scale));
  const height = Math.max(1, round(small.height * scale));
  const resized = (scale < 1 ? resizeArea : resizeCubic)(small, width, height);
  let binary;
  if (scale < factor && isThin(resized, dark, constants)) {
    const mask = threshold(foreground, (dark + bright) / 2);
    binary = shrinkMask(mask, WORKING_SIZE / longest);
  } else {
    binary = threshold(resized, (dark + Math.min(bright, maxPixel(resized))) / 2);
  }
  return pad(binary, PADDING, 0);
}

/**
 * Thin broad strokes and thicken thin ones.
 * @type {(binary: Mask, targetWidth: number, strength: number) => Floats}
 */
export function normalizeStrokeWidth(binary, targetWidth, strength) {
  const inside = distanceTransform(binary);
  const outside = distanceTransform(mapImage(binary, (value) => 1 - value));
  const width = strokeWidth(binary, inside);
  const shift = Math.min((strength * (width - targetWidth)) / 2, maxPixel(inside) - 0.5);
  const offset = f32(0.5 - shift);
  return mapImage(inside, (value, i) => {
    const depth = f32(f32(f32(value - outside.data[i]) - binary.data[i]) + 0.5);
    return Math.min(Math.max(f32(f32(depth + offset) * 255), 0), 255);
  });
}

/**
 * Deskew a digit, scale it and center it by its mass, in one interpolation.
 * @type {(strokes: Floats, parameters: Parameters, constants: Constants) => Gray}
 */
export function centerByMass(strokes, parameters, constants) {
  const C = constants.normalization;
  const side = C.IMAGE_SIZE * C.OVERSAMPLING;
  const moments = computeMoments(strokes);
  const skew = moments.mu02 > 0 ? moments.mu11 / moments.mu02 : 0;
  const shear = Math.min(Math.max(-parameters.deskew * skew, -C.MAX_SHEAR), C.MAX_SHEAR);
  const { xRange, yRange } = shearedExtent(strokes, shear, C.HALF_INTENSITY);
  const width = xRange[1] - xRange[0] + 1;
  const height = yRange[1] - yRange[0] + 1;
  const ratio = normalizeAspectRatio(
    Math.min(width, height) / Math.max(width, height),
    parameters.aspect_ratio_normalization,
  );
  const size = parameters.digit_size * C.OVERSAMPLING;
  const xScale = ((width >= height ? 1 : ratio) * size) / width;
  const yScale = ((width >= height ? ratio : 1) * size) / height;
  const left = shiftToCenter(xRange, xScale, moments.x + shear * moments.y, side);
  const top = shiftToCenter(yRange, yScale, moments.y, side);
  const matrix = [xScale, xScale * shear, left, yScale, top];
  const warped = warpAffine(strokes, matrix, side);
  const small = resizeArea(warped, C.IMAGE_SIZE, C.IMAGE_SIZE);
  return mapImage(small, (value) => toByte(Math.abs(value)), Uint8Array);
}

/**
 * Return the first and the last column and row of the digit after a shear.
 * @type {(
 *   strokes: Floats, shear: number, halfIntensity: number
 * ) => {xRange: number[], yRange: number[]}}
 */
function shearedExtent({ width, height, data }, shear, halfIntensity) {
  const limit = Math.min(halfIntensity, maxPixel({ data }) / 2);
  const xRange = [Infinity, -Infinity];
  const yRange = [Infinity, -Infinity];
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      if (!(data[i] > limit)) continue;
      const sheared = x + shear * y;
      if (sheared < xRange[0]) xRange[0] = sheared;
      if (sheared > xRange[1]) xRange[1] = sheared;
      if (y < yRange[0]) yRange[0] = y;
      yRange[1] = y;
    }
  return { xRange, yRange };
}

/**
 * Return the shift on one axis that centers `center` and keeps `extent` in a square.
 * @type {(extent: number[], scale: number, center: number, side: number) => number}
 */
function shiftToCenter(extent, scale, center, side) {
  const last = side - 1;
  const shift = Math.max(last / 2 - scale * center, -scale * extent[0]);
  return Math.min(shift, last - scale * extent[1]);
}

/**
 * Widen narrow digits: 1 stays 1, smaller ratios grow.
 * @type {(ratio: number, strength: number) => number}
 */
const normalizeAspectRatio = (ratio, strength) =>
  (1 - strength) * ratio + strength * Math.sqrt(Math.sin((Math.PI / 2) * ratio));
