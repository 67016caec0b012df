// As siffra/numbers/number.py: a whole number, its digits, where they are, and how sure that is.
import { constants } from "../constants.js";
import { findLinesOfText } from "./components.js";
import { toImage } from "./foreground.js";
import { bestPath, findSegment, judgeLine } from "./lattice.js";

const C = constants["numbers.number"];
const SIGNALS = constants["numbers.signals"];

/**
 * Read each line of text, from top to bottom.
 * @returns {{digits: {label: number, probabilities: Float64Array, box: number[]}[], text: string,
 *   confidence: number, oneDigit: number}[]} `oneDigit` is the probability that the line is one
 *   digit.
 */
export const readLines = (reader, foreground) =>
  findLinesOfText(foreground.mask).map((line) => {
    const lattice = judgeLine(reader, line, foreground);
    const path = bestPath(lattice);
    const digits = path.map((segment) => {
      const { probabilities } = segment;
      const label = probabilities.indexOf(Math.max(...probabilities));
      return { label, probabilities, box: toImage(foreground, segment) };
    });
    return {
      digits,
      text: join(digits, path, line.height),
      confidence: estimateConfidence(path),
      oneDigit: findSegment(lattice, 0, lattice.nBoundaries - 1)?.oneDigit ?? 0,
    };
  });

/** Return the probability that a line is right, from those of its segments and digits. */
const estimateConfidence = (path) =>
  path.reduce(
    (product, { oneDigit, probabilities, signals }) =>
      product *
      oneDigit ** C.JUDGE_EXPONENT *
      Math.max(...probabilities) ** C.DIGIT_EXPONENT *
      signals[SIGNALS.IS_DIGIT] ** C.IS_DIGIT_EXPONENT,
    1,
  );

/** Return whether an image, which is rejected as one digit if `isUnsure`, shows one digit. */
export function isOneDigit(lines, isUnsure) {
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

/** Write digits as text, with a space where the gap is wide. */
function join(digits, segments, height) {
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

/** Return the lower median; 0 if there is none. */
const usual = (lengths) =>
  [...lengths].sort((a, b) => a - b)[Math.floor(0.5 * (lengths.length - 1))] ?? 0;
