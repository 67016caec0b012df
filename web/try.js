// A pen that shows what to do, and three things to try.
/** @import { DrawnStroke, Point } from "./pad.js" */
import { decode } from "./strokes.js";

const SPEED = 0.09; // points a millisecond
const CHIPS = `<span data-text="try"></span>
<button type="button" data-try="digit" data-text="a_digit"></button>
<button type="button" data-try="number" data-text="a_number"></button>
<button type="button" data-try="page" data-text="page"></button>`;
const DIGIT = decode(
  "fPAF8AMcABoAHAAcABwAGgAcABwAGgAcABwAHAAaABwAHAAaABwAHAAcABoAHAAJGgkaBxoJGgkaCRoJGgcaCRoJGgkaCRoHGgkaCRoJGgkaBxoJGgkaCRoJGgcaCRoJHAkaCRoHGgkaCRoJGgkaBxoJGgkaCRoJGgcaCRoJGg",
);
const NUMBER = decode(
  "hAHWAboGBA8GDQYNBgsIDQoJCgsKCQoHDAUMBQwFDAEMAQwBDAIMAgoEDAQKCAoGCAoICggKBgwGDAQOBA4CDgAQAA4AEAMOARAFDgUOBQwHDgcMDxQPFg8UDxQPFhEUDxYPFA8UDxYPFA8UDxYPFA8WERQcABwAHAAcABwAHAAcABwAHAAcAIgBpAa0BRQEFA4SEgYOCA4GEAYSBhQEEgQWAhYCGAIYARgAGgEYARoDGAMYBRgDGAcWBRgHFAcUCRIHEAkQCQ4LCgkKFQ4TBhUBEwkREQcLBQ0HDwUPBREDEwMTAxUAFwEVABkAFwIXABkEFwQZBBcGFwYVBhcIEwgTChEIEwoNCg8KCQoLFg8WBxQAhAHaCLoGBA8GDQYNBgsIDQoJCgsKCQoHDAUMBQwFDAEMAQwBDAIMAgoEDAQKCAoGCAoICggKBgwGDAQOBA4CDgAQAA4AEAMOARAFDgUOBQwHDgcMDxQPFg8UDxQPFhEUDxYPFA8UDxYPFA8UDxYPFA8WERQcABwAHAAcABwAHAAcABwAHAAcAHrsDbwFDxAPEg0SDxINFAsUDRYLFA0UCRgLFgkYCxYJGAUYBRgFGAUWBRgFGAMYAhkEGQgXDBcMExAREA0SCxIFEgMSAhIGEAoODgwQChQGFgYaABgBGgMaBxoJGAsUDRQPDhEMEQgRBBEAEQMPCQ0LDQ8JEwcVAxcBGQAZ",
);
const PAGE = new URL("page.jpg", import.meta.url);

/**
 * Fill an element with things to try.
 * @param {HTMLElement} root
 * @param {(strokes: DrawnStroke[]) => void} write
 * @param {(file: Blob) => void} open
 */
export function addThingsToTry(root, write, open) {
  root.innerHTML = CHIPS;
  const find = (/** @type {string} */ name) =>
    /** @type {HTMLButtonElement} */ (root.querySelector(`[data-try=${name}]`));
  find("digit").onclick = () => write(DIGIT);
  find("number").onclick = () => write(NUMBER);
  find("page").onclick = async () => open(await (await fetch(PAGE)).blob());
}

/** The strokes of a number that a visitor could write. */
export const example = () => NUMBER;

/**
 * Show strokes as a pen writes them, more with each frame; at once where less motion is wanted.
 * @param {DrawnStroke[]} strokes
 * @param {(points: Point[][]) => boolean} show Shows those so far; returns whether to go on.
 */
export async function play(strokes, show) {
  const all = strokes.map(({ points }) => points);
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const start = performance.now();
  for (let n = 0; !isStill && n < all.flat().length;) {
    const now = await new Promise(requestAnimationFrame);
    n = Math.max(1, Math.round((now - start) * SPEED));
    let left = n;
    const written = all.map((points) => {
      const part = points.slice(0, Math.max(0, left));
      left -= points.length;
      return part;
    });
    if (!show(written.filter((points) => points.length))) return;
  }
  show(all);
}
