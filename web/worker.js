// Read photos outside the page's thread.
import { DigitReader } from "./siffra.js";

const reader = DigitReader.load("model.bin");

onmessage = async ({ data }) => {
  try {
    postMessage((await reader).read(data));
  } catch (error) {
    postMessage({ error: error.message });
  }
};
