// As siffra/numbers/signals.py: features of a segment for the judge.
/** @import { Constants } from "../constants.js" */
/** @import { Gray, Mask } from "../cv/image.js" */
/** @import { DigitReader } from "../siffra.js" */
/** @import { Ink, TextLine } from "./components.js" */
/** @import { Foreground } from "./foreground.js" */
/** @import { Boundary, Segment } from "./segments.js" */
import { similarityToExamples } from "../adaptation.js";
import { countNonZero } from "../cv/image.js";
import { mainAxis, medianOfInk, slantOf } from "./components.js";
import { findHoles } from "./cuts.js";
import { normalizeShape } from "../preprocessing/normalization.js";
import { binarize } from "./segments.js";

const N_THIRDS = 3;

/**
 * The model's reading of a preprocessed segment.
 * @typedef {{digit: Gray, probabilities: Float64Array, signals: number[]}} Reading
 */
/**
 * What was read of the ink in a place of the foreground.
 * @typedef {{mask: Mask, reading?: Reading}} Entry
 * @typedef {Map<string, Entry[]>} Known
 */

/**
 * Read each segment as if it were one digit, unless it is known; remember it.
 * @type {(
 *   reader: DigitReader, segments: Segment[], foreground: Foreground, known: Known
 * ) => Reading[]}
 */
export function readSegments(reader, segments, foreground, known) {
  /** @type {Segment[]} */
  const fresh = [];
  const entries = segments.map((segment) => {
    const { left, top, width, height, mask } = segment;
    const place = `${left} ${top} ${width} ${height}`;
    const others = known.get(place) ?? [];
    const same = others.find((one) => one.mask.data.every((ink, i) => ink === mask.data[i]));
    if (same) return same;
    /** @type {Entry} */
    const entry = { mask };
    known.set(place, [...others, entry]);
    fresh.push(segment);
    return entry;
  });
  const readings = read(reader, fresh, foreground);
  for (const entry of entries) entry.reading ??= readings.shift();
  return entries.map(({ reading }) => /** @type {Reading} */ (reading));
}

/** @type {(reader: DigitReader, segments: Segment[], foreground: Foreground) => Reading[]} */
function read(reader, segments, foreground) {
  const { constants, preprocessing } = reader;
  const digits = segments.map((segment) => {
    const binary = binarize(segment, foreground, constants);
    return normalizeShape(binary, preprocessing, constants).digit;
  });
  const rows = digits.map((digit) => reader.extract(digit));
  return reader.scores
    .similarities(rows)
    .map((similarity, k) => ({ digit: digits[k], ...describe(reader, rows[k], similarity) }));
}

/**
 * @type {(
 *   reader: DigitReader, row: Float32Array, similarity: Float64Array
 * ) => Omit<Reading, "digit">}
 */
function describe(reader, row, similarity) {
  const { N_NEAREST } = reader.constants["numbers.signals"];
  const scores = reader.score(row, reader.scores.scoreSimilarity(similarity));
  const probabilities = reader.forest.predictProbabilities(scores);
  const [best, second] = largest(probabilities, 2);
  // An example is one more landmark.
  const examples = reader.adaptation ? similarityToExamples(reader.adaptation, row) : [];
  const nearest = largest([...largest(similarity, N_NEAREST), ...examples], N_NEAREST);
  const signals = [
    best,
    second,
    reader.scores.isDigit(scores),
    largest(scores.subarray(1), 2)[1],
    scores[0],
    nearest[0],
    nearest.reduce((sum, one) => sum + one) / N_NEAREST,
    probabilities.indexOf(best),
  ];
  return { probabilities, signals };
}

/**
 * Return the n largest values, from the largest down.
 * @type {(values: Iterable<number>, n: number) => number[]}
 */
function largest(values, n) {
  const found = new Array(n).fill(-Infinity);
  for (const value of values) {
    if (value <= found[n - 1]) continue;
    let k = n - 1;
    for (; k > 0 && found[k - 1] < value; k--) found[k] = found[k - 1];
    found[k] = value;
  }
  return found;
}

/**
 * Return the signals of a segment that do not come from the model.
 * @type {(
 *   line: TextLine, boundaries: Boundary[], segment: Segment, foreground: Foreground,
 *   constants: Constants
 * ) => number[]}
 */
export function measure(line, boundaries, segment, foreground, constants) {
  const { left, top, width, height } = segment;
  const { strokeWidth } = foreground;
  const { length, thickness, angle } = mainAxis(segment.mask);
  const unit = line.height;
  const right = left + width;
  const used = line.components.slice(segment.start, segment.stop);
  const rest = line.components.filter((_, k) => k < segment.start || k >= segment.stop);
  const inside = boundaries.slice(segment.first + 1, segment.last).map(crossed);
  const area = countNonZero(segment.mask);
  const isCut = boundaries[segment.first].cut || boundaries[segment.last].cut;
  const lineLeft = Math.min(...line.components.map((one) => one.left));
  const lineRight = Math.max(...line.components.map((one) => one.right));
  const before = rest.filter((one) => one.left + one.right < 2 * left);
  const after = rest.filter((one) => one.left + one.right > 2 * right);
  const shared = rest.map((one) =>
    Math.max(Math.min(one.right, right) - Math.max(one.left, left), 0),
  );
  return [
    width / height,
    height / unit,
    (top - line.top) / unit,
    (top + height - line.top) / unit,
    area / unit ** 2,
    new Set(used.map(({ label }) => label)).size,
    innerGap(used) / unit,
    area / (strokeWidth * unit),
    ...countStrokes(segment.mask),
    crossed(boundaries[segment.first]),
    crossed(boundaries[segment.last]),
    inside.length ? Math.min(...inside) : 1,
    Math.min(1, ...before.map((one) => (left - one.right) / unit)),
    Math.min(1, ...after.map((one) => (one.left - right) / unit)),
    Math.min(sum(shared) / unit, 2),
    isCut ? area / sum(used.map((one) => one.area)) : 1,
    area / sum(line.components.map((one) => one.area)),
    (lineRight - lineLeft) / unit,
    strokeWidth / unit,
    countNonZero(findHoles(segment.mask)) / (width * height),
    length / unit,
    thickness / strokeWidth,
    angle,
    ...compare(line, segment, rest, constants),
    width / foreground.mask.width,
    height / foreground.mask.height,
  ];
}

/**
 * Compare a segment with the other components; the slants are columns per row.
 * @type {(line: TextLine, segment: Segment, rest: Ink[], constants: Constants) => number[]}
 */
function compare(line, { mask, top, height }, rest, constants) {
  const slant = slantOf(mask, constants);
  if (!rest.length) return [1, 0, 0, slant, 0];
  /** @type {(value: (one: Ink) => number) => number} */
  const median = (value) => medianOfInk(rest, rest.map(value));
  return [
    height / median((one) => one.height),
    (top - median((one) => one.top)) / line.height,
    (top + height - median((one) => one.bottom)) / line.height,
    slant,
    slant - median((one) => slantOf(one.mask, constants)),
  ];
}

/**
 * Return how many runs of ink rows and columns have, and the rows of each third; means.
 * @type {(mask: Mask) => number[]}
 */
export function countStrokes({ data, width, height }) {
  const perRow = new Array(height).fill(0);
  const perColumn = new Array(width).fill(0);
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      if (!data[i]) continue;
      if (!x || !data[i - 1]) perRow[y]++;
      if (!y || !data[i - width]) perColumn[x]++;
    }
  const thirds = [0, 1, 2].map((k) => {
    const start = Math.floor((k * height) / N_THIRDS);
    return perRow.slice(start, Math.max(Math.floor(((k + 1) * height) / N_THIRDS), start + 1));
  });
  return [perRow, perColumn, ...thirds].map((counts) => sum(counts) / counts.length);
}

/** @type {(values: number[]) => number} */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @type {(boundary: Boundary) => number} */
const crossed = ({ cut }) => cut?.crossed ?? 0;

/**
 * Return the widest gap between the columns of components; 0 if there is none.
 * @type {(components: Ink[]) => number}
 */
function innerGap(components) {
  let gap = 0;
  let end = components[0].right;
  for (const { left, right } of [...components].sort((a, b) => a.left - b.left)) {
    gap = Math.max(gap, left - end);
    end = Math.max(end, right);
  }
  return gap;
}
