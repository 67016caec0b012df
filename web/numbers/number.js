// As siffra/numbers/number.py: a whole number, its digits, where they are, and how sure that is.
/** @import { Constants } from "../constants.js" */
/** @import { DigitBox, Foreground } from "./foreground.js" */
/** @import { TextLine } from "./components.js" */
/** @import { JudgedSegment, Lattice, NumberReader } from "./lattice.js" */
/** @import { Known } from "./signals.js" */
/** @import { PenStroke } from "./strokes.js" */
import { findComponents, findLinesOfText, ordersOf } from "./components.js";
import { toImage } from "./foreground.js";
import { bestPath, findSegment, judgeLine } from "./lattice.js";
import { Budget } from "./segments.js";
import { findDrawnComponents } from "./strokes.js";

/**
 * One digit of a number, and its 28 x 28 pixels after the preprocessing.
 * @typedef {{
 *   label: number, probabilities: Float64Array, box: DigitBox, pixels: Uint8Array
 * }} Digit
 */
/**
 * One line of text; `oneDigit` is the probability that it is one digit.
 * @typedef {{digits: Digit[], text: string, confidence: number, oneDigit: number}} LineReading
 */

/**
 * Read each line of text, from top to bottom; strokes are those of the pen, if they are known.
 * @type {(
 *   reader: NumberReader, foreground: Foreground, strokes?: readonly PenStroke[]
 * ) => LineReading[]}
 */
export function readLines(reader, foreground, strokes) {
  const { constants } = reader;
  const budget = new Budget(constants);
  const components = strokes
    ? findDrawnComponents(foreground, strokes, budget, constants)
    : findComponents(foreground.mask, constants);
  /** @type {Known} */
  const known = new Map();
  const { CLEAR } = constants["numbers.lattice"];
  return findLinesOfText(components, constants).map((line) => {
    let best;
    for (const order of ordersOf(line, constants)) {
      const lattice = judgeLine(reader, order, foreground, budget, known);
      const { path, score } = bestPath(lattice, constants);
      if (!best || score > best.score) best = { lattice, path, score };
      if (path.every(({ oneDigit }) => oneDigit >= CLEAR)) break;
    }
    const { lattice, path } = /** @type {NonNullable<typeof best>} */ (best);
    return toReading(lattice, path, line, foreground, constants);
  });
}

/**
 * Return the digits of a path, from left to right.
 * @type {(
 *   lattice: Lattice, path: JudgedSegment[], line: TextLine, foreground: Foreground,
 *   constants: Constants
 * ) => LineReading}
 */
function toReading(lattice, path, line, foreground, constants) {
  path.sort((a, b) => 2 * a.left + a.width - (2 * b.left + b.width));
  const digits = path.map((segment) => {
    const { probabilities, digit } = segment;
    const label = probabilities.indexOf(Math.max(...probabilities));
    return { label, probabilities, box: toImage(foreground, segment), pixels: digit.data };
  });
  return {
    digits,
    text: join(digits, path, line.height, constants),
    confidence: estimateConfidence(path, constants),
    oneDigit: findSegment(lattice, 0, lattice.nBoundaries - 1)?.oneDigit ?? 0,
  };
}

/**
 * Return the probability that a line is right, from those of its segments and digits.
 * @type {(path: JudgedSegment[], constants: Constants) => number}
 */
function estimateConfidence(path, constants) {
  const C = constants["numbers.number"];
  const { IS_DIGIT } = constants["numbers.signals"];
  return path.reduce(
    (product, { oneDigit, probabilities, signals }) =>
      product *
      oneDigit ** C.JUDGE_EXPONENT *
      Math.max(...probabilities) ** C.DIGIT_EXPONENT *
      signals[IS_DIGIT] ** C.IS_DIGIT_EXPONENT,
    1,
  );
}

/**
 * Return whether an image, which is rejected as one digit if `isUnsure`, shows one digit.
 * @type {(lines: LineReading[], isUnsure: boolean, constants: Constants) => boolean}
 */
export function isOneDigit(lines, isUnsure, constants) {
  const C = constants["numbers.number"];
  const confidence = lines.reduce((product, line) => product * line.confidence, 1);
  const isInDoubt = confidence < C.MIN_CONFIDENCE;
  if (lines.length > 1) {
    // A digit whose strokes do not meet may look like two lines.
    const areDigits = lines.every((line) => line.digits.length === 1);
    return !isUnsure && (areDigits || isInDoubt);
  }
  const [{ digits, oneDigit }] = lines;
  if (digits.length === 1 || (isInDoubt && oneDigit >= C.MIN_ONE_DIGIT_IN_DOUBT)) return true;
  return !isUnsure && oneDigit >= C.MIN_ONE_DIGIT;
}

/**
 * Write digits as text, with a space where the gap is wide.
 * @type {(
 *   digits: Digit[], segments: JudgedSegment[], height: number, constants: Constants
 * ) => string}
 */
function join(digits, segments, height, constants) {
  const C = constants["numbers.number"];
  const starts = segments.map(({ left }) => left / height);
  const widths = segments.map(({ width }) => width / height);
  const gaps = starts.slice(1).map((start, k) => start - (starts[k] + widths[k]));
  const middles = starts.map((start, k) => start + widths[k] / 2);
  const distances = middles.slice(1).map((middle, k) => middle - middles[k]);
  const minGap = Math.max(C.MIN_SPACE, C.MIN_GAP_RATIO * usual(gaps));
  const minDistance = C.MIN_DISTANCE_RATIO * usual(distances);
  const isSpace = gaps.map((gap, k) => gap > minGap && distances[k] > minDistance);
  return digits.map(({ label }, k) => (isSpace[k - 1] ? ` ${label}` : `${label}`)).join("");
}

/**
 * Return the lower median; 0 if there is none.
 * @type {(lengths: number[]) => number}
 */
const usual = (lengths) =>
  [...lengths].sort((a, b) => a - b)[Math.floor(0.5 * (lengths.length - 1))] ?? 0;
