// index.html?check: read the examples on this device, and compare with what Python has read.
import * as photos from "./photos.js";

const TOLERANCE = 0.02; // of a probability: not every browser decodes a JPEG to the same pixels

/**
 * Return how many examples there are, which are read differently, and the median time.
 * @param {import("./siffra.js").DigitReader} reader
 */
export async function check(reader) {
  const expected = Object.entries(await (await load("expected.json")).json());
  const different = [];
  const times = [];
  for (const [name, { label, probabilities }] of expected) {
    const { pixels } = await photos.open(await (await load(name)).blob());
    const start = performance.now();
    const found = reader.read(pixels);
    times.push(performance.now() - start);
    const distances = found.probabilities.map((share, digit) =>
      Math.abs(share - probabilities[digit]),
    );
    if (found.label !== label || Math.max(...distances) > TOLERANCE) different.push(name);
  }
  const time = times.sort((a, b) => a - b)[times.length >> 1];
  return { n: expected.length, different, time };
}

/** @param {string} name */
async function load(name) {
  const response = await fetch(`check/${name}`);
  if (!response.ok) throw new Error(`Cannot load ${name}: status ${response.status}.`);
  return response;
}
