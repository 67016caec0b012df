// Pictures are read in a Worker, so that the page stays responsive.

let worker;
let lastId = 0;
const waiting = new Map(); // what to call with each answer, as several pictures may be read at once

/** Start the Worker, which takes a moment, before there is something to read. */
export function prepare() {
  worker ??= startWorker();
}

/** Read pixels, which are handed over; return a promise of what `DigitReader.readNumber` returns. */
export function read(pixels) {
  prepare();
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    worker.postMessage({ id, pixels }, [pixels.data.buffer]);
  });
}

function startWorker() {
  const started = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  started.onmessage = ({ data: { id, reading, error } }) => {
    const { resolve, reject } = waiting.get(id);
    waiting.delete(id);
    if (error) reject(new Error(error));
    else resolve(reading);
  };
  started.onerror = ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
    worker = null; // the next picture starts another
  };
  return started;
}
