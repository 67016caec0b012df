// As DigitReader.explain in siffra/reader.py: the results of the steps after the preprocessing. And
// what each piece of ink does for the answer.
/** @import { Gray } from "./cv/image.js" */
/** @import { DigitReader } from "./siffra.js" */
/** @import { Step } from "./steps.js" */

const ERASER = 2.5; // radius of a piece of ink, in pixels of the digit
const MIN_INK = 64; // of 255

/**
 * What each pixel of ink does for a digit against its rival, which has the best score of the
 * others. `lead` is the difference of their scores. The pieces of ink that do most for one and for
 * the other are `strongest`, with the lead that there is without them.
 * @typedef {object} Weighed
 * @property {number} answer
 * @property {number} rival
 * @property {number} lead
 * @property {number} width
 * @property {number} height
 * @property {ArrayLike<number>} pixels
 * @property {Float64Array} effects The mean rise of the lead by the pieces that a pixel is in.
 * @property {Record<"for"|"against", ?{x: number, y: number, lead: number}>} strongest
 */

/**
 * Erase one piece of ink after the other, and score what is left: the score is no sum over the
 * pixels, but this is what the model itself makes of it.
 * @param {DigitReader} reader
 * @param {Gray} digit The last step of `read`, or pixels of a digit of `readNumber`.
 * @param {number} answer
 * @returns {Weighed}
 */
export function weighInk(reader, { width, height, data }, answer) {
  const places = Array.from(data, (_, i) => ({ x: i % width, y: Math.floor(i / width) }));
  /** @type {(a: {x: number, y: number}, b: {x: number, y: number}) => boolean} */
  const isNear = (a, b) => Math.hypot(a.x - b.x, a.y - b.y) <= ERASER;
  const pieces = places.filter(({ x, y }, i) => data[i] >= MIN_INK && (x + y) % 2 === 0);
  const rest = pieces.map((piece) => data.map((ink, i) => (isNear(piece, places[i]) ? 0 : ink)));
  const rows = [data, ...rest].map((left) => reader.extract({ width, height, data: left }));
  const scores = reader.scores.similarities(rows).map((similarity, k) => {
    const all = reader.score(rows[k], reader.scores.scoreSimilarity(similarity));
    return all.subarray(-reader.classes.length);
  });
  const own = reader.classes.indexOf(answer);
  const best = Math.max(...scores[0].filter((_, digit) => digit !== own));
  const other = scores[0].findIndex((score, digit) => digit !== own && score === best);
  const [lead, ...leads] = scores.map((score) => score[own] - score[other]);
  const effects = Float64Array.from(data, (ink, i) => {
    const near = leads.filter((_, k) => ink && isNear(pieces[k], places[i]));
    return near.reduce((sum, one) => sum + lead - one, 0) / (near.length || 1);
  });
  const [low, high] = [Math.min(...leads), Math.max(...leads)];
  const strongest = {
    for: low < lead ? { ...pieces[leads.indexOf(low)], lead: low } : null,
    against: high > lead ? { ...pieces[leads.indexOf(high)], lead: high } : null,
  };
  const rival = reader.classes[other];
  return { answer, rival, lead, width, height, pixels: data, effects, strongest };
}

/**
 * Return the edges, the score of each digit and the votes of the trees.
 * @param {DigitReader} reader
 * @param {Step} digit The last step of `read`.
 * @returns {Step[]}
 */
export function explain(reader, digit) {
  const { classes, features, forest } = reader;
  const { width = 1, height = 1, pixels = [0] } = digit;
  const image = { width, height, data: Uint8Array.from(pixels) };
  const row = reader.score(reader.extract(image));
  const ofDigits = [...row.slice(-classes.length)];
  const lowest = Math.min(...ofDigits);
  const edges = sumOrientations(features.binOrientations(image), features.nOrientations);
  const strongest = Math.max(...edges, 1e-6);
  return [
    { name: "edges", width, height, pixels: edges.map((edge) => (255 * edge) / strongest) },
    { name: "scores", values: ofDigits.map((score) => score - lowest) },
    { name: "votes", values: countVotes(forest, row) },
  ];
}

/**
 * Return the magnitude of each pixel's gradient, which its orientations share.
 * @param {Float32Array} binned
 * @param {number} nOrientations The first of the layers; those after them are counted in these.
 */
function sumOrientations(binned, nOrientations) {
  const size = binned.length / (nOrientations + 2);
  return Float32Array.from({ length: size }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < nOrientations; k++) sum += binned[k * size + i];
    return sum;
  });
}

/**
 * Return for how many trees each digit is the likeliest.
 * @param {DigitReader["forest"]} forest
 * @param {ArrayLike<number>} row
 */
function countVotes(forest, row) {
  const { nClasses, leaves, roots } = forest;
  const votes = /** @type {number[]} */ (Array(nClasses).fill(0));
  for (const root of roots) {
    const start = forest.findLeaf(root, /** @type {Float32Array} */ (row)) * nClasses;
    const shares = leaves.subarray(start, start + nClasses);
    votes[shares.indexOf(Math.max(...shares))] += 1;
  }
  return votes;
}
