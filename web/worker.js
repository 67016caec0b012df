// Read finished drawings and photos outside the page's thread.
import { DigitReader } from "./siffra.js";

/** @type {?Promise<DigitReader>} */
let loading = null;

/** Load the model, once; a load that failed is tried again with the next picture. */
function load() {
  loading ??= DigitReader.load("model.bin").catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/** @typedef {import("./adaptation.js").Example} Example */
/** @param {MessageEvent<{id: number, pixels: ImageData, examples: Example[]}>} event */
onmessage = async ({ data: { id, pixels, examples } }) => {
  try {
    const reader = (await load()).adapt(examples);
    const reading = reader.judge ? reader.readNumber(pixels) : reader.read(pixels);
    postMessage({ id, reading });
  } catch (error) {
    postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};
