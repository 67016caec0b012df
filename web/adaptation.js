// As siffra/adaptation.py: adapt scores to a visitor's hand.
/** @import { Constants } from "./constants.js" */
import { DataError } from "./errors.js";

/** A drawing of 28 x 28 pixels, in base64, and the digit that it shows, as Python saves it. */
/** @typedef {{digit: number, pixels: string}} Example */
/** The components of an example, its scores without any examples, and its digit. */
/** @typedef {{row: Float32Array, scores: Float32Array, digit: number}} Known */
/**
 * A ridge regression of the gaps in the scores of examples, on the similarity to them.
 * @typedef {{
 *   rows: Float32Array[], weights: Float64Array[], gamma: number, constants: Constants
 * }} Adaptation
 */

/** @type {(pixels: ArrayLike<number>) => string} */
export const encodePixels = (pixels) => btoa(String.fromCharCode(...Array.from(pixels)));

/** @type {(text: string) => Uint8Array} */
export const decodePixels = (text) =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

/**
 * Return valid examples, or throw a DataError.
 * Of several with the same pixels only the last is kept, and of all, those that came last.
 * @type {(values: any, constants: Pick<Constants, "adaptation">) => Example[]}
 */
export function checkExamples(values, constants) {
  if (!Array.isArray(values)) throw new DataError("Expected a list of examples.");
  /** @type {Map<string, Example>} */
  const found = new Map();
  for (const value of values) {
    const { digit, pixels } = checkExample(value, constants);
    found.delete(pixels); // it goes to the end
    found.set(pixels, { digit, pixels });
  }
  return [...found.values()].slice(-constants.adaptation.MAX_EXAMPLES);
}

/** @type {(value: any, constants: Pick<Constants, "adaptation">) => Example} */
function checkExample(value, constants) {
  const { N_DIGITS, SIDE } = constants.adaptation;
  const { digit, pixels } = value ?? {};
  if (!Number.isInteger(digit) || digit < 0 || digit >= N_DIGITS)
    throw new DataError(
      `Got the digit ${digit}, but expected a whole number from 0 to ${N_DIGITS - 1}.`,
    );
  let decoded = null;
  try {
    decoded = typeof pixels === "string" ? decodePixels(pixels) : null;
  } catch {
    // not base64
  }
  if (decoded?.length !== SIDE ** 2) throw new DataError(`Expected ${SIDE ** 2} pixels in base64.`);
  return { digit, pixels: encodePixels(decoded) }; // base64 of other programs may differ
}

/**
 * Fit the regression.
 * @type {(known: Known[], gamma: number, constants: Constants) => Adaptation}
 */
export function fit(known, gamma, constants) {
  const { ALPHA, SHARPNESS } = constants.adaptation;
  const rows = known.map(({ row }) => row);
  const gram = rows.map((one, k) =>
    Float64Array.from(rows, (other, j) => {
      const similarity = gaussian(one, other, gamma) ** SHARPNESS;
      return k === j ? similarity + ALPHA : similarity;
    }),
  );
  const lacking = known.map(({ scores, digit }) => lackingScores(scores, digit, constants));
  return { rows, weights: solve(gram, lacking), gamma, constants };
}

/**
 * Return the similarity of components to each example, from 0 to 1.
 * @type {(adaptation: Adaptation, row: Float32Array) => Float64Array}
 */
export const similarityToExamples = ({ rows, gamma }, row) =>
  Float64Array.from(rows, (example) => gaussian(row, example, gamma));

/**
 * Return adapted scores, relative to the best digit.
 * @type {(
 *   adaptation: Adaptation, scores: Float32Array, similarity: Float64Array
 * ) => Float32Array}
 */
export function adaptScores({ weights, constants }, scores, similarity) {
  const { ALPHA, SAME_DRAWING_POWER, SHARPNESS } = constants.adaptation;
  const sums = Float64Array.from(scores);
  similarity.forEach((value, k) => {
    const influence = value ** SHARPNESS + ALPHA * value ** SAME_DRAWING_POWER;
    for (let c = 0; c < sums.length; c++) sums[c] += influence * weights[k][c];
  });
  const best = Math.max(...sums.subarray(1));
  return Float32Array.from(sums, (sum) => sum - best);
}

/**
 * Return the additions to the scores of a drawing that let its digit exceed all others.
 * @type {(scores: Float32Array, digit: number, constants: Constants) => Float64Array}
 */
export function lackingScores(scores, digit, constants) {
  const { ALPHA, MARGIN } = constants.adaptation;
  const own = scores[digit + 1]; // "not a digit" is the first
  const best = Math.max(...scores.filter((_, c) => c > 0 && c !== digit + 1));
  const ahead = own - best;
  const rise = Math.max(MARGIN - ahead - Math.max(ahead, 0), 0) / 2;
  const lacking = Float64Array.from(scores, (score) => Math.min(best - rise - score, 0));
  lacking[digit + 1] = rise;
  lacking[0] = (1 + ALPHA) * Math.min(own + rise - MARGIN - scores[0], 0);
  return lacking;
}

/**
 * Return the Gaussian similarity of two rows, from 0 to 1.
 * @type {(a: Float32Array, b: Float32Array, gamma: number) => number}
 */
function gaussian(a, b, gamma) {
  let square = 0;
  for (let i = 0; i < a.length; i++) square += (a[i] - b[i]) ** 2;
  return Math.exp(-gamma * square);
}

/**
 * Solve A X = B for a positive definite A, which the Cholesky decomposition replaces, as X does B.
 * @type {(A: Float64Array[], B: Float64Array[]) => Float64Array[]}
 */
function solve(A, B) {
  const n = A.length;
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let sum = A[i][j];
      for (let k = 0; k < j; k++) sum -= A[i][k] * A[j][k];
      A[i][j] = i === j ? Math.sqrt(sum) : sum / A[j][j];
    }
  /** @type {(target: number, source: number, factor: number) => void} */
  const subtract = (target, source, factor) => {
    for (let c = 0; c < B[target].length; c++) B[target][c] -= factor * B[source][c];
  };
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) subtract(i, k, A[i][k]);
    B[i] = B[i].map((value) => value / A[i][i]);
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) subtract(i, k, A[k][i]);
    B[i] = B[i].map((value) => value / A[i][i]);
  }
  return B;
}
