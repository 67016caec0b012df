// OpenCV's distanceTransform with DIST_L2 and DIST_MASK_5: chamfer distances.
/** @import { Floats, Mask } from "./image.js" */
import { createImage, f32 } from "./image.js";

const DIAGONAL = f32(1.4);
const KNIGHT = f32(2.1969);
const FAR = 8192; // if no pixel is 0

/**
 * Return the distance of each pixel to the nearest one of value 0.
 * @type {(mask: Mask) => Floats}
 */
export function distanceTransform({ width, height, data }) {
  const stride = width + 4;
  const distance = new Float32Array(stride * (height + 4)).fill(FAR);
  const { min } = Math;
  for (let y = 0; y < height; y++)
    for (let x = 0, i = (y + 2) * stride + 2; x < width; x++, i++) {
      if (!data[y * width + x]) {
        distance[i] = 0;
        continue;
      }
      const u = i - stride;
      const v = u - stride;
      const straight = min(distance[i - 1], distance[u]) + 1;
      const diagonal = min(distance[u - 1], distance[u + 1]) + DIAGONAL;
      const near = min(distance[u - 2], distance[u + 2]);
      const knight = min(near, distance[v - 1], distance[v + 1]) + KNIGHT;
      distance[i] = min(straight, diagonal, knight);
    }
  const result = createImage(width, height, Float32Array);
  for (let y = height - 1; y >= 0; y--)
    for (let x = width - 1, i = (y + 2) * stride + width + 1; x >= 0; x--, i--) {
      if (distance[i] > 1) {
        const u = i + stride;
        const v = u + stride;
        const straight = min(distance[i + 1], distance[u]) + 1;
        const diagonal = min(distance[u - 1], distance[u + 1]) + DIAGONAL;
        const near = min(distance[u - 2], distance[u + 2]);
        const knight = min(near, distance[v - 1], distance[v + 1]) + KNIGHT;
        distance[i] = min(distance[i], straight, diagonal, knight);
      }
      result.data[y * width + x] = distance[i];
    }
  return result;
}
