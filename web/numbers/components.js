// As siffra/numbers/components.py: the components of a number, grouped into lines of text.
/** @import { Constants } from "../constants.js" */
/** @import { Component } from "../cv/components.js" */
/** @import { Box, Image, Mask } from "../cv/image.js" */
import { connectedComponents } from "../cv/components.js";
import { createImage } from "../cv/image.js";
import { TooManyError } from "../errors.js";
import { maximum } from "../statistics.js";

const BAR = 12; // a bar of length l has the second moment l² / 12

/** @typedef {{area: number, xx: number, xy: number, yy: number}} Moments */
/** @type {WeakMap<Mask, Moments>} */
const known = new WeakMap(); // the same masks are measured in each lattice

/**
 * A component: connected pixels, or those of a stroke. Strokes that are connected have the same
 * label; `time` is the index of the stroke, or 0.
 * @typedef {Box & {
 *   mask: Mask, right: number, bottom: number, area: number, label: number, time: number
 * }} Ink
 */
/**
 * A line has the rows from `top` to before `bottom`, and its components from left to right.
 * @typedef {{components: Ink[], top: number, bottom: number, height: number}} TextLine
 */

/**
 * Find the connected components of a mask, without specks.
 * @throws {TooManyError} If the image is no number.
 * @type {(mask: Mask, constants: Constants) => Ink[]}
 */
export function findComponents(mask, constants) {
  const { labels, stats } = connectedComponents(mask);
  if (stats.length >= constants["numbers.components"].MAX_SPECKS) throw new TooManyError();
  return withoutSpecks(stats, constants).map((one) => cutComponent(labels, one));
}

/**
 * Leave out components that are specks compared with the tallest.
 * @type {<T extends {area: number, height: number}>(components: T[], constants: Constants) => T[]}
 */
export function withoutSpecks(components, constants) {
  const C = constants["numbers.components"];
  const tallest = maximum(components.map(({ height }) => height));
  const [large, withDots] = [C.SPECK_AREA, C.DOT_AREA].map((share) =>
    components.filter(({ area }) => area >= share * tallest ** 2),
  );
  const found = withDots.length - large.length <= C.MAX_DOTS ? withDots : large;
  if (found.length > C.MAX_COMPONENTS) throw new TooManyError();
  return found;
}

/**
 * Return a line, and the same with its components as they were drawn, if that differs.
 * @type {(line: TextLine) => TextLine[]}
 */
export function ordersOf(line) {
  const drawn = [...line.components].sort((a, b) => a.time - b.time);
  if (drawn.every((one, k) => one === line.components[k])) return [line];
  return [line, { ...line, components: drawn }];
}

/**
 * Group components into lines, from top to bottom.
 * @throws {TooManyError} If the image is no number.
 * @type {(components: Ink[], constants: Constants) => TextLine[]}
 */
export function findLinesOfText(components, constants) {
  const C = constants["numbers.components"];
  const usual = medianOfInk(
    components,
    components.map(({ height }) => height),
  );
  const large = components.filter((one) => isLarge(one, usual, constants));
  /** @type {Ink[][]} */
  const lines = [];
  for (const component of [...large].sort((a, b) => a.top - b.top)) {
    const shared = lines.map((line) => sharedHeight(component, line));
    const most = maximum(shared);
    if (most > C.MIN_SHARED_HEIGHT) lines[shared.indexOf(most)].push(component);
    else lines.push([component]);
  }
  if (lines.length > C.MAX_LINES) throw new TooManyError();
  const extents = lines.map(extent);
  for (const component of components)
    if (!large.includes(component)) lines[nearest(component, extents)].push(component);
  const textLines = lines.map((line, k) => {
    const [top, bottom] = extents[k];
    line.sort((a, b) => a.left + a.right - (b.left + b.right));
    return { components: line, top, bottom, height: bottom - top };
  });
  return textLines.sort((a, b) => a.top - b.top);
}

/**
 * Return whether a component tells where a line of text is.
 * @type {(component: Ink, usualHeight: number, constants: Constants) => boolean}
 */
function isLarge(component, usualHeight, constants) {
  const C = constants["numbers.components"];
  const height = component.height / usualHeight;
  if (height <= C.MAX_HEIGHT) return height >= C.MIN_HEIGHT;
  const { length, thickness } = mainAxis(component.mask);
  return thickness > C.STRAIGHT * length;
}

/**
 * Return how long ink is along its main axis, how thick across it, and its angle, as if it were a
 * bar. The angle is in half turns: 0 for a level bar, positive if its right end is up.
 * @type {(mask: Mask) => {length: number, thickness: number, angle: number}}
 */
export function mainAxis(mask) {
  const { xx, xy, yy } = secondMoments(mask);
  const [middle, spread] = [(xx + yy) / 2, Math.hypot((xx - yy) / 2, xy)];
  return {
    length: Math.sqrt(BAR * (middle + spread)),
    thickness: Math.sqrt(BAR * Math.max(middle - spread, 0)),
    angle: Math.atan2(2 * -xy, xx - yy) / (2 * Math.PI),
  };
}

/**
 * Return how many columns ink moves to the left from one row to the next.
 * @type {(mask: Mask, constants: Constants) => number}
 */
export function slantOf(mask, constants) {
  const { area, xy, yy } = secondMoments(mask);
  return (-xy * area) / Math.max(yy * area, constants["numbers.components"].MIN_MOMENT);
}

/**
 * Return the central moments of the second order, per pixel of ink; computed once.
 * @type {(mask: Mask) => Moments}
 */
function secondMoments(mask) {
  const found = known.get(mask) ?? computeMoments(mask);
  known.set(mask, found);
  return found;
}

/** @type {(mask: Mask) => Moments} */
function computeMoments({ width, height, data }) {
  let [area, x, y, xx, xy, yy] = [0, 0, 0, 0, 0, 0];
  for (let row = 0, i = 0; row < height; row++)
    for (let column = 0; column < width; column++, i++) {
      if (!data[i]) continue;
      area++;
      x += column;
      y += row;
      xx += column * column;
      xy += column * row;
      yy += row * row;
    }
  [x, y] = [x / area, y / area];
  return { area, xx: xx / area - x * x, xy: xy / area - x * y, yy: yy / area - y * y };
}

/**
 * Return the value such that half of the ink is in components of lower ones; 1 if there is none.
 * @type {(components: Ink[], values: number[]) => number}
 */
export function medianOfInk(components, values) {
  const pairs = components.map(({ area }, k) => ({ area, value: values[k] }));
  pairs.sort((a, b) => a.value - b.value || a.area - b.area);
  let rest = pairs.reduce((sum, { area }) => sum + area, 0) / 2;
  for (const { area, value } of pairs) {
    rest -= area;
    if (rest <= 0) return value;
  }
  return 1;
}

/**
 * Return a component with its mask.
 * @type {(labels: Image<Int32Array>, component: Component) => Ink}
 */
function cutComponent(labels, { label, area, left, top, width, height }) {
  const mask = createImage(width, height);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0, j = (top + y) * labels.width + left; x < width; x++, i++, j++)
      if (labels.data[j] === label) mask.data[i] = 1;
  const [right, bottom] = [left + width, top + height];
  return { mask, left, top, right, bottom, width, height, area, label, time: 0 };
}

/** @type {(components: Ink[]) => [number, number]} */
function extent(components) {
  const top = Math.min(...components.map((one) => one.top));
  return [top, Math.max(...components.map((one) => one.bottom))];
}

/**
 * Return the rows that a component shares with a line, relative to the lower of both.
 * @type {(component: Ink, line: Ink[]) => number}
 */
function sharedHeight(component, line) {
  const [top, bottom] = extent(line);
  const shared = Math.min(component.bottom, bottom) - Math.max(component.top, top);
  return shared / Math.min(component.height, bottom - top);
}

/**
 * Return the index of the line whose rows are nearest to the middle of a component.
 * @type {(component: Ink, extents: [number, number][]) => number}
 */
function nearest(component, extents) {
  const center = (component.top + component.bottom) / 2;
  const distances = extents.map(([top, bottom]) => Math.max(top - center, center - bottom, 0));
  return distances.indexOf(Math.min(...distances));
}
