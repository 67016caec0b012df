// Drawings as short texts, for links and for the browser's store.
/** @import { DrawnStroke, Point } from "./pad.js" */

const UNITS = 1000; // to the side of the pad
const MIN_STEP = 8; // units between two points that are kept
const MAX_LENGTH = 20_000; // characters

/**
 * Return strokes as text of letters, digits, "-" and "_". Points closer than the eye can tell are
 * left out.
 * @param {DrawnStroke[]} strokes
 */
export function encode(strokes) {
  const bytes = strokes.flatMap(({ points, isEraser }) => {
    const kept = thin(points.map(([x, y]) => [Math.round(x * UNITS), Math.round(y * UNITS)]));
    const steps = kept.flatMap(([x, y], k) => {
      const [fromX, fromY] = kept[k - 1] ?? [0, 0];
      return [...pack(x - fromX), ...pack(y - fromY)];
    });
    return [...packNatural(2 * kept.length + Number(isEraser)), ...steps];
  });
  const text = bytes.map((byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/**
 * Return the strokes of a text; none if it is not one of `encode`.
 * @param {string} text
 * @returns {DrawnStroke[]}
 */
export function decode(text) {
  if (text.length > MAX_LENGTH || !/^[\w-]+$/.test(text)) return [];
  try {
    const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return [...unpackStrokes(unpack(binary))];
  } catch {
    return []; // cut off, or made up
  }
}

/**
 * @param {Iterator<number, never>} numbers
 * @returns {Generator<DrawnStroke>}
 */
function* unpackStrokes(numbers) {
  for (;;) {
    const { value: head, done } = numbers.next();
    if (done) return;
    let [x, y] = [0, 0];
    const points = Array.from({ length: head >> 1 }, () => {
      x += unsign(take(numbers));
      y += unsign(take(numbers));
      return /** @type {Point} */ ([x / UNITS, y / UNITS]);
    });
    if (points.length) yield { points, isEraser: head % 2 === 1 };
  }
}

/** @param {Iterator<number, never>} numbers */
function take(numbers) {
  const { value, done } = numbers.next();
  if (done) throw new RangeError("Got a drawing that is cut off.");
  return value;
}

/** @param {number[][]} points */
function thin(points) {
  return points.reduce((kept, point, k) => {
    const last = kept.at(-1);
    const isFar = !last || Math.hypot(point[0] - last[0], point[1] - last[1]) >= MIN_STEP;
    return isFar || k === points.length - 1 ? [...kept, point] : kept;
  }, /** @type {number[][]} */ ([]));
}

/** @param {number} value An integer. */
const pack = (value) => packNatural(value < 0 ? -2 * value - 1 : 2 * value);

/** @param {number} value As `pack` takes it. */
const unsign = (value) => (value % 2 ? -(value + 1) / 2 : value / 2);

/**
 * Return bytes of seven bits, the lowest first; all but the last have the eighth set.
 * @param {number} value At least 0.
 * @returns {number[]}
 */
function packNatural(value) {
  return value < 128 ? [value] : [(value % 128) + 128, ...packNatural(value >> 7)];
}

/**
 * @param {string} binary
 * @returns {Generator<number, never>}
 */
function* unpack(binary) {
  let [value, shift] = [0, 0];
  for (const letter of binary) {
    const byte = letter.charCodeAt(0);
    value += (byte % 128) * 2 ** shift;
    shift = byte < 128 ? 0 : shift + 7;
    if (!shift) {
      yield value;
      value = 0;
    }
    if (shift > 21) break; // larger than any number of a drawing
  }
  return /** @type {never} */ (undefined);
}
