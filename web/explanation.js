// As DigitReader.explain in siffra/reader.py: the results of the steps after the preprocessing.
/** @import { DigitReader } from "./siffra.js" */
/** @import { Step } from "./steps.js" */

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
