// Read digits in a browser, a Worker or Node.js: the Pipeline of siffra/, in plain JavaScript.
import { PrincipalComponents } from "./components.js";
import { constants, setConstants } from "./constants.js";
import { BlankImageError, InvalidImageError, TooManyError } from "./errors.js";
import { GradientHistograms } from "./features.js";
import { RandomForest } from "./forest.js";
import { parseModel } from "./model_file.js";
import { boxOfDigits, findForeground } from "./numbers/foreground.js";
import { isOneDigit, readLines } from "./numbers/number.js";
import { preprocessSteps } from "./preprocessing/normalization.js";
import { KernelScores } from "./scores.js";

export { BlankImageError, InvalidImageError };

/** Read digits, and reject what does not look like a digit, as `siffra.DigitReader` does. */
export class DigitReader {
  /** @param {ArrayBuffer} content The content of model.bin, unpacked. */
  constructor(content) {
    const { header, arrays } = parseModel(content);
    setConstants(header.constants);
    this.model = header.model; // the repository, commit and checksum of the model
    this.classes = header.classes;
    this.threshold = header.threshold;
    this.preprocessing = header.preprocessing;
    this.features = new GradientHistograms(header.features, arrays.cell_weights);
    this.components = new PrincipalComponents(arrays.components, arrays.mean);
    this.scores = new KernelScores(header.scores, arrays);
    this.forest = new RandomForest(this.classes.length, arrays, header.leaf_feature);
    // Of the segments of a number; null if the model reads single digits only.
    const judge = select(arrays, "judge_");
    this.judge = judge.roots ? new RandomForest(2, judge, header.leaf_feature) : null;
  }

  /** Load model.bin from a URL. */
  static async load(url) {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`Cannot load ${url}: status ${response.status}.`);
    const stream = response.body.pipeThrough(new DecompressionStream("gzip"));
    const reader = new DigitReader(await new Response(stream).arrayBuffer());
    for (let k = 0; k < 3; k++) reader.read(bar()); // compiles what the first stroke would wait for
    return reader;
  }

  /**
   * Read the digit in one image.
   * @param {ImageData} imageData Or any {width, height, data} with RGBA bytes.
   * @returns {{label: ?number, unsure: boolean, guess: number, probabilities: Float64Array,
   *   isDigit: number, steps: {name, width, height, pixels}[]}} As `siffra.reader.Prediction`.
   *   The pixels of the steps are from 0 to 255, except those of "binary", which are 0 or 1.
   * @throws {BlankImageError} If nothing stands out from the background.
   * @throws {InvalidImageError} If the image has no pixels or too many.
   */
  read(imageData) {
    const steps = preprocessSteps(asImage(imageData), this.preprocessing);
    const features = this.components.transform(this.features.transform(steps.digit));
    const scores = this.scores.transform(features);
    const probabilities = this.forest.predictProbabilities(scores);
    const isDigit = this.scores.isDigit(scores);
    const highest = Math.max(...probabilities);
    const guess = this.classes[probabilities.indexOf(highest)];
    const unsure = highest * isDigit < this.threshold;
    const label = unsure ? null : guess;
    return { label, unsure, guess, probabilities, isDigit, steps: listSteps(steps) };
  }

  /**
   * Read all digits of an image: one or several, also on several lines.
   * @param {ImageData} imageData See `read`.
   * @returns {{text: string, confidence: number, digits: {label: number,
   *   probabilities: Float64Array, box: number[]}[]}} As `pipeline.NumberPrediction`. A box is left,
   *   top, width and height, in pixels.
   * @throws {BlankImageError|InvalidImageError} See `read`.
   * @throws {TypeError} If the model cannot read numbers.
   */
  readNumber(imageData) {
    if (!this.judge) throw new TypeError("This model reads single digits only.");
    const single = this.read(imageData);
    const foreground = findForeground(asImage(imageData));
    const lines = foreground ? this.readLines(foreground) : [];
    if (!lines.length || isOneDigit(lines, single.unsure)) {
      const { guess, probabilities, isDigit } = single;
      const { width, height } = imageData;
      const box = foreground ? boxOfDigits(foreground) : [0, 0, width, height];
      const confidence = Math.max(...probabilities) * isDigit;
      return { text: `${guess}`, confidence, digits: [{ label: guess, probabilities, box }] };
    }
    return {
      text: lines.map((line) => line.text).join("\n"),
      confidence: lines.reduce((product, line) => product * line.confidence, 1),
      digits: lines.flatMap((line) => line.digits),
    };
  }

  /** Return the lines of text; none if there are more parts than a number has. */
  readLines(foreground) {
    try {
      return readLines(this, foreground);
    } catch (error) {
      if (error instanceof TooManyError) return [];
      throw error;
    }
  }
}

/** Return the arrays whose names start with a prefix, without it. */
function select(arrays, prefix) {
  const names = Object.keys(arrays).filter((name) => name.startsWith(prefix));
  return Object.fromEntries(names.map((name) => [name.slice(prefix.length), arrays[name]]));
}

/** Return an image of a black bar on white. */
function bar(side = 100) {
  const data = new Uint8ClampedArray(4 * side * side);
  const pixels = new Uint32Array(data.buffer).fill(0xffffffff);
  for (let y = 20; y < 80; y++) pixels.fill(0xff000000, side * y + 45, side * y + 55);
  return { width: side, height: side, data };
}

/** View the bytes of each RGBA pixel as one number. */
function asImage({ width, height, data }) {
  const maxPixels = constants.grayscale.MAX_PIXELS;
  if (width * height > maxPixels || width * height < 1)
    throw new InvalidImageError(
      `Got an image of ${width} x ${height} pixels, but expected 1 to ${maxPixels}.`,
    );
  const bytes = data.byteOffset % 4 ? data.slice() : data;
  return { width, height, data: new Uint32Array(bytes.buffer, bytes.byteOffset, width * height) };
}

function listSteps(steps) {
  return Object.entries(steps).map(([name, { width, height, data }]) => ({
    name,
    width,
    height,
    pixels: data,
  }));
}
