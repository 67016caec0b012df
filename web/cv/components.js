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
  // What has no label yet, with a margin: every pixel has eight neighbors.
  const stride = width + 2;
  const isOpen = new Uint8Array(stride * (height + 2));
  for (let y = 0, i = 0; y < height; y++)
    for (let x = 0; x < width; x++, i++) if (data[i]) isOpen[(y + 1) * stride + x + 1] = 1;
  const neighbors = Int32Array.of(
    -1,
    1,
    -stride - 1,
    -stride,
    -stride + 1,
    stride - 1,
    stride,
    stride + 1,
  );
  /** @type {Component[]} */
  const stats = [];
  /** @type {number[]} */
  const stack = [];
  /** @type {(startX: number, startY: number) => void} */
  const fill = (startX, startY) => {
    const label = stats.length + 1;
    let [left, right, top, bottom, area] = [width, -1, height, -1, 0];
    const start = (startY + 1) * stride + startX + 1;
    isOpen[start] = 0;
    stack.push(start);
    for (let i = stack.pop(); i !== undefined; i = stack.pop()) {
      const row = (i / stride) | 0;
      const [x, y] = [i - row * stride - 1, row - 1];
      labels[y * width + x] = label;
      area++;
      if (x < left) left = x;
      if (x > right) right = x;
      if (y < top) top = y;
      if (y > bottom) bottom = y;
      for (let n = 0; n < neighbors.length; n++) {
        const j = i + neighbors[n];
        if (!isOpen[j]) continue;
        isOpen[j] = 0;
        stack.push(j);
      }
    }
    stats.push({ label, area, left, top, width: right - left + 1, height: bottom - top + 1 });
  };
  for (let y = 0; y < height; y += 2)
    for (let x = 0; x < width; x += 2)
      for (let b = y; b < Math.min(y + 2, height); b++)
        for (let a = x; a < Math.min(x + 2, width); a++) {
          const i = b * width + a;
          if (data[i] && !labels[i]) fill(a, b);
        }
  return { labels: { width, height, data: labels }, stats };
}
