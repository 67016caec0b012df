// Photos: decoded and shown here, read in a Worker, so that the page stays responsive.

const MAX_SIDE = 2000; // pixels; larger photos are scaled down
let worker;
let lastId = 0;
const waiting = new Map(); // what to call with each answer, as several photos may be read at once

/** Decode an image file; return its pixels, and a square canvas that shows it. */
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

/** Read pixels in the Worker; return a promise of the prediction. */
export function read(pixels) {
  worker ??= startWorker();
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, pixels }, [pixels.data.buffer]);
  });
}

function startWorker() {
  const started = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  started.onmessage = ({ data: { id, prediction, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(error));
    else resolve(prediction);
  };
  started.onerror = ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
    worker = null; // the next photo starts another
  };
  return started;
}

function context(width, height) {
  const canvas = document.createElement("canvas");
  Object.assign(canvas, { width, height });
  return canvas.getContext("2d", { willReadFrequently: true });
}
