/** @import { ModelFile } from "./model_file.js" */
/** As siffra/scores.py: score each class on similarities to landmarks. */
export class KernelScores {
  /**
   * @param {ModelFile} file
   * @param {number} nFeatures
   * @param {number} nClasses
   */
  constructor(file, nFeatures, nClasses) {
    this.gamma = file.number("scores", "gamma");
    this.slope = file.number("scores", "slope"); // of the logistic function
    this.offset = file.number("scores", "intercept");
    this.norms = file.floats("norms"); // squared
    const nLandmarks = this.norms.length;
    // In the file by columns, which compress better; here by rows.
    const columns = file.floats("landmarks", nLandmarks * nFeatures);
    this.landmarks = new Float32Array(columns.length);
    for (let j = 0, i = 0; j < nFeatures; j++)
      for (let k = 0; k < nLandmarks; k++, i++) this.landmarks[k * nFeatures + j] = columns[i];
    this.intercept = file.floats("intercept", nClasses);
    this.coef = file.floats("coef", nLandmarks * nClasses);
  }

  /**
   * Return the score of each class, "not a digit" first, relative to the best digit's.
   * @type {(features: Float32Array) => Float32Array}
   */
  transform(features) {
    return this.scoreSimilarity(this.similarity(features));
  }

  /**
   * Do the same for similarities to the landmarks that are known.
   * @type {(similarity: Float64Array) => Float32Array}
   */
  scoreSimilarity(similarity) {
    const { coef, intercept } = this;
    const n = intercept.length;
    const scores = Float64Array.from(intercept);
    for (let k = 0, i = 0; k < similarity.length; k++)
      for (let c = 0; c < n; c++, i++) scores[c] += similarity[k] * coef[i];
    const [notADigit, ...digits] = Float32Array.from(scores);
    const best = Math.max(...digits);
    return Float32Array.of(notADigit - best, ...digits.map((score) => score - best));
  }

  /**
   * Return the Gaussian similarity to each landmark.
   * @type {(x: Float32Array) => Float64Array}
   */
  similarity(x) {
    const { landmarks, norms, gamma } = this;
    const size = x.length;
    const even = size - (size % 4);
    const norm = x.reduce((sum, value) => sum + value * value, 0);
    const similarity = new Float64Array(norms.length);
    for (let k = 0, i = 0; k < norms.length; k++) {
      // Four sums at once: they do not wait for each other.
      let [a, b, c, d] = [0, 0, 0, 0];
      let j = 0;
      for (; j < even; j += 4, i += 4) {
        a += x[j] * landmarks[i];
        b += x[j + 1] * landmarks[i + 1];
        c += x[j + 2] * landmarks[i + 2];
        d += x[j + 3] * landmarks[i + 3];
      }
      for (; j < size; j++, i++) a += x[j] * landmarks[i];
      const exponent = 2 * (a + b + c + d) - norm - norms[k];
      similarity[k] = Math.exp(gamma * Math.min(exponent, 0));
    }
    return similarity;
  }

  /**
   * Do the same for several rows, four at once: each landmark is read once for all four.
   * @type {(rows: Float32Array[]) => Float64Array[]}
   */
  similarities(rows) {
    const { landmarks, norms, gamma } = this;
    const found = rows.map(() => new Float64Array(norms.length));
    for (let start = 0; start < rows.length; start += 4) {
      const four = [0, 1, 2, 3].map((n) => Math.min(start + n, rows.length - 1));
      const [p, q, r, s] = four.map((n) => Float64Array.from(rows[n]));
      const [P, Q, R, S] = [p, q, r, s].map((x) => x.reduce((sum, one) => sum + one * one, 0));
      const [toP, toQ, toR, toS] = four.map((n) => found[n]);
      for (let k = 0, i = 0; k < norms.length; k++) {
        let [a, b, c, d] = [0, 0, 0, 0];
        for (let j = 0; j < p.length; j++, i++) {
          const landmark = landmarks[i];
          a += p[j] * landmark;
          b += q[j] * landmark;
          c += r[j] * landmark;
          d += s[j] * landmark;
        }
        toP[k] = Math.exp(gamma * Math.min(2 * a - P - norms[k], 0));
        toQ[k] = Math.exp(gamma * Math.min(2 * b - Q - norms[k], 0));
        toR[k] = Math.exp(gamma * Math.min(2 * c - R - norms[k], 0));
        toS[k] = Math.exp(gamma * Math.min(2 * d - S - norms[k], 0));
      }
    }
    return found;
  }

  /**
   * Return the probability that an image with these scores is a digit at all.
   * @type {(scores: Float32Array) => number}
   */
  isDigit([notADigit]) {
    return 1 / (1 + Math.exp(-(this.slope * notADigit + this.offset)));
  }
}
