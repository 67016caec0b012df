// OpenCV's connectedComponentsWithStats, with eight neighbors.
/** @import { Box, Image } from "./image.js" */

/** @typedef {Box & {label: number, area: number}} Component */

/**
 * Label the connected components, in OpenCV's order: that of the first 2 x 2 block of each.
 * The label 0 is the background.
 * @type {(mask: Image) => {labels: Image<Int32Array>, stats: Component[]}}
 */
export function connectedComponents({ width, height, data }) {
  const labels = new Int32Array(width * height);
  /** @type {Component[]} */
  const stats = [];
  /** @type {number[]} */
  const stack = [];
  /** @type {(start: number) => void} */
  const fill = (start) => {
    const label = stats.length + 1;
    let [left, right, top, bottom, area] = [width, -1, height, -1, 0];
    labels[start] = label;
    stack.push(start);
    for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
      const y = (i / width) | 0;
      const x = i - y * width;
      area++;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
      const lastX = Math.min(x + 1, width - 1);
      const lastY = Math.min(y + 1, height - 1);
      for (let b = Math.max(0, y - 1); b <= lastY; b++)
        for (let a = Math.max(0, x - 1); a <= lastX; a++) {
          const j = b * width + a;
          if (data[j] && !labels[j]) {
            labels[j] = label;
            stack.push(j);
          }
        }
    }
    stats.push({ label, area, left, top, width: right - left + 1, height: bottom - top + 1 });
  };
  for (let y = 0; y < height; y += 2)
    for (let x = 0; x < width; x += 2)
      for (let b = y; b < Math.min(y + 2, height); b++)
        for (let a = x; a < Math.min(x + 2, width); a++) {
          const i = b * width + a;
          if (data[i] && !labels[i]) fill(i);
        }
  return { labels: { width, height, data: labels }, stats };
}
