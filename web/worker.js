// Read numbers outside the page's thread.
import { DigitReader } from "./siffra.js";

/** @typedef {import("./adaptation.js").Example} Example */
/** @type {Promise<DigitReader>} */
let loading;

/** @param {MessageEvent<{model?: Blob, pixels: ImageData, examples: Example[]}>} event */
onmessage = async ({ data: { model, pixels, examples } }) => {
  if (model) {
    loading = model.arrayBuffer().then((content) => DigitReader.load(content));
    return;
  }
  try {
    const reader = (await loading).adapt(examples);
    postMessage({ reading: reader.judge ? reader.readNumber(pixels) : reader.read(pixels) });
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    postMessage({ error: { name, message } });
  }
};
