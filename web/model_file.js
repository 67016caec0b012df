// model.bin, as `python -m siffra export` writes it: a JSON header and arrays.

const MAGIC = "SIFFRA1\n";
const TYPES = {
  float16: Uint16Array,
  float32: Float32Array,
  float64: Float64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
};

/** Unpack the content of model.bin, an ArrayBuffer, into {header, arrays}. */
export function parseModel(buffer) {
  const text = (start, size) => new TextDecoder().decode(new Uint8Array(buffer, start, size));
  if (buffer.byteLength < 12 || text(0, 8) !== MAGIC)
    throw new TypeError("Got a file that is not a model. Run python -m siffra export again.");
  const size = new DataView(buffer).getUint32(8, true);
  const { arrays: places, ...header } = JSON.parse(text(12, size));
  const arrays = {};
  for (const [name, { type, length, offset }] of Object.entries(places)) {
    const values = new TYPES[type](buffer, 12 + size + offset, length);
    arrays[name] = type === "float16" ? fromHalf(values) : values;
  }
  return { header, arrays };
}

/** Convert numbers of 16 bits: not all browsers have Float16Array. */
function fromHalf(halves) {
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < bits.length; i++)
    bits[i] = ((halves[i] & 0x8000) << 16) | ((halves[i] & 0x7fff) << 13);
  // As float32, these have an exponent that is too small by 112.
  return new Float32Array(bits.buffer).map((value) => value * 2 ** 112);
}
