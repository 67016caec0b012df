// Photos: decoded, and shown on the pad.

const MAX_SIDE = 2000; // pixels; larger photos are scaled down

/**
 * Decode an image file; return its pixels, and a square canvas that shows it.
 * @param {Blob} file
 */
export async function open(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = context(width, height);
  pen.drawImage(bitmap, 0, 0, width, height);
  const side = Math.max(width, height);
  const square = context(side, side);
  square.fillStyle = "#fff";
  square.fillRect(0, 0, side, side);
  square.drawImage(bitmap, (side - width) / 2, (side - height) / 2, width, height);
  bitmap.close();
  return { pixels: pen.getImageData(0, 0, width, height), picture: square.canvas };
}

/**
 * @param {number} width
 * @param {number} height
 */
function context(width, height) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  return /** @type {CanvasRenderingContext2D} */ (pen);
}
