// As siffra/numbers/number.py: a whole number, its digits, where they are, and how sure that is.
/** @import { Constants } from "../constants.js" */
/** @import { Box } from "../cv/image.js" */
/** @import { DigitBox, Foreground } from "./foreground.js" */
/** @import { TextLine } from "./components.js" */
/** @import { JudgedSegment, Lattice, NumberReader } from "./lattice.js" */
/** @import { Known } from "./signals.js" */
/** @import { PenStroke } from "./strokes.js" */
import { findComponents, findLinesOfText, ordersOf } from "./components.js";
import { toImage } from "./foreground.js";
import { isLoneSlash, possibleKinds, textOf } from "./kinds.js";
import { bestPath, chooseKind, findSegment, judgeLine } from "./lattice.js";
import { Budget } from "./segments.js";
import { findDrawnComponents } from "./strokes.js";

/**
 * One digit of a number, and its 28 x 28 pixels after the preprocessing.
 * @typedef {{
 *   label: number, probabilities: Float64Array, box: DigitBox, pixels: Uint8Array
 * }} Digit
 */
/**
 * What is beside the digits: a sign, "?" for another character, or nothing for ink that was left out.
 * @typedef {{text: string, box: DigitBox}} Mark
 */
/**
 * One line of text, with "?" for a character that is neither a digit nor a sign; `oneDigit` is the
 * probability that it is one digit.
 * @typedef {{
 *   digits: Digit[], marks: Mark[], text: string, confidence: number, oneDigit: number
 * }} LineReading
 */
/** @typedef {Box & {text: string}} Character */

/**
 * Read each line of text that has a digit, from top to bottom; strokes are those of the pen, if they
 * are known.
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
  const readings = findLinesOfText(components, constants).map((line) => {
    let best;
    for (const order of ordersOf(line)) {
      const lattice = judgeLine(reader, order, foreground, budget, known);
      const { path, score } = bestPath(lattice, constants);
      if (!best || score > best.score) best = { lattice, path, score };
      if (path.every(({ kind, kinds }) => kinds[kind] >= CLEAR)) break;
    }
    const { lattice, path } = /** @type {NonNullable<typeof best>} */ (best);
    return toReading(lattice, path, line, foreground, !!strokes, constants);
  });
  return readings.filter(({ digits }) => digits.length);
}

/**
 * Return the characters of a path, from left to right.
 * @type {(
 *   lattice: Lattice, path: JudgedSegment[], line: TextLine, foreground: Foreground,
 *   isDrawn: boolean, constants: Constants
 * ) => LineReading}
 */
function toReading(lattice, path, line, foreground, isDrawn, constants) {
  const { DIGIT, SLASH } = constants["numbers.kinds"];
  path.sort((a, b) => 2 * a.left + a.width - (2 * b.left + b.width));
  const lone = isLoneSlash(
    path.map(({ kind }) => kind),
    constants,
  );
  // A line beside a number is no slash, whatever it looks like.
  path = path.map((one, k) => {
    const kinds = one.kinds.map((chance, kind) => (lone[k] && kind === SLASH ? 0 : chance));
    return lone[k] ? { ...one, kinds, ...chooseKind(kinds, one.probabilities, constants) } : one;
  });
  /** @type {Digit[]} */
  const digits = [];
  /** @type {Mark[]} */
  const marks = [];
  /** @type {Character[]} */
  const characters = [];
  for (const segment of path) {
    const { probabilities, digit, kind, left, top, width, height } = segment;
    const label = probabilities.indexOf(Math.max(...probabilities));
    const text = textOf(kind, label, constants);
    if (text) characters.push({ text, left, top, width, height });
    const box = toImage(foreground, segment);
    if (kind === DIGIT) digits.push({ label, probabilities, box, pixels: digit.data });
    else marks.push({ text, box });
  }
  const possible = possibleKinds(
    path.map(({ kind }) => kind),
    ...[isDrawn, constants],
  );
  return {
    digits,
    marks,
    text: join(characters, line.height, constants),
    confidence: path.reduce(
      (product, one, k) => product * confidenceOf(one, possible[k], constants),
      1,
    ),
    oneDigit: findSegment(lattice, 0, lattice.nBoundaries - 1)?.kinds[DIGIT] ?? 0,
  };
}

/**
 * Return the probability that a segment is right, if it is one of the possible kinds.
 * @type {(segment: JudgedSegment, possible: boolean[], constants: Constants) => number}
 */
function confidenceOf({ kind, kinds, probabilities, signals }, possible, constants) {
  const C = constants["numbers.number"];
  const { DIGIT } = constants["numbers.kinds"];
  const chancesOfKinds = kinds.map((chance, k) => (possible[k] ? chance : 0));
  const all = chancesOfKinds.reduce((sum, one) => sum + one, 0);
  const whole = chancesOfKinds[kind] / Math.max(all, C.MIN_PROBABILITY);
  const any = chancesOfKinds.subarray(DIGIT).reduce((sum, one) => sum + one, 0);
  const chances = [whole, chancesOfKinds[kind] / Math.max(any, C.MIN_PROBABILITY)];
  if (kind === DIGIT)
    chances.push(Math.max(...probabilities), signals[constants["numbers.signals"].IS_DIGIT]);
  const exponents = kind === DIGIT ? C.DIGIT_EXPONENTS : C.OTHER_EXPONENTS;
  return chances.reduce((product, chance, k) => product * chance ** exponents[k], 1);
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
    const areDigits = lines.every((line) => line.text.length === 1);
    return !isUnsure && (areDigits || isInDoubt);
  }
  const [{ text, oneDigit }] = lines;
  if (text.length === 1 || (isInDoubt && oneDigit >= C.MIN_ONE_DIGIT_IN_DOUBT)) return true;
  return !isUnsure && oneDigit >= C.MIN_ONE_DIGIT;
}

/**
 * Write a text, with a space between digits where the gap is wide.
 * @type {(characters: Character[], height: number, constants: Constants) => string}
 */
function join(characters, height, constants) {
  const C = constants["numbers.number"];
  const pairs = characters.slice(1).map((after, k) => {
    const before = characters[k];
    const [start, end] = [before.left / height, after.left / height];
    const [half, other] = [before.width / height / 2, after.width / height / 2];
    const isPair = /^\d\d$/.test(before.text + after.text);
    return { isPair, gap: end - (start + 2 * half), distance: end + other - (start + half) };
  });
  const ofDigits = pairs.filter(({ isPair }) => isPair);
  const minGap = Math.max(C.MIN_SPACE, C.MIN_GAP_RATIO * usual(ofDigits.map(({ gap }) => gap)));
  const minDistance = C.MIN_DISTANCE_RATIO * usual(ofDigits.map(({ distance }) => distance));
  /** @type {(pair: {isPair: boolean, gap: number, distance: number}) => boolean} */
  const isSpace = ({ isPair, gap, distance }) => isPair && gap > minGap && distance > minDistance;
  return characters.map(({ text }, k) => (k && isSpace(pairs[k - 1]) ? ` ${text}` : text)).join("");
}

/**
 * Return the lower median; 0 if there is none.
 * @type {(lengths: number[]) => number}
 */
const usual = (lengths) =>
  [...lengths].sort((a, b) => a - b)[Math.floor(0.5 * (lengths.length - 1))] ?? 0;
