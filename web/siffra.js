// Read digits in a browser, a Worker or Node.js: the Pipeline in plain JavaScript.
/** @import { Colors, Gray } from "./cv/image.js" */
/** @import { DigitBox, Foreground } from "./numbers/foreground.js" */
/** @import { NumberReader } from "./numbers/lattice.js" */
/** @import { Digit, LineReading } from "./numbers/number.js" */
/** @import { Steps } from "./preprocessing/normalization.js" */
import { certainty, readClearest } from "./alternatives.js";
import { PrincipalComponents } from "./components.js";
import { checkConstants } from "./constants.js";
import { BlankImageError, check, InvalidImageError, ModelError, TooManyError } from "./errors.js";
import { GradientHistograms } from "./features.js";
import { RandomForest } from "./forest.js";
import { ModelFile } from "./model_file.js";
import { boxOfDigits, findForeground } from "./numbers/foreground.js";
import { isOneDigit, readLines } from "./numbers/number.js";
import { checkParameters, preprocessSteps } from "./preprocessing/normalization.js";
import { KernelScores } from "./scores.js";

export { BlankImageError, InvalidImageError, ModelError };

/** @typedef {{width: number, height: number, data: Uint8ClampedArray}} Pixels RGBA bytes. */
/**
 * The result of a step. The pixels are from 0 to 255, except those of "binary", which are 0 or 1.
 * @typedef {{
 *   name: string, width: number, height: number, pixels: Uint8Array | Float32Array
 * }} Step
 */
/**
 * As `siffra.reader.Prediction`: `label` is null if unsure, `isDigit` a probability.
 * @typedef {{
 *   label: ?number, unsure: boolean, guess: number, probabilities: Float64Array, isDigit: number,
 *   steps: Step[]
 * }} Prediction
 */
/**
 * As `siffra.reader.NumberPrediction`: `label` is null if unsure, `single` is what `read` says.
 * @typedef {{
 *   label: ?string, unsure: boolean, guess: string, confidence: number, digits: Digit[],
 *   single: Prediction
 * }} NumberPrediction
 */

/** Read digits, and reject what does not look like a digit, as `siffra.DigitReader` does. */
export class DigitReader {
  /** @param {ArrayBuffer} content The content of model.bin, unpacked. */
  constructor(content) {
    const file = new ModelFile(content);
    const { classes, constants, model, preprocessing } = file.header;
    check(Array.isArray(classes) && classes.every(Number.isInteger), "no valid classes");
    this.model = model; // the repository, commit and checksum of the model
    /** @type {number[]} */
    this.classes = classes;
    const [digit, number] = ["digit", "number"].map((name) => file.number("thresholds", name));
    this.thresholds = { digit, number }; // the confidence below which there is no label
    this.constants = checkConstants(constants);
    this.preprocessing = checkParameters(preprocessing);
    this.features = new GradientHistograms(file, this.constants.normalization.IMAGE_SIZE);
    this.components = new PrincipalComponents(file, this.features.nFeatures);
    const nScores = classes.length + 1; // "not a digit" is the first
    this.scores = new KernelScores(file, this.components.nComponents, nScores);
    this.forest = new RandomForest(file, classes.length, nScores);
    // Of the segments of a number; null if the model reads single digits only.
    const { N_SIGNALS } = this.constants["numbers.signals"];
    this.judge = file.has("judge_roots") ? new RandomForest(file, 2, N_SIGNALS, "judge_") : null;
  }

  /**
   * Load a model.
   * @param {string | URL | ArrayBuffer | Uint8Array<ArrayBuffer>} source The URL of model.bin, or
   *   its content.
   * @returns {Promise<DigitReader>}
   * @throws {ModelError} If it cannot be loaded.
   */
  static async load(source) {
    const isUrl = typeof source === "string" || source instanceof URL;
    const packed = isUrl ? await download(source) : new Blob([source]);
    const reader = new DigitReader(await unpack(packed));
    for (let k = 0; k < 3; k++) reader.read(bar()); // compiles what the first stroke would wait for
    return reader;
  }

  /**
   * Read the digit in one image.
   * @param {Pixels} imageData An ImageData, for example.
   * @returns {Prediction}
   * @throws {BlankImageError} If nothing stands out from the background.
   * @throws {InvalidImageError} If the image has no pixels or too many.
   */
  read(imageData) {
    const image = this.#open(imageData);
    const alternatives = preprocessSteps(image, this.preprocessing, this.constants);
    /** @type {(steps: Steps) => Prediction} */
    const predict = (steps) => ({ ...this.predict(steps.digit), steps: listSteps(steps) });
    return readClearest(alternatives, predict, this.constants);
  }

  /**
   * Read a digit that is already preprocessed.
   * @param {Gray} digit
   * @returns {Omit<Prediction, "steps">}
   */
  predict(digit) {
    const features = this.components.transform(this.features.transform(digit));
    const scores = this.scores.transform(features);
    const probabilities = this.forest.predictProbabilities(scores);
    const isDigit = this.scores.isDigit(scores);
    const highest = Math.max(...probabilities);
    const guess = this.classes[probabilities.indexOf(highest)];
    const unsure = highest * isDigit < this.thresholds.digit;
    const label = unsure ? null : guess;
    return { label, unsure, guess, probabilities, isDigit };
  }

  /**
   * Read all digits of an image: one or several, also on several lines.
   * @param {Pixels} imageData See `read`.
   * @returns {NumberPrediction}
   * @throws {BlankImageError|InvalidImageError} See `read`.
   * @throws {ModelError} If the model cannot read numbers.
   */
  readNumber(imageData) {
    if (!this.judge) throw new ModelError("This model reads single digits only.");
    const single = this.read(imageData);
    const foreground = findForeground(this.#open(imageData), this.constants);
    const lines = foreground ? this.#readLines(foreground) : [];
    if (!foreground || !lines.length || isOneDigit(lines, single.unsure, this.constants)) {
      const { width, height } = imageData;
      return singleDigit(single, foreground ? boxOfDigits(foreground) : [0, 0, width, height]);
    }
    const guess = lines.map((line) => line.text).join("\n");
    const confidence = lines.reduce((product, line) => product * line.confidence, 1);
    const unsure = confidence < this.thresholds.number;
    const digits = lines.flatMap((line) => line.digits);
    return { label: unsure ? null : guess, unsure, guess, confidence, digits, single };
  }

  /**
   * Return the lines of text; none if there are more parts than a number has.
   * @type {(foreground: Foreground) => LineReading[]}
   */
  #readLines(foreground) {
    try {
      return readLines(/** @type {NumberReader} */ (this), foreground);
    } catch (error) {
      if (error instanceof TooManyError) return [];
      throw error;
    }
  }

  /**
   * View the bytes of each RGBA pixel as one number.
   * @type {(imageData: Pixels) => Colors}
   */
  #open({ width, height, data }) {
    const maxPixels = this.constants.grayscale.MAX_PIXELS;
    if (width * height > maxPixels || width * height < 1)
      throw new InvalidImageError(
        `Got an image of ${width} x ${height} pixels, but expected 1 to ${maxPixels}.`,
      );
    const bytes = data.byteOffset % 4 ? data.slice() : data;
    return { width, height, data: new Uint32Array(bytes.buffer, bytes.byteOffset, width * height) };
  }
}

/**
 * Return a number of one digit, of which as much is said as of the digit.
 * @type {(single: Prediction, box: DigitBox) => NumberPrediction}
 */
function singleDigit(single, box) {
  const { label, unsure, guess, probabilities } = single;
  return {
    label: label === null ? null : `${label}`,
    unsure,
    guess: `${guess}`,
    confidence: certainty(single),
    digits: [{ label: guess, probabilities, box }],
    single,
  };
}

/** @type {(url: string | URL) => Promise<Blob>} */
async function download(url) {
  const response = await fetch(url);
  if (!response.ok) throw new ModelError(`Cannot load ${url}: status ${response.status}.`);
  return response.blob();
}

/** @type {(packed: Blob) => Promise<ArrayBuffer>} */
async function unpack(packed) {
  try {
    const stream = packed.stream().pipeThrough(new DecompressionStream("gzip"));
    return await new Response(stream).arrayBuffer();
  } catch (cause) {
    throw new ModelError("This is not a model file. Expected model.bin of siffra export.", {
      cause,
    });
  }
}

/**
 * Return an image of a black bar on white.
 * @type {(side?: number) => Pixels}
 */
function bar(side = 100) {
  const data = new Uint8ClampedArray(4 * side * side);
  const pixels = new Uint32Array(data.buffer).fill(0xffffffff);
  for (let y = 20; y < 80; y++) pixels.fill(0xff000000, side * y + 45, side * y + 55);
  return { width: side, height: side, data };
}

/** @type {(steps: Steps) => Step[]} */
function listSteps(steps) {
  return Object.entries(steps).map(([name, { width, height, data }]) => ({
    name,
    width,
    height,
    pixels: data,
  }));
}
