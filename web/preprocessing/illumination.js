// As siffra/preprocessing/illumination.py: correct uneven illumination in photographs.
/** @import { Constants } from "../constants.js" */
/** @import { Floats, Gray, Mask } from "../cv/image.js" */
import { blurGaussian, medianOfBytes, medianOfFew } from "../cv/filters.js";
import { createImage, f32, hasPixels, mapImage, round, threshold } from "../cv/image.js";
import { close, dilate, erode } from "../cv/morphology.js";
import { resizeArea, resizeLinear } from "../cv/resize.js";
import { mean, median, percentile, standardDeviation } from "../statistics.js";
import { removeClutter } from "./clutter.js";

/** @typedef {(mask: Mask, constants: Constants, minArea: number) => Mask} Clean */

/**
 * Replace the paper of a photograph by a black background; `clean` removes lines and specks.
 * @type {(photo: Gray, constants: Constants, clean?: Clean) => Gray}
 */
export function correctIllumination(photo, constants, clean = removeClutter) {
  let gray = shrink(photo, constants.illumination.MAX_SIDE);
  if (hasBrightForeground(gray, constants)) gray = mapImage(gray, (value) => 255 - value);
  const difference = differenceFromPaper(gray, constants);
  const mask = findMarks(difference, constants, clean);
  if (!hasPixels(mask)) return createImage(gray.width, gray.height);
  const dilated = dilate(mask, 5);
  const full = percentile(
    difference.data.filter((_, i) => mask.data[i]),
    75,
  );
  return mapImage(
    difference,
    (value, i) => (dilated.data[i] ? Math.min(Math.max(f32(f32(255 * value) / full), 0), 255) : 0),
    Uint8Array,
  );
}

/** @type {(gray: Gray, maxSide: number) => Gray} */
function shrink(gray, maxSide) {
  const scale = maxSide / Math.max(gray.width, gray.height);
  if (scale >= 1) return gray;
  const [width, height] = [round(gray.width * scale), round(gray.height * scale)];
  return resizeArea(gray, width, height, 1 / scale, 1 / scale);
}

/**
 * Return how much darker than the paper each pixel is, relative to the paper.
 * @type {(gray: Gray, constants: Constants) => Floats}
 */
function differenceFromPaper(gray, constants) {
  const paper = estimateIllumination(gray, constants);
  const smooth = blurGaussian(gray, Math.max(Math.max(gray.width, gray.height) / 400, 0.6));
  const difference = mapImage(paper, (value, i) =>
    f32(f32(255 * f32(value - smooth.data[i])) / Math.max(value, 1)),
  );
  const offset = percentile(difference.data, constants.illumination.PAPER_PERCENTILE);
  return mapImage(difference, (value) => value - offset);
}

/**
 * Return a mask of what is clearly darker than the paper.
 * @type {(difference: Floats, constants: Constants, clean: Clean) => Mask}
 */
function findMarks(difference, constants, clean) {
  const C = constants.illumination;
  const { data } = difference;
  const magnitude = data.map(Math.abs);
  const paper = f32(0.7 * percentile(magnitude, 99));
  const noise = 1.4826 * median(magnitude.filter((value) => value <= paper)) + 1;
  const minimum = C.MIN_SIGNAL_TO_NOISE * noise;
  const mask = threshold(difference, f32(minimum));
  if (!hasPixels(mask)) return mask;
  const level = percentile(
    data.filter((_, i) => mask.data[i]),
    90,
  );
  const minArea = C.MIN_IMAGE_SHARE * data.length;
  const limit = f32(Math.max(minimum, C.MIN_LEVEL * level));
  return clean(threshold(difference, limit), constants, minArea);
}

/**
 * Estimate the intensity of the paper at each pixel, under dark strokes and in shadows.
 * @type {(gray: Gray, constants: Constants) => Floats}
 */
function estimateIllumination(gray, constants) {
  const C = constants.illumination;
  const small = mapImage(downsampleTo(gray, C.ILLUMINATION_SIDE), (value) => value, Float32Array);
  let plane = fitPlane(small);
  let flat = mapImage(small, (value, i) => value - plane.data[i]);
  if (standardDeviation(flat.data) > f32(C.MAX_UNEVENNESS) * standardDeviation(small.data)) {
    plane = createImage(small.width, small.height, Float32Array);
    flat = small;
  }
  const closed = erode(medianOfFew(close(flat, C.CLOSING_SIZE), 5), 3);
  const paper = mapImage(closed, (value, i) => value + plane.data[i]);
  return resizeLinear(paper, gray.width, gray.height);
}

/**
 * Return the plane through an image with the least squared error.
 * @type {(image: Floats) => Floats}
 */
export function fitPlane({ width, height, data }) {
  const middleX = (width - 1) / 2;
  const middleY = (height - 1) / 2;
  let [sumX, sumY, squaresX, squaresY] = [0, 0, 0, 0];
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      sumX += (x - middleX) * data[i];
      sumY += (y - middleY) * data[i];
    }
  for (let x = 0; x < width; x++) squaresX += (x - middleX) ** 2;
  for (let y = 0; y < height; y++) squaresY += (y - middleY) ** 2;
  const slopeX = sumX / height / Math.max(squaresX, 1);
  const slopeY = sumY / width / Math.max(squaresY, 1);
  const center = mean(data);
  const plane = createImage(width, height, Float32Array);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++)
      plane.data[i] = slopeY * (y - middleY) + slopeX * (x - middleX) + center;
  return plane;
}

/**
 * Return whether strokes are brighter than the paper: the skewness around a wide median.
 * @type {(gray: Gray, constants: Constants) => boolean}
 */
function hasBrightForeground(gray, constants) {
  const C = constants.illumination;
  const small = downsampleTo(gray, C.ILLUMINATION_SIDE);
  const paper = medianOfBytes(small, C.MEDIAN_SIZE);
  let sum = 0;
  for (let i = 0; i < paper.data.length; i++) {
    const difference = small.data[i] - paper.data[i];
    sum += difference * difference * difference;
  }
  return sum > 0;
}

/**
 * Resize to a longest side.
 * @type {(gray: Gray, side: number) => Gray}
 */
function downsampleTo(gray, side) {
  const scale = side / Math.max(gray.width, gray.height);
  const [width, height] = [gray.width, gray.height].map((one) => Math.max(round(one * scale), 1));
  return resizeArea(gray, width, height);
}
