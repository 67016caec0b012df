// model.bin, as siffra/export.py writes it: a JSON header and arrays.
import { check, ModelError } from "./errors.js";

const MAGIC = "SIFFRA\r\n";
const FORMAT = 4;
const USUAL_SIZE = 2 ** 22; // bytes, unpacked
const MAX_UNPACKED = 2 ** 26;
const OTHER_FILE = "This is not a model file. Expected model.bin of siffra export.";
const MAX_SIZE = 64; // of orientations, for example
const START = MAGIC.length + 4; // of the header, after its length
/** @type {Record<string, new (...place: any[]) => Uint16Array | Integers | Floats>} */
const TYPES = {
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
};

/** @typedef {Uint8Array | Uint16Array | Uint32Array} Integers */
/** @typedef {Float32Array | Float64Array} Floats */

export class ModelFile {
  #buffer;
  #places;

  /** @param {ArrayBuffer} buffer The unpacked content, or as much as has arrived of it. */
  constructor(buffer) {
    const { arrays, ...header } = readHeader(buffer);
    this.header = header;
    this.#buffer = buffer;
    this.#places = new Map(Object.entries(arrays ?? {}));
  }

  /**
   * Return a number of a group of the header.
   * @type {(group: string, name: string) => number}
   */
  number(group, name) {
    const value = this.header[group]?.[name];
    check(Number.isFinite(value), `no ${name} in ${group}`);
    return value;
  }

  /**
   * Return a whole number, from 1 to a few dozen.
   * @type {(group: string, name: string) => number}
   */
  size(group, name) {
    const value = this.number(group, name);
    check(
      Number.isInteger(value) && value > 0 && value <= MAX_SIZE,
      `${value} as ${name} of ${group}`,
    );
    return value;
  }

  /**
   * Return whether there is an array of this name.
   * @type {(name: string) => boolean}
   */
  has(name) {
    return this.#places.has(name);
  }

  /**
   * Return an array of integers, of this length if given.
   * @type {(name: string, length?: number) => Integers}
   */
  integers(name, length) {
    const array = this.#find(name, length);
    check(!isFloats(array), `an array ${name} of floats`);
    return array;
  }

  /**
   * Return an array of floats, of this length if given.
   * @type {(name: string, length?: number) => Floats}
   */
  floats(name, length) {
    const array = this.#find(name, length);
    check(isFloats(array), `an array ${name} of integers`);
    check(array.every(Number.isFinite), `an array ${name} of numbers that are not finite`);
    return array;
  }

  /** @type {(name: string, length?: number) => any} */
  #find(name, length) {
    check(this.has(name), `no array ${name}`);
    const array = readArray(this.#buffer, this.#places.get(name));
    const isRight = length === undefined ? array.length > 0 : array.length === length;
    check(isRight, `an array ${name} of ${array.length} numbers`);
    return array;
  }
}

/**
 * Unpack a file as it arrives. Yields the part that reads digits, as soon as it is there, and then
 * all of it.
 * @param {ReadableStream<Uint8Array<ArrayBuffer>>} packed
 * @returns {AsyncGenerator<ModelFile>}
 */
export async function* unpack(packed) {
  const chunks = packed.pipeThrough(new DecompressionStream("gzip")).getReader();
  let content = new Uint8Array(USUAL_SIZE);
  let size = 0;
  let end = 0; // of the part that reads digits, once the header is there
  let isFirst = true;
  for (let chunk = await read(chunks); chunk; chunk = await read(chunks)) {
    content = append(content, size, chunk);
    size += chunk.length;
    end ||= findDigitEnd(content.buffer, size);
    if (isFirst && end && size >= end) {
      isFirst = false;
      yield new ModelFile(content.buffer.slice(0, end));
    }
  }
  yield new ModelFile(content.buffer.slice(0, size));
}

/** @type {(chunks: ReadableStreamDefaultReader<any>) => Promise<Uint8Array | undefined>} */
async function read(chunks) {
  try {
    return (await chunks.read()).value;
  } catch (cause) {
    throw new ModelError(OTHER_FILE, { cause });
  }
}

/**
 * Return bytes with a chunk after those that are used, in more space if it is needed.
 * @type {(
 *   bytes: Uint8Array<ArrayBuffer>, size: number, chunk: Uint8Array
 * ) => Uint8Array<ArrayBuffer>}
 */
function append(bytes, size, chunk) {
  const needed = size + chunk.length;
  check(needed <= MAX_UNPACKED, `more than ${MAX_UNPACKED} bytes`);
  const isFull = needed > bytes.length;
  const space = isFull ? new Uint8Array(2 * needed) : bytes;
  if (isFull) space.set(bytes.subarray(0, size));
  space.set(chunk, size);
  return space;
}

/** @type {(buffer: ArrayBuffer, size: number) => number} */
function findDigitEnd(buffer, size) {
  if (size < START || size < START + headerLength(buffer)) return 0;
  return START + headerLength(buffer) + readHeader(buffer).digit_end;
}

/** @type {(buffer: ArrayBuffer) => number} */
const headerLength = (buffer) => new DataView(buffer).getUint32(MAGIC.length, true);

/** @type {(buffer: ArrayBuffer) => any} */
function readHeader(buffer) {
  /** @type {(start: number, size: number) => string} */
  const text = (start, size) => new TextDecoder().decode(buffer.slice(start, start + size));
  if (buffer.byteLength < START || text(0, MAGIC.length) !== MAGIC)
    throw new ModelError(OTHER_FILE);
  const header = parse(text(START, headerLength(buffer)));
  const { format } = header;
  check(format === FORMAT, `format ${format}, but this reader needs format ${FORMAT}`);
  return header;
}

/** @type {(text: string) => any} */
function parse(text) {
  let header = null;
  try {
    header = JSON.parse(text);
  } catch {
    // as if it was null
  }
  check(header !== null && typeof header === "object", "no valid header");
  return header;
}

/** @type {(buffer: ArrayBuffer, place: any) => Integers | Floats} */
function readArray(buffer, place) {
  const { type, length, offset } = place ?? {};
  const Type = Object.hasOwn(TYPES, type) ? TYPES[type] : undefined;
  check(Type !== undefined, `an array of type ${type}`);
  let values;
  try {
    values = new Type(buffer, START + headerLength(buffer) + offset, length);
  } catch {
    check(false, "an array beyond its end");
  }
  return type === "float16" ? fromHalf(/** @type {Uint16Array} */ (values)) : values;
}

/** @type {(array: unknown) => array is Floats} */
const isFloats = (array) => array instanceof Float32Array || array instanceof Float64Array;

/**
 * Convert numbers of 16 bits: not all browsers have Float16Array.
 * @type {(halves: Uint16Array) => Float32Array}
 */
function fromHalf(halves) {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < bits.length; i++)
    bits[i] = ((halves[i] & 0x8000) << 16) | ((halves[i] & 0x7fff) << 13);
  const values = new Float32Array(bits.buffer);
  // The exponent is too small by 112.
  for (let i = 0; i < values.length; i++) values[i] *= 2 ** 112;
  return values;
}
