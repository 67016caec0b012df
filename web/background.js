// Pictures are read in a Worker, so that the page stays responsive. Of those that wait, only the
// newest is read: the others are out of date.

/** @import { Example } from "./adaptation.js" */
/** @import { PenStroke } from "./numbers/strokes.js" */
/** @import { NumberPrediction, Prediction } from "./siffra.js" */
/** @typedef {NumberPrediction | Prediction} Reading */
/**
 * @typedef {object} Task
 * @property {ImageData} pixels
 * @property {readonly Example[]} examples
 * @property {?readonly PenStroke[]} strokes
 * @property {(reading: ?Reading) => void} resolve
 * @property {(error: Error) => void} reject
 */

/** @type {?Worker} */
let worker = null;
/** @type {?Task} */
let running = null;
/** @type {?Task} */
let waiting = null;
/** @type {?Blob} */
let model = null;

/** Start the Worker, which takes a moment, before there is something to read. */
export function start() {
  worker ??= startWorker();
}

/**
 * Hand over the model.
 * @param {Blob} content The content of model.bin.
 */
export function prepare(content) {
  model = content;
  if (worker) worker.postMessage({ model });
  else start();
}

/**
 * Read pixels as after examples; return what `DigitReader.readNumber` does, or `read` if the
 * model reads digits only. Without a model, and if a newer picture takes its turn, return null.
 * @param {ImageData} pixels
 * @param {readonly Example[]} examples
 * @param {?readonly PenStroke[]} strokes As `SketchPad.strokes`; null for a photo.
 * @returns {Promise<?Reading>}
 */
export function read(pixels, examples, strokes) {
  return new Promise((resolve, reject) => {
    waiting?.resolve(null);
    waiting = { pixels, examples, strokes, resolve, reject };
    if (!running) runNext();
  });
}

function runNext() {
  running = waiting;
  waiting = null;
  if (!running) return;
  if (!model) return finish()?.resolve(null);
  worker ??= startWorker();
  const { pixels, examples, strokes } = running;
  worker.postMessage({ pixels, examples, strokes });
}

/** Return the task that was running, and start the next. */
function finish() {
  const task = running;
  runNext();
  return task;
}

function startWorker() {
  const started = new Worker(new URL("worker.js", import.meta.url), { type: "module" });
  if (model) started.postMessage({ model });
  started.onmessage = ({ data: { reading, error } }) => {
    const task = finish();
    if (error) task?.reject(Object.assign(new Error(error.message), { name: error.name }));
    else task?.resolve(reading);
  };
  started.onerror = ({ message }) => {
    worker = null; // the next picture starts another
    finish()?.reject(new Error(message));
  };
  return started;
}
