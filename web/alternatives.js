// As siffra/alternatives.py: read an image as it is, and without clutter if that is not clearly a digit.
/** @import { Constants } from "./constants.js" */
/** @import { Steps } from "./preprocessing/normalization.js" */
/** @import { Prediction } from "./siffra.js" */

/**
 * Read the first alternative of an image. If it does not clearly look like a digit, read the others
 * too, and choose.
 * @type {(
 *   alternatives: Iterable<Steps>, predict: (steps: Steps) => Prediction, constants: Constants
 * ) => Prediction}
 */
export function readClearest(alternatives, predict, constants) {
  const readings = [];
  let last = null;
  for (const steps of alternatives) {
    if (steps !== last) readings.push(predict(steps));
    last = steps;
    if (readings.length === 1 && certainty(readings[0]) >= constants.alternatives.CLEAR) break;
  }
  return choose(readings, constants);
}

/**
 * Choose the reading that looks most like a digit. If another one looks like a digit too, or nearly
 * as much, and like another digit, that is doubt.
 * @type {(readings: Prediction[], constants: Constants) => Prediction}
 */
export function choose(readings, constants) {
  const { DOUBT, LIKELY } = constants.alternatives;
  const best = readings.reduce((most, one) => (certainty(one) > certainty(most) ? one : most));
  const limit = Math.min(1 - DOUBT * (1 - certainty(best)), LIKELY);
  const rivals = readings.filter((one) => !one.unsure && certainty(one) > limit);
  if (rivals.every(({ guess }) => guess === best.guess)) return best;
  return { ...best, label: null, unsure: true };
}

/**
 * Return the probability that an image is the digit of its prediction.
 * @type {(prediction: Prediction) => number}
 */
export const certainty = ({ probabilities, isDigit }) => Math.max(...probabilities) * isDigit;
