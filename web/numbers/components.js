// As siffra/numbers/components.py: the components of a number, grouped into lines of text.
/** @import { Constants } from "../constants.js" */
/** @import { Component } from "../cv/components.js" */
/** @import { Box, Image, Mask } from "../cv/image.js" */
import { connectedComponents } from "../cv/components.js";
import { createImage } from "../cv/image.js";
import { TooManyError } from "../errors.js";
import { maximum } from "../statistics.js";

/**
 * A component: connected pixels, or those of a stroke. Strokes that are connected have the same
 * label; `time` is the index of the stroke, or 0.
 * @typedef {Box & {
 *   mask: Mask, right: number, bottom: number, area: number, label: number, time: number
 * }} Ink
 */
/**
 * A line has the rows from `top` to before `bottom`, and its components from left to right.
 * `isLow` says which of them are too low for a digit: they are a part of one, a sign or a speck.
 * @typedef {{
 *   components: Ink[], isLow: boolean[], top: number, bottom: number, height: number
 * }} TextLine
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
  const large = components.filter(({ area }) => area >= C.SPECK_AREA * tallest ** 2);
  if (large.length > C.MAX_COMPONENTS) throw new TooManyError();
  return large;
}

/**
 * Return a line, and the same with its components as they were drawn, if that differs.
 * @type {(line: TextLine, constants: Constants) => TextLine[]}
 */
export function ordersOf(line, constants) {
  const drawn = [...line.components].sort((a, b) => a.time - b.time);
  if (drawn.every((one, k) => one === line.components[k])) return [line];
  return [line, { ...line, components: drawn, isLow: findLow(drawn, constants) }];
}

/**
 * Group components into lines, from top to bottom.
 * @throws {TooManyError} If the image is no number.
 * @type {(components: Ink[], constants: Constants) => TextLine[]}
 */
export function findLinesOfText(components, constants) {
  const C = constants["numbers.components"];
  const tallest = maximum(components.map(({ height }) => height));
  /** @type {(one: Ink) => boolean} */
  const isLarge = ({ height }) => height >= C.MIN_HEIGHT * tallest;
  /** @type {Ink[][]} */
  const lines = [];
  for (const component of components.filter(isLarge).sort((a, b) => a.top - b.top)) {
    const shared = lines.map((line) => sharedHeight(component, line));
    const most = maximum(shared);
    if (most > C.MIN_SHARED_HEIGHT) lines[shared.indexOf(most)].push(component);
    else lines.push([component]);
  }
  if (lines.length > C.MAX_LINES) throw new TooManyError();
  for (const component of components)
    if (!isLarge(component)) nearest(component, lines).push(component);
  return lines.map((line) => makeLine(line, constants)).sort((a, b) => a.top - b.top);
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

/** @type {(component: Ink, lines: Ink[][]) => Ink[]} */
function nearest(component, lines) {
  const center = (component.top + component.bottom) / 2;
  const distances = lines.map((line) => {
    const [top, bottom] = extent(line);
    return Math.max(top - center, center - bottom, 0);
  });
  return lines[distances.indexOf(Math.min(...distances))];
}

/**
 * Sort a line, and leave out what is no part of a digit.
 * @type {(components: Ink[], constants: Constants) => TextLine}
 */
function makeLine(components, constants) {
  const C = constants["numbers.components"];
  const tallest = maximum(components.map(({ height }) => height));
  const large = components.filter(({ height }) => height >= C.MIN_HEIGHT * tallest);
  const [top, bottom] = extent(large);
  const kept = components.filter((one) => large.includes(one) || isPart(one, large, constants));
  kept.sort((a, b) => a.left + a.right - (b.left + b.right));
  return { components: kept, isLow: findLow(kept, constants), top, bottom, height: bottom - top };
}

/** @type {(components: Ink[], constants: Constants) => boolean[]} */
function findLow(components, constants) {
  const { MIN_DIGIT_HEIGHT } = constants["numbers.components"];
  const tallest = maximum(components.map(({ height }) => height));
  return components.map(({ height }) => height < MIN_DIGIT_HEIGHT * tallest);
}

/**
 * Return whether a low component belongs to a digit, because it is near enough.
 * @type {(component: Ink, large: Ink[], constants: Constants) => boolean}
 */
function isPart(component, large, constants) {
  const C = constants["numbers.components"];
  const { left, right, width } = component;
  const [top, bottom] = extent(large);
  const height = bottom - top;
  const gap = Math.min(...large.map((one) => Math.max(one.left - right, left - one.right)));
  const isPoint =
    Math.max(width, component.height) < C.POINT * height &&
    component.top - top > C.POINT_TOP * height;
  return gap < (isPoint ? 0 : C.FAR * height);
}
