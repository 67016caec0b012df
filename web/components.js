/** As scikit-learn's PCA: project features on their principal components. */
export class PrincipalComponents {
  constructor(components, mean) {
    this.components = components; // (n_components, n_features)
    this.mean = mean;
  }

  transform(features) {
    const { mean, components } = this;
    const centered = Float64Array.from(features, (value, i) => value - mean[i]);
    const result = new Float32Array(components.length / mean.length);
    for (let k = 0, start = 0; k < result.length; k++, start += mean.length) {
      let sum = 0;
      for (let i = 0; i < mean.length; i++) sum += centered[i] * components[start + i];
      result[k] = sum;
    }
    return result;
  }
}
