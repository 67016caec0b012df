// As siffra/preprocessing/illumination.py: correct uneven illumination in photographs.
/** @import { Constants } from "../constants.js" */
/** @import { Floats, Gray, Image, Mask, Pixels } from "../cv/image.js" */
import { connectedComponents } from "../cv/components.js";
import { blurGaussian, medianOfBytes, medianOfFew } from "../cv/filters.js";
import { createImage, crop, f32, hasPixels, mapImage, round, threshold } from "../cv/image.js";
import { close, dilate, erode } from "../cv/morphology.js";
import { resizeArea, resizeCubic, resizeLinear } from "../cv/resize.js";
import { mean, median, percentile, standardDeviation } from "../statistics.js";

/**
 * Resize a photograph by a factor, and replace its paper by a black background.
 * @type {(photo: Gray, scale: number, constants: Constants) => Gray}
 */
export function correctIllumination(photo, scale, constants) {
  const C = constants.illumination;
  let gray = resizePhoto(photo, scale, constants);
  if (hasBrightForeground(gray, constants)) gray = mapImage(gray, (value) => 255 - value);
  const difference = differenceFromPaper(gray, constants);
  const inside = cropInside(difference, constants).data;
  const noise = estimateNoise(inside, constants);
  const [low, high] = C.MIN_SIGNAL_TO_NOISE.map((factor) => factor * noise);
  const clear = inside.filter((value) => value > f32(high));
  if (!clear.length) return createImage(gray.width, gray.height);
  const level = percentile(clear, C.CLEAR_PERCENTILE);
  const [minLow, minHigh] = C.MIN_LEVEL.map((share) => share * level);
  const mask = withStrongPixels(
    difference,
    Math.max(low, minLow),
    Math.max(high, minHigh),
    constants,
  );
  if (!hasPixels(mask)) return mask;
  const dilated = dilate(mask, C.EDGE_SIZE);
  const isInside = cropInside(mask, constants).data;
  const foreground = inside.filter((_, i) => isInside[i]);
  const full = f32(foreground.length ? percentile(foreground, C.FULL_PERCENTILE) : level);
  return mapImage(
    difference,
    (value, i) => (dilated.data[i] ? Math.min(Math.max(f32(f32(255 * value) / full), 0), 255) : 0),
    Uint8Array,
  );
}

/**
 * Estimate the standard deviation of the paper's noise or texture.
 * @type {(difference: Float32Array, constants: Constants) => number}
 */
function estimateNoise(difference, constants) {
  const C = constants.illumination;
  const magnitude = difference.map(Math.abs);
  const limit = f32(C.MAX_PAPER * percentile(magnitude, C.HIGHEST_PERCENTILE));
  const paper = difference.filter((_, i) => magnitude[i] <= limit);
  const deviation = C.MAD_SCALE * f32(median(paper.map(Math.abs)));
  const lowest = percentile(paper, C.LOWEST_PERCENTILE);
  const bright = f32(f32(median(paper)) - lowest) / C.LOWEST_DEVIATION;
  return Math.min(deviation, bright) + C.MIN_NOISE;
}

/**
 * Return a mask of the components above a limit with a pixel above a higher one. Components that
 * are smaller than a share of the image are left out.
 * @type {(difference: Floats, low: number, high: number, constants: Constants) => Mask}
 */
export function withStrongPixels(difference, low, high, constants) {
  const { data } = difference;
  const { labels, stats } = connectedComponents(threshold(difference, f32(low)));
  const isKept = new Uint8Array(stats.length + 1);
  const limit = f32(high);
  for (let i = 0; i < data.length; i++) if (data[i] > limit) isKept[labels.data[i]] = 1;
  const minArea = constants.illumination.MIN_IMAGE_SHARE * data.length;
  for (const { label, area } of stats) if (area <= minArea) isKept[label] = 0;
  return mapImage(labels, (label) => isKept[label], Uint8Array);
}

/**
 * Smooth a photograph and resize it.
 * @type {(gray: Gray, scale: number, constants: Constants) => Gray}
 */
function resizePhoto(gray, scale, constants) {
  const { SMOOTHING, MIN_SMOOTHING } = constants.illumination;
  const sigma = Math.max(SMOOTHING * Math.min(gray.width, gray.height), MIN_SMOOTHING);
  const size = [gray.width, gray.height].map((side) => Math.max(round(side * scale), 1));
  const resize = scale < 1 ? resizeArea : resizeCubic;
  return resize(blurGaussian(gray, sigma), size[0], size[1]);
}

/**
 * Crop an image to what is inside of its margin.
 * @type {<T extends Pixels>(image: Image<T>, constants: Constants) => Image<T>}
 */
function cropInside(image, constants) {
  const { width, height } = image;
  const margin = round(constants.illumination.MARGIN * Math.min(width, height));
  return crop(image, margin, margin, width - margin, height - margin);
}

/**
 * Return how much darker than the paper each pixel is, relative to the paper.
 * @type {(gray: Gray, constants: Constants) => Floats}
 */
function differenceFromPaper(gray, constants) {
  const paper = estimateIllumination(gray, constants);
  const difference = mapImage(paper, (value, i) =>
    f32(f32(255 * f32(value - gray.data[i])) / Math.max(value, 1)),
  );
  const offset = percentile(difference.data, constants.illumination.PAPER_PERCENTILE);
  return mapImage(difference, (value) => value - offset);
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
  const closed = erode(medianOfFew(close(flat, C.CLOSING_SIZE), C.SMOOTHING_SIZE));
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
  const small = cropInside(downsampleTo(gray, C.ILLUMINATION_SIDE), constants);
  const paper = medianOfBytes(small, C.MEDIAN_SIZE);
  let [squares, cubes] = [0, 0];
  for (let i = 0; i < paper.data.length; i++) {
    const difference = small.data[i] - paper.data[i];
    squares += difference ** 2;
    cubes += difference * difference ** 2;
  }
  const n = paper.data.length;
  const deviation = Math.sqrt(squares / n);
  return cubes / n > C.MIN_SKEWNESS * deviation * deviation ** 2;
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
