// Called by the tests through Playwright.
import * as photos from "./photos.js";
import { BlankImageError, DigitReader } from "./siffra.js";

const TYPES = {
  uint8: Uint8Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};
let reader;

export async function loadModel(url) {
  reader = await DigitReader.load(url);
  return reader.model;
}

/** Read all images of a file: a list of {width, height, channels, offset} and their bytes. */
export const readImages = (url, list) => readAll(url, list, readDigit);

/** Read the numbers in all images of a file. */
export const readNumbers = (url, list) => readAll(url, list, readNumber);

async function readAll(url, list, read) {
  const response = await fetch(url, { cache: "no-store" }); // it was another file before
  const bytes = new Uint8Array(await response.arrayBuffer());
  return list.map((image) => {
    const pixels = toImageData(image, bytes);
    const start = performance.now();
    try {
      const answer = read(pixels);
      return { ...answer, seconds: (performance.now() - start) / 1000 };
    } catch (error) {
      if (error instanceof BlankImageError) return { label: "blank", text: "blank" };
      throw error;
    }
  });
}

function toImageData({ width, height, channels, offset }, bytes) {
  const pixels = bytes.subarray(offset, offset + width * height * channels);
  const data = channels === 4 ? new Uint8ClampedArray(pixels) : addAlpha(pixels, channels);
  return new ImageData(data, width, height);
}

function readDigit(image) {
  const { label, unsure, guess, probabilities, isDigit, steps } = reader.read(image);
  const digit = encode(steps.at(-1).pixels).data;
  return { label, unsure, guess, probabilities: [...probabilities], isDigit, digit };
}

function readNumber(image) {
  const { text, confidence, digits } = reader.readNumber(image);
  const list = digits.map((digit) => ({ ...digit, probabilities: [...digit.probabilities] }));
  return { text, confidence, digits: list };
}

/** Decode an image file as the page does, and read it. */
export async function openPhoto(url) {
  const { pixels } = await photos.open(await (await fetch(url, { cache: "no-store" })).blob());
  const { label, unsure, probabilities } = reader.read(pixels);
  const { width, height } = pixels;
  return { width, height, label, unsure, probabilities: [...probabilities] };
}

/** Convert gray or RGB pixels to opaque RGBA. */
function addAlpha(pixels, channels) {
  const data = new Uint8ClampedArray((4 * pixels.length) / channels).fill(255);
  const [green, blue] = channels === 3 ? [1, 2] : [0, 0];
  for (let i = 0, j = 0; i < data.length; i += 4, j += channels) {
    data[i] = pixels[j];
    data[i + 1] = pixels[j + green];
    data[i + 2] = pixels[j + blue];
  }
  return data;
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
  if (Array.isArray(value)) return value.map(encode);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, encode(one)]));
}
