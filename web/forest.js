/** @import { Floats, ModelFile } from "./model_file.js" */
import { check } from "./errors.js";

/**
 * As scikit-learn's random forest: the mean of the trees' probabilities.
 * The nodes of all trees are in one list; the left child of a node is the next one. `jump` leads to
 * the right child, or, in a leaf, to its row of probabilities.
 */
export class RandomForest {
  /**
   * @param {ModelFile} file
   * @param {number} nClasses
   * @param {number} nFeatures
   * @param {string} prefix Of the arrays' names.
   */
  constructor(file, nClasses, nFeatures, prefix = "") {
    this.nClasses = nClasses;
    this.leafFeature = file.header.leaf_feature; // which no node asks for
    this.feature = file.integers(`${prefix}feature`);
    this.threshold = file.floats(`${prefix}threshold`, this.feature.length);
    this.jump = file.integers(`${prefix}jump`, this.feature.length);
    this.leaves = file.floats(`${prefix}leaves`);
    this.roots = file.integers(`${prefix}roots`);
    check(this.#isForest(nFeatures), "a tree that leads nowhere");
  }

  /**
   * Return whether each path from a root leads on and on to a leaf.
   * @type {(nFeatures: number) => boolean}
   */
  #isForest(nFeatures) {
    const { feature, jump, leafFeature, roots } = this;
    const nNodes = feature.length;
    const nLeaves = Math.floor(this.leaves.length / this.nClasses);
    for (let node = 0; node < nNodes; node++) {
      const isValid =
        feature[node] === leafFeature
          ? jump[node] < nLeaves
          : feature[node] < nFeatures && jump[node] > 0 && node + jump[node] < nNodes;
      if (!isValid) return false;
    }
    return roots.every((root) => root < nNodes);
  }

  /** @type {(row: Floats) => Float64Array} */
  predictProbabilities(row) {
    const { nClasses, leaves, roots } = this;
    const total = new Float64Array(nClasses);
    for (const root of roots) {
      const start = this.findLeaf(root, row) * nClasses;
      for (let c = 0; c < nClasses; c++) total[c] += leaves[start + c];
    }
    return total.map((sum) => sum / roots.length);
  }

  /** @type {(root: number, row: Floats) => number} */
  findLeaf(root, row) {
    const { feature, threshold, jump, leafFeature } = this;
    let node = root;
    while (feature[node] !== leafFeature)
      node += row[feature[node]] <= threshold[node] ? 1 : jump[node];
    return jump[node];
  }
}
