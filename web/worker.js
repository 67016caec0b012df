// Read photos and numbers outside the page's thread.
import { DigitReader } from "./siffra.js";

// What is no digit may be this number: it is likelier right than wrong.
const MIN_NUMBER_CONFIDENCE = 0.5;

const loading = DigitReader.load("model.bin");

onmessage = async ({ data: { id, pixels } }) => {
  try {
    postMessage({ id, answer: read(await loading, pixels) });
  } catch (error) {
    postMessage({ id, error: error.message });
  }
};

/** Return the prediction, and the number if the digit is unsure and the number likely. */
function read(reader, pixels) {
  const prediction = reader.read(pixels);
  const number = prediction.unsure && reader.judge ? reader.readNumber(pixels) : null;
  const isShown = number?.digits.length > 1 && number.confidence >= MIN_NUMBER_CONFIDENCE;
  return { prediction, number: isShown ? number : null };
}
