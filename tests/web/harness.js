// Called by the tests through Playwright.
import { BlankImageError, DigitReader } from "./siffra.js";

const TYPES = { uint8: Uint8Array, int32: Int32Array, uint32: Uint32Array, float32: Float32Array,
  float64: Float64Array };
let reader;

export async function loadModel() {
  reader = await DigitReader.load("model.bin");
  return reader.model;
}

/** Read all images of a file: a list of {width, height, channels, offset} and their bytes. */
export async function readImages(url, list) {
  const bytes = new Uint8Array(await (await fetch(url)).arrayBuffer());
  return list.map((image) => readImage(image, bytes));
}

function readImage({ width, height, channels, offset }, bytes) {
  const pixels = bytes.subarray(offset, offset + width * height * channels);
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (let i = 0; i < width * height; i++)
    for (let c = 0; c < 4; c++)
      if (channels > 1 ? c < channels : c < 3) data[4 * i + c] = pixels[i * channels + (c % channels)];
  const start = performance.now();
  try {
    const { label, unsure, guess, probabilities, isDigit, steps } = reader.read(
      new ImageData(data, width, height),
    );
    const seconds = (performance.now() - start) / 1000;
    const digit = encode(steps.at(-1).pixels).data;
    return { label, unsure, guess, probabilities: [...probabilities], isDigit, digit, seconds };
  } catch (error) {
    if (error instanceof BlankImageError) return { label: "blank" };
    throw error;
  }
}

/** Call a function of a module, or a method of a part of the reader, and return its result. */
export async function call(module, name, values) {
  const owner = module.endsWith(".js") ? await import(module) : reader[module];
  return encode(await owner[name](...values.map(decode)));
}

function decode(value) {
  if (!value?.type) return value;
  const bytes = Uint8Array.from(atob(value.data), (character) => character.charCodeAt(0));
  const data = new TYPES[value.type](bytes.buffer);
  return value.width ? { width: value.width, height: value.height, data } : data;
}

function encode(value) {
  if (ArrayBuffer.isView(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
    const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    const type = Object.keys(TYPES).find((one) => value instanceof TYPES[one]);
    return { type, data: btoa(text) };
  }
  if (value?.width && value.data) {
    const { width, height, data } = value;
    return { width, height, ...encode(data) };
  }
  if (Array.isArray(value) || value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, encode(one)]));
}
