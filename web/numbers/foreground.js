// As pipeline/numbers/foreground.py: separate the digits of a number from their background.
import { constants } from "../constants.js";
import { connectedComponents } from "../cv/components.js";
import { boundingRect, cropTo, hasPixels, mapImage, pad, round, threshold } from "../cv/image.js";
import { dilate } from "../cv/morphology.js";
import { resizeCubic } from "../cv/resize.js";
import { findColumns, selectComponents, strokeWidth, without } from "../preprocessing/clutter.js";
import { isThin, otsuIntensities } from "../preprocessing/foreground.js";
import {
  differenceFrom, estimateBackground, toGrayscale, withoutMargin,
} from "../preprocessing/grayscale.js";
import { correctIllumination } from "../preprocessing/illumination.js";
import { findLines } from "../preprocessing/lines.js";
import { maximum } from "../statistics.js";

const C = constants["numbers.foreground"];

/**
 * Separate digits from their background; null for a blank image.
 * @returns {?{pixels, mask, intensities: number[], scale: number, left: number, top: number}}
 *   Bright digits on black, a mask of them, and where they are: pixels of the image per pixel.
 */
export function findForeground(image) {
  const found = find(image, C.MIN_SIDE);
  const { width, height } = image;
  const isSmall = Math.min(width, height) < C.SMALL_SIDE;
  if (!found || isSmall || !isThin(found.pixels, ...found.intensities)) return found;
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
  return {
    pixels: pad(pixels, C.PADDING, 0),
    mask: pad(mask, C.PADDING, 0),
    intensities,
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

/** Remove thin lines all along the left and right edges: the rest of a frame. */
export function removeEdgeLines(mask) {
  const { labels, stats } = connectedComponents(mask);
  const atEdge = stats.filter(
    ({ left, width, height }) =>
      (left === 0 || left + width === mask.width) && height >= C.MIN_EDGE_LENGTH * mask.height,
  );
  const rest = withoutComponents(mask, labels, atEdge);
  if (!atEdge.length || !hasPixels(rest)) return mask;
  const maxWidth = C.MAX_EDGE_WIDTH * strokeWidth(rest);
  return withoutComponents(mask, labels, atEdge.filter(({ width }) => width <= maxWidth));
}

function withoutComponents(mask, labels, components) {
  const removed = new Set(components.map(({ label }) => label));
  return mapImage(mask, (value, i) => (removed.has(labels.data[i]) ? 0 : value));
}

/**
 * Remove long horizontal lines, and vertical ones that connect two of them.
 * Other vertical lines may be digits. Returns the mask itself if nothing else would be left.
 */
export function removeRuling(mask) {
  const lines = hasPixels(mask) ? findLines(mask) : [];
  const { height } = boundingRect(without(mask, lines)); // of the digits
  const sides = boxSides(mask, lines, height);
  const gap = (sides.length > 1 ? C.BOX_GAP : C.LINE_GAP) * height;
  const digits = without(mask, [...lines, ...sides]);
  const ruled = lines.filter((line) => height && isRuled(line, mask, digits, height, gap));
  const rest = without(mask, ruled.length ? [...ruled, ...sides] : []);
  return hasPixels(rest) ? rest : mask;
}

/** Return the vertical lines that reach from one horizontal line to another. */
function boxSides(mask, lines, height) {
  const positions = lines.map(({ position }) => position);
  const distance = lines.length ? maximum(positions) + maximum(positions.map((one) => -one)) : 0;
  const rest = without(mask, lines);
  if (distance < C.MIN_DISTANCE * height || !hasPixels(rest)) return [];
  return findColumns(rest).filter(({ start, end }) => end - start >= C.MIN_SIDE_LENGTH * distance);
}

/**
 * Return whether a line is long, and sticks out beyond the digits or does not touch them.
 * Digits with straight tops or feet side by side look like a line as well.
 */
function isRuled(line, mask, digits, height, maxGap) {
  const [start, end] = longestRun(line, mask, maxGap);
  if (end - start <= C.MIN_LINE_RATIO * height) return false;
  const rest = removeSpecks(digits, height);
  const { left, width } = boundingRect(rest);
  if (Math.min(left - start, end - (left + width)) / height > C.MIN_OVERHANG) return true;
  const grown = dilate(rest, 3);
  return !line.pixels.some((i) => grown.data[i]);
}

/** Return a mask without the components that are lower than a share of the digits' height. */
function removeSpecks(mask, height) {
  const { labels, stats } = connectedComponents(mask);
  const specks = stats.filter((one) => one.height < C.SPECK_HEIGHT * height);
  return withoutComponents(mask, labels, specks);
}

/**
 * Return where the longest part of a line without a gap of more than that starts and ends.
 * Strokes that cross the line fill its gaps.
 */
function longestRun({ pixels }, { width, data }, maxGap) {
  if (!pixels.length) return [0, 0];
  const [first, last] = [pixels[0], pixels.at(-1)].map((i) => Math.floor(i / width)); // rows
  let longest = [0, -1];
  let start = -1;
  let previous = -1;
  for (let x = 0; x < width; x++) {
    let y = first;
    while (y <= last && !data[y * width + x]) y++;
    if (y > last) continue;
    if (start < 0 || x - previous > maxGap + 1) start = x;
    previous = x;
    if (x - start > longest[1] - longest[0]) longest = [start, x];
  }
  return [longest[0], longest[1] + 1];
}
