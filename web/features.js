// As siffra/features.py: histograms of oriented gradients.
/** @import { Gray } from "./cv/image.js" */
/** @import { ModelFile } from "./model_file.js" */
import { f32 } from "./cv/image.js";

const DEGREES = 180 / Math.PI;
const RADIANS = f32(Math.PI / 180);
const EPSILON = f32(2 ** -52);
// OpenCV's polynomial for the arctangent, in degrees.
const [P1, P3, P5, P7] = [
  0.9997878412794807, -0.3258083974640975, 0.1555786518463281, -0.04432655554792128,
].map((factor) => f32(factor * DEGREES));

/**
 * Return the angle of a vector as OpenCV's cartToPolar does, from 0 to a full turn.
 * @type {(y: number, x: number) => number}
 */
export function angleOf(y, x) {
  const [dx, dy] = [Math.abs(x), Math.abs(y)];
  const ratio = f32(Math.min(dx, dy) / f32(Math.max(dx, dy) + EPSILON));
  const square = f32(ratio * ratio);
  let angle = f32(f32(P7 * square) + P5);
  angle = f32(f32(angle * square) + P3);
  angle = f32(f32(angle * square) + P1);
  angle = f32(angle * ratio);
  if (dx < dy) angle = f32(90 - angle);
  if (x < 0) angle = f32(180 - angle);
  if (y < 0) angle = f32(360 - angle);
  return f32(angle * RADIANS);
}

/** Compute the histograms of a 28 x 28 image: by orientation, row and column of the cell. */
export class GradientHistograms {
  /**
   * @param {ModelFile} file
   * @param {number} imageSize
   */
  constructor(file, imageSize) {
    this.nOrientations = file.size("features", "n_orientations");
    this.nCells = file.size("features", "n_cells");
    this.nFeatures = this.nOrientations * this.nCells ** 2;
    this.weights = file.floats("cell_weights", this.nCells * imageSize); // of rows in rows of cells
  }

  /** @type {(digit: Gray) => Float32Array} */
  transform(digit) {
    const size = digit.width * digit.height;
    const binned = this.binOrientations(digit);
    const histograms = new Float32Array(this.nFeatures);
    for (let k = 0; k < this.nOrientations; k++) {
      const layer = binned.subarray(k * size, (k + 1) * size);
      histograms.set(this.pool(layer, digit.width), k * this.nCells ** 2);
    }
    return histograms;
  }

  /**
   * Split each gradient's magnitude between the two nearest orientations.
   * @type {(digit: Gray) => Float32Array}
   */
  binOrientations({ width, height, data }) {
    const n = this.nOrientations;
    const size = width * height;
    const pixels = Float32Array.from(data, (value) => value / 255);
    /** @type {(x: number, y: number) => number} */
    const at = (x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : pixels[y * width + x]);
    const scale = f32(n / (2 * Math.PI));
    const binned = new Float32Array((n + 2) * size);
    for (let y = 0, i = 0; y < height; y++)
      for (let x = 0; x < width; x++, i++) {
        const [nw, north, ne] = [at(x - 1, y - 1), at(x, y - 1), at(x + 1, y - 1)];
        const [sw, south, se] = [at(x - 1, y + 1), at(x, y + 1), at(x + 1, y + 1)];
        // In OpenCV's order: across, then down.
        const outer = f32(f32(ne - nw) + f32(se - sw));
        const dx = f32(outer + 2 * f32(at(x + 1, y) - at(x - 1, y)));
        const above = f32(f32(nw + ne) + 2 * north);
        const dy = f32(f32(f32(sw + se) + 2 * south) - above);
        if (!dx && !dy) continue;
        const magnitude = f32(Math.sqrt(f32(f32(dx * dx) + f32(dy * dy))));
        const position = f32(angleOf(dy, dx) * scale);
        const lower = Math.trunc(position);
        const toUpper = f32(magnitude * f32(position - lower));
        binned[lower * size + i] = magnitude - toUpper;
        binned[(lower + 1) * size + i] = toUpper;
      }
    // Orientations wrap around.
    for (let i = 0; i < 2 * size; i++) binned[i] += binned[n * size + i];
    return binned;
  }

  /**
   * Return the square root of the weighted sum in each cell.
   * @type {(layer: Float32Array, side: number) => Float32Array}
   */
  pool(layer, side) {
    const { nCells, weights } = this;
    const rows = new Float64Array(nCells * side);
    for (let y = 0, i = 0; y < side; y++)
      for (let x = 0; x < side; x++, i++) {
        if (!layer[i]) continue;
        for (let cell = 0; cell < nCells; cell++)
          rows[cell * side + x] += weights[cell * side + y] * layer[i];
      }
    const cells = new Float32Array(nCells * nCells);
    for (let i = 0; i < cells.length; i++) {
      const [row, column] = [Math.floor(i / nCells) * side, (i % nCells) * side];
      let sum = 0;
      for (let x = 0; x < side; x++) sum += rows[row + x] * weights[column + x];
      cells[i] = Math.sqrt(sum);
    }
    return cells;
  }
}
