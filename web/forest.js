/**
 * As scikit-learn's random forest: the mean of the trees' probabilities.
 * The nodes of all trees are in one list; the left child of a node is the next one. `jump` leads to
 * the right child, or, in a leaf, to its row of probabilities.
 */
export class RandomForest {
  constructor(nClasses, { feature, threshold, jump, leaves, roots }, leafFeature) {
    Object.assign(this, { nClasses, feature, threshold, jump, leaves, roots, leafFeature });
  }

  predictProbabilities(row) {
    const { nClasses, leaves, roots } = this;
    const total = new Float64Array(nClasses);
    for (const root of roots) {
      const start = this.findLeaf(root, row) * nClasses;
      for (let c = 0; c < nClasses; c++) total[c] += leaves[start + c];
    }
    return total.map((sum) => sum / roots.length);
  }

  findLeaf(root, row) {
    const { feature, threshold, jump, leafFeature } = this;
    let node = root;
    while (feature[node] !== leafFeature)
      node += row[feature[node]] <= threshold[node] ? 1 : jump[node];
    return jump[node];
  }
}
