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
 * A segment that was read: the probability of each kind (see kinds.js), and the likeliest kind if it
 * is one character, and its probability.
 * @typedef {Segment & Reading & {kinds: Float64Array, kind: number, likelihood: number}} JudgedSegment
 */
/**
 * `ends` are, for each boundary, others at which the digit to the left may end: it shares ink with
 * the digit that begins at the boundary.
 * @typedef {{
 *   nBoundaries: number, ends: number[][], sharedCost: number, segments: JudgedSegment[]
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
    const shape = measure(line, boundaries, segment, foreground, constants);
    const kinds = reader.judge.predictProbabilities(Float32Array.of(...signals, ...shape));
    const likeliest = chooseKind(kinds, probabilities, constants);
    return { ...segment, digit, probabilities, signals, kinds, ...likeliest };
  });
  const ends = boundaries.map((_, index) =>
    findEnds(boundaries, index, C.MAX_SHARED_WIDTH * line.height),
  );
  const sharedCost = C.SHARED_COST * line.height ** C.WIDTH_EXPONENT;
  return { nBoundaries: boundaries.length, ends, sharedCost, segments: judged };
}

/**
 * Return the likeliest kind of a segment, if it is one character, and its probability.
 * @type {(
 *   kinds: Float64Array, probabilities: Float64Array, constants: Constants
 * ) => {kind: number, likelihood: number}}
 */
export function chooseKind(kinds, probabilities, constants) {
  const { DIGIT, PART } = constants["numbers.kinds"];
  const likelihoods = kinds.slice();
  likelihoods[PART] = -1; // also if nothing else is likely
  likelihoods[DIGIT] *= Math.max(...probabilities);
  const likelihood = Math.max(...likelihoods);
  return { kind: likelihoods.indexOf(likelihood), likelihood };
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
 * Build the lattice of a line without cutting what is clearly one character or its parts.
 * @type {(
 *   reader: NumberReader, line: TextLine, foreground: Foreground, budget: Budget, known: Known
 * ) => Lattice}
 */
export function judgeLine(reader, line, foreground, budget, known) {
  const none = line.components.map(() => false);
  const lattice = buildLattice(reader, line, foreground, none, budget, known);
  const { CLEAR } = reader.constants["numbers.lattice"];
  const { DIGIT } = reader.constants["numbers.kinds"];
  const clear = lattice.segments.filter((one) => Math.max(...one.kinds.subarray(DIGIT)) >= CLEAR);
  const isCut = none.map((_, k) => !clear.some(({ start, stop }) => start <= k && k < stop));
  if (!isCut.includes(true)) return lattice;
  return buildLattice(reader, line, foreground, isCut, budget, known);
}

/**
 * Return the segments of the likeliest path from the first boundary to the last, and its score.
 * Each segment counts with its probability, and with its width, so that paths of few and of many
 * segments are comparable. Neighbors may share ink.
 * @type {(
 *   lattice: Lattice, constants: Constants
 * ) => {path: JudgedSegment[], score: number}}
 */
export function bestPath({ nBoundaries, ends, sharedCost, segments }, constants) {
  const C = constants["numbers.lattice"];
  const best = new Float64Array(nBoundaries).fill(-Infinity);
  // The segments that end there, at most one, and where the last one ended.
  /** @type {{found: JudgedSegment[], start: number}[]} */
  const via = [];
  best[0] = 0;
  for (let last = 1; last < nBoundaries; last++) {
    via[last] = { found: [], start: last - 1 };
    for (const one of segments) {
      if (one.last !== last) continue;
      const likelihood = Math.max(one.likelihood, C.MIN_PROBABILITY);
      const cost = one.width ** C.WIDTH_EXPONENT * -Math.log(likelihood);
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
