/** @import { Floats, ModelFile } from "./model_file.js" */
import { check } from "./errors.js";

/** As scikit-learn's PCA: project features on their principal components. */
export class PrincipalComponents {
  /**
   * @param {ModelFile} file
   * @param {number} nFeatures
   */
  constructor(file, nFeatures) {
    this.mean = file.floats("mean", nFeatures);
    this.components = file.floats("components"); // (n_components, n_features)
    this.nComponents = this.components.length / nFeatures;
    check(Number.isInteger(this.nComponents), "components of different lengths");
  }

  /** @type {(features: Floats) => Float32Array} */
  transform(features) {
    const { mean, components } = this;
    const centered = Float64Array.from(features, (value, i) => value - mean[i]);
    const result = new Float32Array(this.nComponents);
    for (let k = 0, start = 0; k < result.length; k++, start += mean.length) {
      let sum = 0;
      for (let i = 0; i < mean.length; i++) sum += centered[i] * components[start + i];
      result[k] = sum;
    }
    return result;
  }
}
