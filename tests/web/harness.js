// Runs the reader in Node.js for the tests: see node.py. Each line of the input is a call, with
// the file that holds its arrays; each line of the output its result or error.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { BlankImageError, DigitReader } from "../../web/siffra.js";

const TYPES = {
  uint8: Uint8Array,
  int32: Int32Array,
  uint32: Uint32Array,
  float32: Float32Array,
  float64: Float64Array,
};
let reader; // as it was loaded
let adapted; // that and examples

const functions = {
  /** Load a model file, for the calls that follow if it is kept. */
  async load(bytes, isKept) {
    const loaded = await DigitReader.load(bytes);
    if (isKept) adapted = reader = loaded;
    return loaded.model;
  },
  /** Load a file, whose rest comes after the reader of digits, and read an image with both. */
  async loadInParts(first, rest, image) {
    const { readable, writable } = new TransformStream();
    const writer = writable.getWriter();
    writer.write(first);
    const loaded = [];
    const whole = await DigitReader.load(readable, (digits) => {
      loaded.push(digits);
      writer.write(rest);
      writer.close();
    });
    return [...loaded, whole].map((one) => {
      const { probabilities } = one.read(toImageData(image));
      return { hasJudge: one.judge !== null, probabilities };
    });
  },
  /** Let the reader that follows learn from examples as well, or from none. */
  adapt(examples) {
    const pairs = (one) => (Array.isArray(one) ? [toImageData(one[0]), one[1]] : one);
    adapted = reader.adapt(examples.map(pairs));
    return adapted.examples;
  },
  /** Call a method with each image, and its strokes; "blank" is the answer to a blank one. */
  read(method, images, strokes = []) {
    return images.map((image, k) => {
      try {
        return withoutSteps(adapted[method](toImageData(image), strokes[k]));
      } catch (error) {
        if (error instanceof BlankImageError) return "blank";
        throw error;
      }
    });
  },
  /** Call a function of a module, or a method of a part of the reader, for each list of values. */
  async call(module, name, calls) {
    const owner = module.endsWith(".js") ? await import(`../../web/${module}`) : reader[module];
    const results = calls.map((values) => owner[name](...values));
    return results.map((one) => (one instanceof Iterator ? [...one] : one));
  },
};

/** Return a prediction, or the one inside it, with its last step only. */
function withoutSteps({ steps, single, ...answer }) {
  const digit = steps?.at(-1).pixels;
  return { ...answer, digit, single: single && withoutSteps(single) };
}

/** Convert gray, RGB or RGBA pixels. */
function toImageData({ width, height, data, channels = 1 }) {
  if (channels === 4) return { width, height, data: new Uint8ClampedArray(data) };
  const rgba = new Uint8ClampedArray(4 * width * height).fill(255);
  const [green, blue] = channels === 3 ? [1, 2] : [0, 0];
  for (let i = 0, j = 0; i < rgba.length; i += 4, j += channels) {
    rgba[i] = data[j];
    rgba[i + 1] = data[j + green];
    rgba[i + 2] = data[j + blue];
  }
  return { width, height, data: rgba };
}

/** Replace what stands for an array, or for the constants of the reader. */
function decode(value, bytes) {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map((one) => decode(one, bytes));
  if (value.constants) return reader.constants;
  if (!value.type) {
    const entries = Object.entries(value).map(([key, one]) => [key, decode(one, bytes)]);
    return Object.fromEntries(entries);
  }
  const { type, shape, offset } = value;
  const Type = TYPES[type];
  const length = shape.reduce((product, side) => product * side, 1);
  const end = offset + length * Type.BYTES_PER_ELEMENT;
  const data = new Type(bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + end));
  const [height, width, channels] = shape;
  if (shape.length === 1) return data;
  return shape.length === 2 ? { width, height, data } : { width, height, data, channels };
}

function encode(value) {
  if (ArrayBuffer.isView(value)) {
    const type = Object.keys(TYPES).find((one) => value instanceof TYPES[one]);
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return { type, data: bytes.toString("base64") };
  }
  if (Array.isArray(value)) return value.map(encode);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, encode(one)]));
}

for await (const line of createInterface({ input: process.stdin })) {
  const { name, values, file } = JSON.parse(line);
  let answer;
  try {
    const result = await functions[name](...decode(values, readFileSync(file)));
    answer = { result: encode(result) };
  } catch (error) {
    answer = { error: `${error.name}: ${error.message}` };
  }
  console.log(JSON.stringify(answer));
}
