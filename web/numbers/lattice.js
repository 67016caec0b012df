// As siffra/numbers/lattice.py: the likeliest division of a line, a path through a lattice.
/** @import { Constants } from "../constants.js" */
/** @import { RandomForest } from "../forest.js" */
/** @import { DigitReader } from "../siffra.js" */
/** @import { TextLine } from "./components.js" */
/** @import { Foreground } from "./foreground.js" */
/** @import { Boundary, Budget, Segment } from "./segments.js" */
/** @import { Known, Reading } from "./signals.js" */
import { findBoundaries, findSegments } from "./segments.js";
import { measure, readSegments } from "./signals.js";

/** @typedef {DigitReader & {judge: RandomForest}} NumberReader */
/**
 * A segment that was read; `oneDigit` is the probability that it is one whole digit.
 * @typedef {Segment & Reading & {oneDigit: number}} JudgedSegment
 */
/**
 * `ends` are, for each boundary, others at which the digit to the left may end: it shares ink with
 * the digit that begins at the boundary. `signCosts` are what it costs to leave out the ink from a
 * boundary to the next.
 * @typedef {{
 *   nBoundaries: number, ends: number[][], sharedCost: number, signCosts: number[],
 *   segments: JudgedSegment[]
 * }} Lattice
 */

/**
 * Find the segments of a line, read, measure and judge them.
 * `isCut` says which components may be cut, `known` is what was read before.
 * @type {(
 *   reader: NumberReader, line: TextLine, foreground: Foreground, isCut: boolean[],
 *   budget: Budget, known: Known
 * ) => Lattice}
 */
function buildLattice(reader, line, foreground, isCut, budget, known) {
  const { constants } = reader;
  const C = constants["numbers.lattice"];
  const boundaries = findBoundaries(line, isCut, budget, constants);
  const segments = findSegments(line, boundaries, budget, constants);
  const readings = readSegments(reader, segments, foreground, known);
  const judged = segments.map((segment, k) => {
    const { digit, probabilities, signals } = readings[k];
    const shape = measure(line, boundaries, segment, foreground.strokeWidth);
    const all = Float32Array.of(...signals, ...shape);
    const [, oneDigit] = reader.judge.predictProbabilities(all);
    return { ...segment, digit, probabilities, signals, oneDigit };
  });
  const ends = boundaries.map((_, index) =>
    findEnds(boundaries, index, C.MAX_SHARED_WIDTH * line.height),
  );
  const sharedCost = C.SHARED_COST * line.height ** C.WIDTH_EXPONENT;
  const signCosts = boundaries.map((_, index) => signCost(line, boundaries, index, constants));
  return { nBoundaries: boundaries.length, ends, sharedCost, signCosts, segments: judged };
}

/**
 * Return what it costs to leave out the ink from a boundary to the next.
 * @type {(
 *   line: TextLine, boundaries: Boundary[], index: number, constants: Constants
 * ) => number}
 */
function signCost({ isLow, height }, boundaries, index, constants) {
  const C = constants["numbers.lattice"];
  const [start, end] = [boundaries[index], boundaries[index + 1]];
  const isSign = end && !start.cut && !end.cut && isLow[start.component];
  return isSign ? C.SIGN_COST * height ** C.WIDTH_EXPONENT : Infinity;
}

/**
 * Return the cuts to the right of a cut, in the same component and close to it.
 * @type {(
 *   boundaries: Boundary[], index: number, maxDistance: number
 * ) => number[]}
 */
function findEnds(boundaries, index, maxDistance) {
  const start = boundaries[index];
  if (!start.cut) return [];
  const { columns } = start.cut;
  /** @type {(end: Boundary, later: number) => boolean} */
  const isEnd = ({ cut, component }, later) => {
    if (later <= index || !cut || component !== start.component) return false;
    const sum = cut.columns.reduce((all, one, y) => all + one - columns[y], 0);
    return Math.abs(sum / columns.length) <= maxDistance;
  };
  return [...boundaries.keys()].filter((later) => isEnd(boundaries[later], later));
}

/**
 * Return the segment between two boundaries, if there is one.
 * @type {(lattice: Lattice, first: number, last: number) => JudgedSegment | undefined}
 */
export const findSegment = ({ segments }, first, last) =>
  segments.find((one) => one.first === first && one.last === last);

/**
 * Build the lattice of a line without cutting components that are clearly a digit or its parts.
 * @type {(
 *   reader: NumberReader, line: TextLine, foreground: Foreground, budget: Budget, known: Known
 * ) => Lattice}
 */
export function judgeLine(reader, line, foreground, budget, known) {
  const none = line.components.map(() => false);
  const lattice = buildLattice(reader, line, foreground, none, budget, known);
  const { CLEAR } = reader.constants["numbers.lattice"];
  const clear = lattice.segments.filter(({ oneDigit }) => oneDigit >= CLEAR);
  const isCut = none.map((_, k) => !clear.some(({ start, stop }) => start <= k && k < stop));
  if (!isCut.includes(true)) return lattice;
  return buildLattice(reader, line, foreground, isCut, budget, known);
}

/**
 * Return the segments of the likeliest path from the first boundary to the last, and its score.
 * Each segment counts with the probabilities that it is one whole digit, and which; and with its
 * width, so that paths of few and of many segments are comparable. Neighbors may share ink.
 * @type {(
 *   lattice: Lattice, constants: Constants
 * ) => {path: JudgedSegment[], score: number}}
 */
export function bestPath({ nBoundaries, ends, sharedCost, signCosts, segments }, constants) {
  const C = constants["numbers.lattice"];
  const best = new Float64Array(nBoundaries).fill(-Infinity);
  // The segments that end there, at most one, and where the last one ended.
  /** @type {{found: JudgedSegment[], start: number}[]} */
  const via = [];
  best[0] = 0;
  for (let last = 1; last < nBoundaries; last++) {
    best[last] = best[last - 1] - signCosts[last - 1];
    via[last] = { found: [], start: last - 1 };
    for (const one of segments) {
      if (one.last !== last) continue;
      const cost = one.width ** C.WIDTH_EXPONENT * -Math.log(likelihood(one, C.MIN_PROBABILITY));
      let [before, start] = [best[one.first], one.first];
      for (const end of ends[one.first])
        if (end < last && best[end] - sharedCost > before)
          [before, start] = [best[end] - sharedCost, end];
      if (before - cost > best[last]) {
        best[last] = before - cost;
        via[last] = { found: [one], start };
      }
    }
  }
  /** @type {JudgedSegment[]} */
  const path = [];
  for (let boundary = nBoundaries - 1; boundary > 0; boundary = via[boundary].start)
    path.unshift(...via[boundary].found);
  return { path, score: best[nBoundaries - 1] };
}

/**
 * Return the probability that a segment is one whole digit, and its likeliest one.
 * @type {(segment: JudgedSegment, minimum: number) => number}
 */
const likelihood = ({ oneDigit, probabilities }, minimum) =>
  Math.max(oneDigit * Math.max(...probabilities), minimum);
