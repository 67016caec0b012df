// Read photos outside the page's thread.
import { DigitReader } from "./siffra.js";

const reader = DigitReader.load("model.bin");

onmessage = async ({ data: { id, pixels } }) => {
  try {
    postMessage({ id, prediction: (await reader).read(pixels) });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
};
