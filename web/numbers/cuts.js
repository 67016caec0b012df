// As siffra/numbers/cuts.py: cuts between digits that touch, paths that cross little ink.
// Sums are in single precision and in NumPy's order, as paths that cost the same are common.
/** @import { Constants } from "../constants.js" */
/** @import { Floats, Image, Mask, Pixels } from "../cv/image.js" */
import { createImage, f32, mapImage, round, threshold, typeOf } from "../cv/image.js";
import { resizeArea, resizeLinear } from "../cv/resize.js";
import { strokeWidth } from "../preprocessing/clutter.js";
import { pairwiseSum } from "../statistics.js";

/** @typedef {Int32Array} Path The column in each row. */
/**
 * The last column on the left side for each row, and the ink that the cut crosses, as a share of
 * the line's height.
 * @typedef {{columns: Float64Array, crossed: number}} Cut
 */

/**
 * Find where a component may be cut, from left to right; the best ones of each place.
 * @type {(mask: Mask, lineHeight: number, constants: Constants) => Cut[]}
 */
export function findCuts(mask, lineHeight, constants) {
  const C = constants["numbers.cuts"];
  const { width, height } = mask;
  const scale = C.HEIGHT / lineHeight;
  const [w, h] = [width, height].map((side) => Math.max(C.MIN_SIDE, round(side * scale)));
  const ink = shrink(mask, w, h);
  const cost = computeCost(ink, constants);
  const paths = [
    ...findSeams(cost, constants),
    ...straightCuts(cost, C.SLOPES),
    ...notchCuts(ink, C.MAX_NOTCH_DISTANCE * C.HEIGHT),
  ];
  const rows = Int32Array.from({ length: height }, (_, y) =>
    Math.min(Math.trunc((y * ink.height) / height), ink.height - 1),
  );
  return select(ink, cost, paths, constants).map(({ path, crossed }) => ({
    columns: Float64Array.from(rows, (row) => ((path[row] + 0.5) * width) / ink.width),
    crossed,
  }));
}

/**
 * Resize a mask: the share of ink in each pixel.
 * @type {(mask: Mask, width: number, height: number) => Floats}
 */
function shrink(mask, width, height) {
  const ink = mapImage(mask, (value) => value, Float32Array);
  return (height < mask.height ? resizeArea : resizeLinear)(ink, width, height);
}

/**
 * Return what a cut through each pixel costs.
 * @type {(ink: Floats, constants: Constants) => Floats}
 */
function computeCost(ink, constants) {
  const C = constants["numbers.cuts"];
  const isInk = threshold(ink, 0.5);
  const broad = C.DOUBLE_STROKE.map((ratio) => ratio * strokeWidth(isInk));
  const inMiddle = C.MIDDLE * strokeWidth(isInk);
  const cost = mapImage(ink, (value) => value);
  for (const { y, start, end } of findRuns(isInk)) {
    if (end - start < broad[0] || end - start > broad[1]) continue;
    const center = (start + end - 1) / 2;
    for (let x = start; x < end; x++)
      if (Math.abs(x - center) <= inMiddle) cost.data[y * ink.width + x] = C.DOUBLE_STROKE_COST;
  }
  const isHole = findHoles(isInk);
  const [pixel, hole] = [f32(C.PIXEL_COST), f32(C.HOLE_COST)];
  return mapImage(cost, (value, i) => f32(value + pixel) + (isHole.data[i] ? hole : 0));
}

/**
 * Return the runs of ink in each row, from `start` to before `end`.
 * @type {(mask: Mask) => {y: number, start: number, end: number}[]}
 */
function findRuns({ width, height, data }) {
  const runs = [];
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const start = x;
      while (x < width && data[y * width + x]) x++;
      if (x > start) runs.push({ y, start, end: x });
    }
  return runs;
}

/**
 * Return a mask of the background that is not connected to the outside, with four neighbors.
 * @type {(mask: Mask) => Mask}
 */
export function findHoles({ width, height, data }) {
  const holes = createImage(width, height);
  for (let i = 0; i < data.length; i++) holes.data[i] = data[i] ? 0 : 1;
  /** @type {number[]} */
  const stack = [];
  /** @type {(i: number) => void} */
  const visit = (i) => {
    if (!holes.data[i]) return;
    holes.data[i] = 0;
    stack.push(i);
  };
  const last = holes.data.length - 1;
  for (let x = 0; x < width; x++) for (const i of [x, last - x]) visit(i);
  for (let y = 0; y < height; y++) for (const i of [y * width, last - y * width]) visit(i);
  for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
    const x = i % width;
    if (x > 0) visit(i - 1);
    if (x < width - 1) visit(i + 1);
    if (i >= width) visit(i - width);
    if (i + width <= last) visit(i + width);
  }
  return holes;
}

/**
 * Return the paths that cross little ink and differ, and what they cross, left to right.
 * @type {(
 *   ink: Floats, cost: Floats, paths: Path[], constants: Constants
 * ) => {path: Path, crossed: number}[]}
 */
function select(ink, cost, paths, constants) {
  const C = constants["numbers.cuts"];
  const { width } = ink;
  const sums = mapImage(ink, (value) => value); // of each row up to a pixel
  for (let i = 0; i < sums.data.length; i++) if (i % width) sums.data[i] += sums.data[i - 1];
  const total = pairwiseSum(ink.data);
  const found = paths.map((path) => ({
    path,
    place: mean(path),
    cost: f32(sumAlong(cost, path) / C.HEIGHT),
    left: f32(sumAlong(sums, path) / total),
  }));
  /** @type {typeof found} */
  const chosen = [];
  for (const one of found.sort((a, b) => a.cost - b.cost)) {
    if (one.cost > f32(C.MAX_COST)) break;
    if (Math.abs(one.left - 0.5) >= f32(0.5 - C.MIN_SIDE_SHARE)) continue;
    const near = chosen.filter(({ place }) => Math.abs(place - one.place) < C.PLACE * C.HEIGHT);
    if (near.length >= C.MAX_CUTS) continue;
    const minDistance = C.MIN_DISTANCE * C.HEIGHT;
    if (chosen.every(({ path }) => distance(path, one.path) >= minDistance)) chosen.push(one);
  }
  return chosen
    .sort((a, b) => a.place - b.place)
    .map(({ path }) => ({ path, crossed: f32(sumAlong(ink, path) / C.HEIGHT) }));
}

/** @type {(image: Floats, path: Path) => number} */
const sumAlong = ({ width, data }, path) =>
  pairwiseSum(Float32Array.from(path, (column, y) => data[y * width + column]));

/** @type {(values: Path) => number} */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Return the mean distance of two paths.
 * @type {(one: Path, other: Path) => number}
 */
const distance = (one, other) =>
  one.reduce((sum, column, y) => sum + Math.abs(column - other[y]), 0) / one.length;

/**
 * Find seams (Avidan and Shamir, 2007) that are cheaper than those beside them.
 * @type {(cost: Floats, constants: Constants) => Path[]}
 */
function findSeams(cost, constants) {
  const C = constants["numbers.cuts"];
  const { width, height } = cost;
  const down = accumulate(cost, C.SIDE_COST);
  const up = accumulate(flip(cost), C.SIDE_COST);
  const upTotal = flip(up.total).data;
  return C.SEAM_ROWS.flatMap((share) => {
    const middle = Math.trunc(height * share);
    const total = Float32Array.from({ length: width }, (_, x) => {
      const i = middle * width + x;
      return f32(down.total.data[i] + upTotal[i]) - cost.data[i];
    });
    return findMinima(total).map((column) => {
      const path = new Int32Array(height);
      path[middle] = column;
      for (let y = middle; y > 0; y--) path[y - 1] = path[y] + down.step.data[y * width + path[y]];
      for (let y = middle; y < height - 1; y++)
        path[y + 1] = path[y] + up.step.data[(height - 1 - y) * width + path[y]];
      return path;
    });
  });
}

/**
 * Return the first and the last row in each other's place, and so on.
 * @type {<T extends Pixels>(image: Image<T>) => Image<T>}
 */
function flip(image) {
  const { width, height, data } = image;
  const result = createImage(width, height, typeOf(image));
  for (let y = 0; y < height; y++)
    result.data.set(data.subarray(y * width, (y + 1) * width), (height - 1 - y) * width);
  return result;
}

/**
 * Return the least cost of a path from the top to each pixel, and its last step.
 * @type {(cost: Floats, sideCost: number) => {total: Floats, step: Image<Int8Array>}}
 */
function accumulate(cost, sideCost) {
  const { width, height } = cost;
  const total = mapImage(cost, (value) => value);
  const step = createImage(width, height, Int8Array);
  const side = f32(sideCost);
  const { data } = total;
  for (let i = width; i < data.length; i++) {
    const x = i % width;
    const above = i - width;
    let least = data[above];
    const fromLeft = x > 0 ? f32(data[above - 1] + side) : Infinity;
    const fromRight = x < width - 1 ? f32(data[above + 1] + side) : Infinity;
    if (fromLeft < least) [least, step.data[i]] = [fromLeft, -1];
    if (fromRight < least) [least, step.data[i]] = [fromRight, 1];
    data[i] += least;
  }
  return { total, step };
}

/**
 * Return where values are less than before and not more than after.
 * @type {(values: ArrayLike<number>) => number[]}
 */
function findMinima(values) {
  const found = [];
  for (let i = 1; i < values.length - 1; i++)
    if (values[i] < values[i - 1] && values[i] <= values[i + 1]) found.push(i);
  return found;
}

/**
 * Find straight lines that are cheaper than those beside them.
 * @type {(cost: Floats, slopes: number[]) => Path[]}
 */
function straightCuts(cost, slopes) {
  const { width, height } = cost;
  return slopes.flatMap((slope) => {
    const shift = Int32Array.from({ length: height }, (_, y) => round(slope * (y - height / 2)));
    const lines = Array.from({ length: width }, (_, x) =>
      shift.map((one) => Math.min(Math.max(x - one, 0), width - 1)),
    );
    return findMinima(lines.map((line) => sumAlong(cost, line))).map((x) => lines[x]);
  });
}

/**
 * Connect notches of the upper and the lower contour that are close to each other.
 * @type {(ink: Floats, maxDistance: number) => Path[]}
 */
function notchCuts({ width, height, data }, maxDistance) {
  /** @type {(x: number, y: number) => boolean} */
  const isInk = (x, y) => data[y * width + x] > 0.5;
  const upper = new Int32Array(width).fill(height);
  const lower = new Int32Array(width).fill(height);
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++)
      if (isInk(x, y)) {
        upper[x] = Math.min(upper[x], y);
        lower[x] = height - 1 - y;
      }
  const bottoms = findNotches(lower);
  return findNotches(upper).flatMap((top) =>
    bottoms
      .filter((bottom) => Math.abs(top - bottom) <= maxDistance)
      .map((bottom) => {
        const start = upper[top];
        const end = Math.max(height - 1 - lower[bottom], start + 1);
        const slope = (bottom - top) / (end - start);
        return Int32Array.from({ length: height }, (_, y) => {
          if (y <= start) return top;
          return y >= end ? bottom : round(slope * (y - start) + top);
        });
      }),
  );
}

/**
 * Return the middle of each run of columns that is deeper than what surrounds it.
 * @type {(depth: Int32Array) => number[]}
 */
function findNotches(depth) {
  const found = [];
  for (let start = 0, end; start < depth.length; start = end) {
    end = start + 1;
    while (end < depth.length && depth[end] === depth[start]) end++;
    const before = start > 0 ? depth[start - 1] : Infinity;
    const after = end < depth.length ? depth[end] : Infinity;
    if (depth[start] > before && depth[start] > after) found.push((start + end - 1) >> 1);
  }
  return found;
}
