// OpenCV's warpAffine with INTER_LINEAR, and moments.
/** @import { Floats, Image } from "./image.js" */
import { createImage, f32 } from "./image.js";

/**
 * Return the image moments up to the second order that the Pipeline needs.
 * @type {(image: Image) => {x: number, y: number, mu11: number, mu02: number}}
 */
export function computeMoments({ width, height, data }) {
  let [m00, m10, m01, m11, m02] = [0, 0, 0, 0, 0];
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) {
      const value = data[i];
      if (!value) continue;
      m00 += value;
      m10 += x * value;
      m01 += y * value;
      m11 += x * y * value;
      m02 += y * y * value;
    }
  const x = m00 ? m10 / m00 : 0;
  const y = m00 ? m01 / m00 : 0;
  return { x, y, mu11: m11 - m10 * y, mu02: m02 - m01 * y };
}

/**
 * Move floats by x' = a x + b y + c, y' = e y + f into a square; pixels outside are 0.
 * Coordinates and interpolation are in single precision, as in OpenCV 5.
 * @type {(image: Floats, matrix: number[], side: number) => Floats}
 */
export function warpAffine(image, [a, b, c, e, f], side) {
  const { width, height, data } = image;
  const result = createImage(side, side, Float32Array);
  const determinant = 1 / (a * e);
  const [ia, ib, ie] = [e * determinant, -b * determinant, a * determinant];
  const [ic, jf] = [f32(-ia * c - ib * f), f32(-ie * f)];
  const [A, B, E] = [f32(ia), f32(ib), f32(ie)];
  /** @type {(x: number, y: number) => number} */
  const at = (x, y) => (x < 0 || y < 0 || x >= width || y >= height ? 0 : data[y * width + x]);
  for (let y = 0; y < side; y++) {
    const start = f32(f32(y * B) + ic);
    const sourceY = f32(f32(y * E) + jf);
    const top = Math.floor(sourceY);
    const v = f32(sourceY - top);
    if (top < -1 || top >= height) continue;
    for (let x = 0; x < side; x++) {
      const sourceX = f32(x * A + start);
      const left = Math.floor(sourceX);
      if (left < -1 || left >= width) continue;
      const u = f32(sourceX - left);
      const [p, q] = [at(left, top), at(left, top + 1)];
      const upper = f32(p + u * f32(at(left + 1, top) - p));
      const lower = f32(q + u * f32(at(left + 1, top + 1) - q));
      result.data[y * side + x] = upper + v * f32(lower - upper);
    }
  }
  return result;
}
