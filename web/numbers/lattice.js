// As siffra/numbers/lattice.py: the likeliest division of a line, a path through a lattice.
import { constants } from "../constants.js";
import { findBoundaries, findSegments } from "./segments.js";
import { measure, readSegments } from "./signals.js";

const C = constants["numbers.lattice"];

/**
 * Find the segments of a line, read, measure and judge them.
 * `isCut` says which components may be cut. Each segment gets the probabilities of the digits, and
 * `oneDigit`, the probability that it is one whole digit. Segments of whole components that are
 * `known` from another lattice are not read again.
 */
function buildLattice(reader, line, foreground, isCut, known = []) {
  const boundaries = findBoundaries(line, isCut);
  const segments = findSegments(line, boundaries);
  const isWhole = ({ first, last }) => !boundaries[first].cut && !boundaries[last].cut;
  const earlier = segments.map((segment) => {
    const isSame = ({ start, stop }) => start === segment.start && stop === segment.stop;
    return isWhole(segment) ? known.find(isSame) : undefined;
  });
  const fresh = readSegments(
    reader,
    segments.filter((_, k) => !earlier[k]),
    foreground,
  );
  const judged = segments.map((segment, k) => {
    const { probabilities, signals } = earlier[k] ?? fresh.shift();
    const shape = measure(line, boundaries, segment, foreground.strokeWidth);
    const all = Float32Array.of(...signals, ...shape);
    const [, oneDigit] = reader.judge.predictProbabilities(all);
    return { ...segment, probabilities, signals, oneDigit };
  });
  const ends = boundaries.map((_, index) => findEnds(boundaries, index, line.height));
  const sharedCost = C.SHARED_COST * line.height ** C.WIDTH_EXPONENT;
  const signCosts = boundaries.map((_, index) => signCost(line, boundaries, index));
  return { nBoundaries: boundaries.length, ends, sharedCost, signCosts, segments: judged };
}

/** Return what it costs to leave out the ink from a boundary to the next. */
function signCost({ isLow, height }, boundaries, index) {
  const [start, end] = [boundaries[index], boundaries[index + 1]];
  const isSign = end && !start.cut && !end.cut && isLow[start.component];
  return isSign ? C.SIGN_COST * height ** C.WIDTH_EXPONENT : Infinity;
}

/** Return the cuts to the right of a cut, in the same component and close to it. */
function findEnds(boundaries, index, height) {
  const start = boundaries[index];
  const isEnd = (end, later) => {
    if (later <= index || !start.cut || !end.cut || start.component !== end.component) return false;
    const sum = end.cut.columns.reduce((all, one, y) => all + one - start.cut.columns[y], 0);
    return Math.abs(sum / end.cut.columns.length) <= C.MAX_SHARED_WIDTH * height;
  };
  return [...boundaries.keys()].filter((later) => isEnd(boundaries[later], later));
}

/** Return the segment between two boundaries, if there is one. */
export const findSegment = ({ segments }, first, last) =>
  segments.find((one) => one.first === first && one.last === last);

/** Build the lattice of a line without cutting components that are clearly one digit. */
export function judgeLine(reader, line, foreground) {
  const none = line.components.map(() => false);
  const lattice = buildLattice(reader, line, foreground, none);
  const isCut = none.map((_, k) => !(findSegment(lattice, k, k + 1)?.oneDigit >= C.CLEAR));
  if (!isCut.includes(true)) return lattice;
  return buildLattice(reader, line, foreground, isCut, lattice.segments);
}

/**
 * Return the segments of the likeliest path from the first boundary to the last.
 * Each segment counts with the probabilities that it is one whole digit, and which; and with its
 * width, so that paths of few and of many segments are comparable. Neighbors may share ink.
 */
export function bestPath({ nBoundaries, ends, sharedCost, signCosts, segments }) {
  const best = new Float64Array(nBoundaries).fill(-Infinity);
  const via = []; // the segments that end there, at most one, and where the last one ended
  best[0] = 0;
  for (let last = 1; last < nBoundaries; last++) {
    best[last] = best[last - 1] - signCosts[last - 1];
    via[last] = { found: [], start: last - 1 };
    for (const one of segments) {
      if (one.last !== last) continue;
      const cost = one.width ** C.WIDTH_EXPONENT * -Math.log(likelihood(one));
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
  const path = [];
  for (let boundary = nBoundaries - 1; boundary > 0; boundary = via[boundary].start)
    path.unshift(...via[boundary].found);
  return path;
}

/** Return the probability that a segment is one whole digit, and its likeliest one. */
const likelihood = ({ oneDigit, probabilities }) =>
  Math.max(oneDigit * Math.max(...probabilities), C.MIN_PROBABILITY);
