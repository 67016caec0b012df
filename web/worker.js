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

/** @param {MessageEvent<{id: number, pixels: ImageData}>} event */
onmessage = async ({ data: { id, pixels } }) => {
  try {
    const reader = await load();
    const reading = reader.judge ? readNumber(reader, pixels) : reader.read(pixels);
    postMessage({ id, reading });
  } catch (error) {
    postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};

// Until readNumber returns all of this itself.
function readNumber(reader, pixels) {
  const number = reader.readNumber(pixels);
  if (number.single) return number;
  const { text: guess, confidence, digits } = number;
  const unsure = confidence < 0.93;
  const label = unsure ? null : guess;
  return { label, unsure, guess, confidence, digits, single: reader.read(pixels) };
}
