// As siffra/numbers/segments.py: hypotheses for one character, the ink between two boundaries.
/** @import { Constants } from "../constants.js" */
/** @import { Box, Mask } from "../cv/image.js" */
/** @import { Ink, TextLine } from "./components.js" */
/** @import { Cut } from "./cuts.js" */
/** @import { Foreground } from "./foreground.js" */
import { boundingRect, createImage, cropTo, pad } from "../cv/image.js";
import { dilate } from "../cv/morphology.js";
import { TooManyError } from "../errors.js";
import { inkIntensities } from "../preprocessing/foreground.js";
import { resizeAndBinarize } from "../preprocessing/normalization.js";
import { findCuts } from "./cuts.js";

/**
 * A digit may begin or end before a component, or at a cut in it, of which `isLeft` marks the left
 * side.
 * @typedef {{component: number, cut: ?Cut, isLeft: ?Mask}} Boundary
 */
/**
 * The ink between the boundaries `first` and `last`, where it is in the foreground, and the range
 * of components of which it has ink, `start` to before `stop`.
 * @typedef {Box & {
 *   first: number, last: number, mask: Mask, start: number, stop: number
 * }} Segment
 */

/** The work that is left for an image: a number has few parts, a pattern has many. */
export class Budget {
  /** @param {Constants} constants */
  constructor(constants) {
    const C = constants["numbers.segments"];
    this.searchedWidth = C.MAX_SEARCHED_WIDTH;
    this.boundaries = C.MAX_BOUNDARIES;
    this.segments = C.MAX_SEGMENTS;
    this.pixels = C.MAX_PIXELS;
  }

  /**
   * Count what is about to be done, or throw TooManyError.
   * @type {(costs: {
   *   searchedWidth?: number, boundaries?: number, segments?: number, pixels?: number
   * }) => void}
   */
  spend({ searchedWidth = 0, boundaries = 0, segments = 0, pixels = 0 }) {
    this.searchedWidth -= searchedWidth;
    this.boundaries -= boundaries;
    this.segments -= segments;
    this.pixels -= pixels;
    if (Math.min(this.searchedWidth, this.boundaries, this.segments, this.pixels) < 0)
      throw new TooManyError();
  }
}

/**
 * Return the boundaries of a line in order; `isCut` says which components may be cut.
 * @type {(
 *   line: TextLine, isCut: boolean[], budget: Budget, constants: Constants
 * ) => Boundary[]}
 */
export function findBoundaries(line, isCut, budget, constants) {
  const C = constants["numbers.segments"];
  /** @type {Boundary[]} */
  const boundaries = [];
  line.components.forEach(({ mask, width, height }, component) => {
    budget.spend({ boundaries: 1 });
    boundaries.push({ component, cut: null, isLeft: null });
    const isLarge = width / line.height >= C.MIN_CUT_WIDTH && height / line.height >= C.MIN_HEIGHT;
    if (!isLarge || !isCut[component]) return;
    budget.spend({ searchedWidth: width / line.height });
    for (const cut of findCuts(mask, line.height, constants)) {
      budget.spend({ boundaries: 1, pixels: width * height });
      boundaries.push({ component, cut, isLeft: markLeft(mask, cut) });
    }
  });
  return [...boundaries, { component: line.components.length, cut: null, isLeft: null }];
}

/**
 * Return a mask of what is left of a cut.
 * @type {(mask: Mask, cut: Cut) => Mask}
 */
function markLeft({ width, height }, { columns }) {
  const isLeft = createImage(width, height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) isLeft.data[i] = x <= columns[y] ? 1 : 0;
  return isLeft;
}

/**
 * Return what may be one character: the line, its components, and ink of a digit's size.
 * @type {(
 *   line: TextLine, boundaries: Boundary[], budget: Budget, constants: Constants
 * ) => Segment[]}
 */
export function findSegments(line, boundaries, budget, constants) {
  const C = constants["numbers.segments"];
  const segments = [];
  const end = boundaries.length - 1;
  for (let first = 0; first < end; first++) {
    let isTooWide = false;
    for (let last = first + 1; last <= end; last++) {
      const isLine = first === 0 && last === end;
      const isWhole = isLine || isComponent(boundaries[first], boundaries[last]);
      if (isTooWide && !isWhole) continue;
      const segment = cutOut(line.components, first, last, boundaries);
      if (!segment) continue;
      budget.spend({ pixels: segment.width * segment.height });
      const [width, height] = [segment.width / line.height, segment.height / line.height];
      isTooWide = width > C.MAX_WIDTH;
      const isCut = boundaries[first].cut || boundaries[last].cut;
      const hasSize = isCut ? width <= C.MAX_CUT_WIDTH && height >= C.MIN_HEIGHT : !isTooWide;
      if (!hasSize && !isWhole) continue;
      budget.spend({ segments: 1 });
      segments.push(segment);
    }
  }
  return segments;
}

/**
 * Return whether exactly one whole component is between two boundaries.
 * @type {(start: Boundary, end: Boundary) => boolean}
 */
const isComponent = (start, end) => !start.cut && !end.cut && end.component === start.component + 1;

/**
 * Return the ink between two boundaries; null if there is none.
 * @type {(components: Ink[], first: number, last: number, boundaries: Boundary[]) => ?Segment}
 */
function cutOut(components, first, last, boundaries) {
  const [from, to] = [boundaries[first], boundaries[last]];
  const [start, stop] = [from.component, to.component + (to.cut ? 1 : 0)];
  const used = components.slice(start, stop);
  const left = Math.min(...used.map((one) => one.left));
  const top = Math.min(...used.map((one) => one.top));
  const right = Math.max(...used.map((one) => one.right));
  const bottom = Math.max(...used.map((one) => one.bottom));
  const whole = createImage(right - left, bottom - top);
  used.forEach((component, k) => {
    const { mask } = component;
    const before = k === 0 ? from.isLeft?.data : null;
    const until = k === used.length - 1 ? to.isLeft?.data : null;
    for (let y = 0, i = 0; y < mask.height; y++) {
      let j = (component.top - top + y) * whole.width + component.left - left;
      for (let x = 0; x < mask.width; x++, i++, j++)
        if (mask.data[i] && !before?.[i] && (until?.[i] ?? 1)) whole.data[j] = 1;
    }
  });
  const box = boundingRect(whole);
  const { width, height } = box;
  if (!width) return null;
  const place = { left: left + box.left, top: top + box.top, width, height };
  return { first, last, mask: cropTo(whole, box), ...place, start, stop };
}

/**
 * Resize a segment to the working size, with its soft edges but without its neighbors.
 * @type {(segment: Segment, foreground: Foreground, constants: Constants) => Mask}
 */
export function binarize(segment, foreground, constants) {
  const box = {
    left: segment.left - 1,
    top: segment.top - 1,
    width: segment.width + 2,
    height: segment.height + 2,
  };
  const mask = pad(segment.mask, 1, 0);
  const isNear = dilate(mask).data;
  const ink = cropTo(foreground.mask, box).data;
  const bright = cropTo(foreground.pixels, box).data;
  const dark = Math.trunc(foreground.intensities[0]);
  const pixels = createImage(box.width, box.height);
  for (let i = 0; i < pixels.data.length; i++) {
    const isOther = ink[i] && !mask.data[i];
    pixels.data[i] = isNear[i] && !isOther ? bright[i] : dark;
  }
  // Of the segment alone, as for a single digit.
  const intensities = inkIntensities(pixels, constants) ?? foreground.intensities;
  return resizeAndBinarize(pixels, intensities, constants);
}
