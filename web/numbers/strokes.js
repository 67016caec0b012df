// As siffra/numbers/strokes.py: the components of a drawn number, the ink of each stroke.
/** @import { Constants } from "../constants.js" */
/** @import { Image, Mask } from "../cv/image.js" */
/** @import { Ink } from "./components.js" */
/** @import { Foreground } from "./foreground.js" */
/** @import { Budget } from "./segments.js" */
import { connectedComponents } from "../cv/components.js";
import { distanceTransform } from "../cv/distance.js";
import { createImage, round } from "../cv/image.js";
import { DataError, TooManyError } from "../errors.js";
import { findComponents, withoutSpecks } from "./components.js";

/** @typedef {readonly (readonly [number, number])[]} PenStroke Its points, x and y. */
/**
 * The pixels around what is left of a stroke, in a box of the foreground: near its path, up to half
 * of its width, and a little further.
 * @typedef {{time: number, left: number, top: number, near: Mask, beside: Mask}} Trace
 */

/**
 * Throw DataError if strokes are not lists of points [x, y], not finite, or too large.
 * @type {(strokes: any, constants: Constants) => asserts strokes is readonly PenStroke[]}
 */
export function checkStrokes(strokes, constants) {
  const C = constants["numbers.strokes"];
  if (!Array.isArray(strokes) || strokes.length > C.MAX_STROKES)
    throw new DataError(
      `Got no usable strokes. Expected a list of at most ${C.MAX_STROKES}, each a list of points ` +
        "[x, y].",
    );
  const nPoints = strokes.reduce((sum, one) => sum + (Array.isArray(one) ? one.length : 0), 0);
  if (nPoints > C.MAX_POINTS)
    throw new DataError(`Got strokes of too many points. Expected at most ${C.MAX_POINTS} in all.`);
  /** @type {(value: any) => boolean} */
  const isValid = (value) => Number.isFinite(value) && Math.abs(value) <= C.MAX_COORDINATE;
  /** @type {(point: any) => boolean} */
  const isPoint = (point) => Array.isArray(point) && point.length === 2 && point.every(isValid);
  strokes.forEach((one, index) => {
    if (!Array.isArray(one) || !one.length || !one.every(isPoint))
      throw new DataError(
        `Stroke ${index} is unusable. Expected a list of points [x, y], numbers of at most ` +
          `${C.MAX_COORDINATE}.`,
      );
  });
}

/**
 * Find the ink of each stroke, and the ink that no stroke explains.
 * @throws {TooManyError} If the budget does not suffice.
 * @type {(
 *   foreground: Foreground, strokes: readonly PenStroke[], budget: Budget, constants: Constants
 * ) => Ink[]}
 */
export function findDrawnComponents(foreground, strokes, budget, constants) {
  const { mask } = foreground;
  const traces = trace(foreground, strokes, budget, constants);
  const rest = without(
    mask,
    traces.map(({ near, ...place }) => ({ ...place, mask: near })),
  );
  const edges = findEdges(rest, traces);
  /** @type {Ink[]} */
  const found = [];
  for (const one of traces) {
    found.push(...findParts(one, mask, edges, constants));
    if (found.length > constants["numbers.strokes"].MAX_PARTS) throw new TooManyError();
  }
  const drawn = withoutDoubles(found, mask, constants);
  const unexplained = createImage(mask.width, mask.height);
  for (let i = 0; i < rest.data.length; i++) unexplained.data[i] = rest.data[i] & ~edges.data[i];
  const others = findComponents(unexplained, constants).map((one) => addTime(one, drawn));
  const { labels } = connectedComponents(mask);
  return withoutSpecks([...drawn, ...others], constants).map((one) => {
    const first = one.mask.data.indexOf(1);
    const y = one.top + Math.floor(first / one.width);
    return { ...one, label: labels.data[y * labels.width + one.left + (first % one.width)] };
  });
}

/**
 * Find the pixels around what is left of each stroke.
 * @type {(
 *   foreground: Foreground, strokes: readonly PenStroke[], budget: Budget, constants: Constants
 * ) => Trace[]}
 */
function trace({ mask, left, top, scale }, strokes, budget, constants) {
  const C = constants["numbers.strokes"];
  const depth = distanceTransform(mask).data;
  const lines = strokes.map((points) =>
    points.map(([x, y]) => [(x - left) / scale - 0.5, (y - top) / scale - 0.5]),
  );
  const length = lines.reduce((sum, line) => sum + countSteps(line).reduce((a, b) => a + b, 0), 0);
  if (length > C.MAX_LENGTH) throw new TooManyError();
  /** @type {Trace[]} */
  const traces = [];
  lines.forEach((line, time) => {
    const path = follow(line, mask);
    if (!path.length) return;
    const radius = median(path.map(([x, y]) => depth[y * mask.width + x]));
    const margin = Math.floor(C.EDGE * radius) + 1;
    let box = { left: Infinity, top: Infinity, right: 0, bottom: 0 };
    for (const [x, y] of path)
      box = {
        left: Math.max(Math.min(box.left, x - margin), 0),
        top: Math.max(Math.min(box.top, y - margin), 0),
        right: Math.min(Math.max(box.right, x + margin + 1), mask.width),
        bottom: Math.min(Math.max(box.bottom, y + margin + 1), mask.height),
      };
    const outside = createImage(box.right - box.left, box.bottom - box.top);
    budget.spend({ pixels: outside.data.length });
    outside.data.fill(1);
    for (const [x, y] of path) outside.data[(y - box.top) * outside.width + x - box.left] = 0;
    const distance = distanceTransform(outside);
    const [near, beside] = [radius, C.EDGE * radius].map((limit) => upTo(distance, limit));
    traces.push({ time, left: box.left, top: box.top, near, beside });
  });
  return traces;
}

/**
 * Return a mask of the pixels up to a limit.
 * @type {(image: Image, limit: number) => Mask}
 */
function upTo({ width, height, data }, limit) {
  const mask = createImage(width, height);
  for (let i = 0; i < data.length; i++) mask.data[i] = data[i] <= limit ? 1 : 0;
  return mask;
}

/** @type {(values: number[]) => number} */
function median(values) {
  const sorted = values.sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.floor(middle)] + sorted[Math.ceil(middle - 1)]) / 2;
}

/**
 * Return how many pixels away each point is from the one before it.
 * @type {(line: number[][]) => number[]}
 */
const countSteps = (line) =>
  line
    .slice(1)
    .map(([x, y], k) => Math.ceil(Math.max(Math.abs(x - line[k][0]), Math.abs(y - line[k][1]))));

/**
 * Return x and y of the ink on the way from point to point.
 * @type {(line: number[][], mask: Mask) => [number, number][]}
 */
function follow(line, { width, height, data }) {
  /** @type {[number, number][]} */
  const path = [];
  /** @type {(x: number, y: number) => void} */
  const visit = (x, y) => {
    const [column, row] = [round(x), round(y)];
    if (column < 0 || row < 0 || column >= width || row >= height) return;
    if (data[row * width + column]) path.push([column, row]);
  };
  countSteps(line).forEach((n, k) => {
    const [[x, y], [nextX, nextY]] = [line[k], line[k + 1]];
    for (let i = 0; i < n; i++) visit(x + (i / n) * (nextX - x), y + (i / n) * (nextY - y));
  });
  const [x, y] = line[line.length - 1];
  visit(x, y);
  return path;
}

/**
 * Return a copy of a mask without masks of its parts.
 * @type {(mask: Mask, parts: {left: number, top: number, mask: Mask}[]) => Mask}
 */
function without(mask, parts) {
  const rest = { ...mask, data: mask.data.slice() };
  for (const { left, top, mask: part } of parts)
    for (let y = 0, i = 0; y < part.height; y++)
      for (let x = 0, j = (top + y) * mask.width + left; x < part.width; x++, i++, j++)
        if (part.data[i]) rest.data[j] = 0;
  return rest;
}

/**
 * Return a mask of the unexplained ink that is only the edge of strokes.
 * @type {(rest: Mask, traces: Trace[]) => Mask}
 */
function findEdges(rest, traces) {
  const far = without(
    rest,
    traces.map(({ beside, ...place }) => ({ ...place, mask: beside })),
  ).data;
  const { labels, stats } = connectedComponents(rest);
  const isEdge = new Uint8Array(stats.length + 1).fill(1, 1);
  for (let i = 0; i < far.length; i++) if (far[i]) isEdge[labels.data[i]] = 0;
  const edges = createImage(rest.width, rest.height);
  for (let i = 0; i < far.length; i++) edges.data[i] = isEdge[labels.data[i]];
  return edges;
}

/**
 * Return the connected components of a stroke's ink.
 * @type {(trace: Trace, mask: Mask, edges: Mask, constants: Constants) => Ink[]}
 */
function findParts({ time, left, top, near, beside }, mask, edges, constants) {
  const ink = createImage(near.width, near.height);
  for (let y = 0, i = 0; y < near.height; y++)
    for (let x = 0, j = (top + y) * mask.width + left; x < near.width; x++, i++, j++)
      ink.data[i] = mask.data[j] & (near.data[i] | (beside.data[i] & edges.data[j]));
  return findComponents(ink, constants).map((one) => ({
    ...one,
    left: one.left + left,
    right: one.right + left,
    top: one.top + top,
    bottom: one.bottom + top,
    time,
  }));
}

/**
 * Leave out components whose ink others have as well, the smallest first.
 * @type {(components: Ink[], mask: Mask, constants: Constants) => Ink[]}
 */
function withoutDoubles(components, { width, height }, constants) {
  const counts = createImage(width, height, Uint32Array);
  /** @type {(one: Ink, change: number) => number} */
  const count = (one, change) => {
    let nShared = 0;
    for (let y = 0, i = 0; y < one.height; y++)
      for (let x = 0, j = (one.top + y) * width + one.left; x < one.width; x++, i++, j++)
        if (one.mask.data[i]) {
          if (counts.data[j] > 1) nShared++;
          counts.data[j] += change;
        }
    return nShared;
  };
  for (const one of components) count(one, 1);
  const { DOUBLE } = constants["numbers.strokes"];
  const bySize = [...components].sort((a, b) => a.area - b.area);
  const kept = bySize.filter((one) => {
    const isDouble = count(one, 0) >= DOUBLE * one.area;
    if (isDouble) count(one, -1);
    return !isDouble;
  });
  return kept.sort((a, b) => a.time - b.time);
}

/**
 * Return a component that was not drawn, with the time of the nearest one that was.
 * @type {(component: Ink, drawn: Ink[]) => Ink}
 */
function addTime(component, drawn) {
  const middle = component.left + component.right;
  const distances = drawn.map(({ left, right }) => Math.abs(left + right - middle));
  const nearest = drawn[distances.indexOf(Math.min(...distances))];
  return { ...component, time: nearest?.time ?? 0 };
}
