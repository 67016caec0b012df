/** @import { Floats, ModelFile } from "./model_file.js" */
import { check } from "./errors.js";

// Nodes of all trees that a row goes through at most, as in siffra/model_folder/checks.py: trees of
// which 1,000 have a depth of 8,000 in all.
const MAX_VISITED = 9000;

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
   * Return whether each path from a root leads on and on to a leaf, and soon.
   * @type {(nFeatures: number) => boolean}
   */
  #isForest(nFeatures) {
    const { feature, jump, leafFeature, roots } = this;
    const nNodes = feature.length;
    const nLeaves = Math.floor(this.leaves.length / this.nClasses);
    const depths = new Uint32Array(nNodes); // below each node
    for (let node = nNodes - 1; node >= 0; node--) {
      if (feature[node] === leafFeature) {
        if (jump[node] >= nLeaves) return false;
        continue;
      }
      const right = node + jump[node];
      if (feature[node] >= nFeatures || right === node || right >= nNodes) return false;
      depths[node] = 1 + Math.max(depths[node + 1], depths[right]);
    }
    let nVisited = 0;
    for (const root of roots) nVisited += root < nNodes ? depths[root] + 1 : Infinity;
    return nVisited <= MAX_VISITED;
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
