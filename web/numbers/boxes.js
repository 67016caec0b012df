// As siffra/numbers/boxes.py: remove the boxes of a form, which people write digits in.
/** @import { Constants } from "../constants.js" */
/** @import { Mask } from "../cv/image.js" */
import { connectedComponents } from "../cv/components.js";
import { boundingRect, createImage, cropTo, mapImage, round, transpose } from "../cv/image.js";
import { dilate } from "../cv/morphology.js";
import { addFragments, findLines, longestRun, withoutStrokes } from "../preprocessing/lines.js";
import { maximum, median } from "../statistics.js";

/**
 * Remove boxes that hold digits, and the lines that divide them.
 * @type {(mask: Mask, constants: Constants) => Mask}
 */
export function removeBoxes(mask, constants) {
  const C = constants["numbers.boxes"];
  const rest = mapImage(mask, (value) => value);
  // Pale lines of a photograph have gaps.
  const { labels, stats } = connectedComponents(dilate(mask, C.CLOSING_SIZE));
  let nPixels = 0;
  for (const { label, area, ...place } of stats) {
    if (area < C.MIN_BOX_INK * (place.width + place.height)) continue;
    nPixels += place.width * place.height;
    if (nPixels > C.MAX_PIXELS) break;
    const own = cropTo(labels, place).data;
    const component = mapImage(cropTo(mask, place), (ink, i) => (ink && own[i] === label ? 1 : 0));
    const before = cropTo(rest, place);
    const lines = addFragments(findBox(component, constants), before, constants);
    const inside = mapImage(before, (ink, i) => ink & ~lines.data[i]);
    const highest = maximum(connectedComponents(inside).stats.map(({ height }) => height));
    if (highest >= C.MIN_CONTENT * place.height) paste(inside, rest, place);
  }
  return rest;
}

/**
 * Replace a part of an image.
 * @type {(part: Mask, image: Mask, place: {left: number, top: number}) => void}
 */
function paste(part, image, { left, top }) {
  for (let y = 0; y < part.height; y++) {
    const row = part.data.subarray(y * part.width, (y + 1) * part.width);
    image.data.set(row, (top + y) * image.width + left);
  }
}

/**
 * Return a mask of the lines of a box; empty if the component is none.
 * @type {(component: Mask, constants: Constants) => Mask}
 */
function findBox(component, constants) {
  const shifts = level(component, constants);
  const shifted = shift(component, shifts);
  const box = boundingRect(shifted);
  paste(findLevelBox(cropTo(shifted, box), constants), shifted, box);
  return shiftBack(shifted, shifts);
}

/**
 * Return how far down to shift each column so that the top of a component is level.
 * @type {(component: Mask, constants: Constants) => Int32Array}
 */
function level(component, constants) {
  const slope = slopeOf(distances(component), constants);
  const shifts = Int32Array.from({ length: component.width }, (_, x) => round(-slope * x));
  const least = -maximum(shifts.map((one) => -one));
  return shifts.map((one) => one - least);
}

/**
 * Return the distance of the topmost ink of each column to the edge; 0 if there is none.
 * @type {(component: Mask) => Int32Array}
 */
function distances({ width, height, data }) {
  return Int32Array.from({ length: width }, (_, x) => {
    let y = 0;
    while (y < height && !data[y * width + x]) y++;
    return y < height ? y : 0;
  });
}

/**
 * Return the slope of a side, from its distances to the edge; 0 if it is too steep.
 * @type {(side: Int32Array, constants: Constants) => number}
 */
function slopeOf(side, constants) {
  const C = constants["numbers.boxes"];
  const n = Math.floor(side.length / C.N_PARTS);
  if (!n) return 0;
  const rise = median(side.slice(-n)) - median(side.slice(0, n));
  const slope = rise / (side.length - n);
  return Math.abs(slope) <= C.MAX_BOX_SLOPE ? slope : 0;
}

/**
 * Shift each column down.
 * @type {(component: Mask, shifts: Int32Array) => Mask}
 */
function shift({ width, height, data }, shifts) {
  const result = createImage(width, height + maximum(shifts));
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) result.data[(y + shifts[x]) * width + x] = data[i];
  return result;
}

/**
 * Shift each column up, and cut off what no column fills.
 * @type {(component: Mask, shifts: Int32Array) => Mask}
 */
function shiftBack({ width, height, data }, shifts) {
  const result = createImage(width, height - maximum(shifts));
  for (let y = 0, i = 0; y < result.height; y++)
    for (let x = 0; x < width; x++, i++) result.data[i] = data[(y + shifts[x]) * width + x];
  return result;
}

/**
 * Return a mask of the sides of a box, and of the lines that divide it; empty if it is none.
 * @type {(component: Mask, constants: Constants) => Mask}
 */
function findLevelBox(component, constants) {
  const C = constants["numbers.boxes"];
  const { width, height } = component;
  const shortest = Math.min(width, height);
  const tolerance = Math.max(C.OUTLINE_TOLERANCE * shortest, 2);
  const turned = transpose(component);
  const sides = [
    findSide(component, tolerance, constants),
    flip(findSide(flip(component), tolerance, constants)),
    transpose(findSide(turned, tolerance, constants)),
    transpose(flip(findSide(flip(turned), tolerance, constants))),
  ];
  const isBox = shortest >= C.MIN_BOX_SIDE && sides.every(({ data }) => data.includes(1));
  if (!isBox) return createImage(width, height);
  const lines = sides.reduce(either);
  const inside = mapImage(component, (ink, i) => ink & ~lines.data[i]);
  const dividers = transpose(findDividers(transpose(inside), constants));
  return [findDividers(inside, constants), dividers].reduce(either, lines);
}

/** @type {(a: Mask, b: Mask) => Mask} */
const either = (a, b) => mapImage(a, (ink, i) => ink | b.data[i]);

/**
 * Turn an image upside down.
 * @type {(image: Mask) => Mask}
 */
function flip(image) {
  const { width, height, data } = image;
  return mapImage(
    image,
    (_, i) => data[(height - 1 - Math.floor(i / width)) * width + (i % width)],
  );
}

/**
 * Return a mask of the topmost ink in each column, if that is a straight line.
 * @type {(component: Mask, tolerance: number, constants: Constants) => Mask}
 */
function findSide(component, tolerance, constants) {
  const C = constants["numbers.boxes"];
  const { width, height, data } = component;
  const side = createImage(width, height);
  const first = distances(component);
  const slope = slopeOf(first, constants);
  const offsets = Float64Array.from(first, (y, x) => y - slope * x);
  const middle = median(offsets);
  const isLine = Array.from(offsets, (one) => Math.abs(one - middle) <= tolerance);
  if (isLine.filter(Boolean).length / width < C.MIN_OUTLINE) return side;
  const thickness = first.map((start, x) => {
    let end = start + 1;
    while (end < height && data[end * width + x]) end++;
    return end - start;
  });
  // Strokes that touch the line stay whole.
  const most = C.MAX_THICKENING * median(thickness);
  for (let x = 0; x < width; x++)
    if (isLine[x] && thickness[x] <= most)
      for (let y = first[x]; y < first[x] + thickness[x]; y++)
        side.data[y * width + x] = data[y * width + x];
  return side;
}

/**
 * Return a mask of the horizontal lines from side to side, but not of the foot of a digit.
 * @type {(inside: Mask, constants: Constants) => Mask}
 */
function findDividers(inside, constants) {
  const C = constants["numbers.boxes"];
  const { width, height } = inside;
  const found = findLines(inside, constants, {
    minCoverage: C.MIN_BOX_COVERAGE,
    maxSlope: C.MAX_BOX_SLOPE,
  });
  const lines = withoutStrokes(found, inside, constants).filter((line) => {
    const [start, end] = longestRun(line, inside, C.BOX_GAP * width);
    return end - start > C.MIN_BOX_LENGTH * width;
  });
  const distance = C.MIN_BOX_DISTANCE * Math.min(width, height);
  const dividers = createImage(width, height);
  for (const { position, pixels } of lines)
    if (Math.min(position, height - position) > distance || lines.length >= C.MIN_SQUARES)
      for (const i of pixels) dividers.data[i] = 1;
  return dividers;
}
