// Pictures are read in a Worker, so that the page stays responsive.

/** @import { Example } from "./adaptation.js" */
/** @import { NumberPrediction, Prediction } from "./siffra.js" */
/** @typedef {NumberPrediction | Prediction} Reading */

/** @type {?Worker} */
let worker = null;
let lastId = 0;
/**
 * The callbacks of each answer: several pictures may be read at once.
 * @type {Map<number, {resolve: (reading: Reading) => void, reject: (error: Error) => void}>}
 */
const waiting = new Map();

/** Start the Worker, which takes a moment, before there is something to read. */
export function prepare() {
  worker ??= startWorker();
}

/**
 * Read pixels as after examples; return what `DigitReader.readNumber` does, or `read` if the
 * model reads digits only.
 * @param {ImageData} pixels
 * @param {readonly Example[]} examples
 * @returns {Promise<Reading>}
 */
export function read(pixels, examples) {
  worker ??= startWorker();
  const started = worker;
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve, reject });
    started.postMessage({ id, pixels, examples });
  });
}

function startWorker() {
  const started = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  started.onmessage = ({ data: { id, reading, error } }) => {
    const asked = waiting.get(id);
    waiting.delete(id);
    if (error) asked?.reject(new Error(error));
    else asked?.resolve(reading);
  };
  started.onerror = ({ message }) => {
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
    worker = null; // the next picture starts another
  };
  return started;
}
