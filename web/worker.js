// Read numbers outside the page's thread.
import { DigitReader } from "./siffra.js";

/** @typedef {import("./adaptation.js").Example} Example */
/** @typedef {import("./numbers/strokes.js").PenStroke} PenStroke */
/** @typedef {{model?: Blob, pixels: ImageData, examples: Example[], strokes: ?PenStroke[]}} Task */
/** @type {Promise<DigitReader>} */
let loading;

/** @param {MessageEvent<Task>} event */
onmessage = async ({ data: { model, pixels, examples, strokes } }) => {
  if (model) {
    loading = model.arrayBuffer().then((content) => DigitReader.load(content));
    return;
  }
  try {
    const reader = (await loading).adapt(examples);
    const isNumber = reader.judge !== null;
    postMessage({ reading: isNumber ? reader.readNumber(pixels, strokes) : reader.read(pixels) });
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    postMessage({ error: { name, message } });
  }
};
