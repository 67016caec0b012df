// Read digits in a browser, a Worker or Node.js: the Pipeline in plain JavaScript.
/** @import { Adaptation, Example, Known } from "./adaptation.js" */
/** @import { Colors, Gray } from "./cv/image.js" */
/** @import { ModelFile } from "./model_file.js" */
/** @import { DigitBox, Foreground } from "./numbers/foreground.js" */
/** @import { NumberReader } from "./numbers/lattice.js" */
/** @import { Digit, LineReading, Mark } from "./numbers/number.js" */
/** @import { PenStroke } from "./numbers/strokes.js" */
/** @import { Steps } from "./preprocessing/normalization.js" */
import {
  adaptScores,
  checkExamples,
  decodePixels,
  encodePixels,
  fit,
  similarityToExamples,
} from "./adaptation.js";
import { certainty, readClearest } from "./alternatives.js";
import { PrincipalComponents } from "./components.js";
import { checkConstants } from "./constants.js";
import {
  BlankImageError,
  check,
  DataError,
  InvalidImageError,
  ModelError,
  TooManyError,
} from "./errors.js";
import { GradientHistograms } from "./features.js";
import { RandomForest } from "./forest.js";
import { unpack } from "./model_file.js";
import { boxOfDigits, findForeground } from "./numbers/foreground.js";
import { UNREAD } from "./numbers/kinds.js";
import { isOneDigit, readLines } from "./numbers/number.js";
import { checkStrokes } from "./numbers/strokes.js";
import { checkParameters, preprocessSteps } from "./preprocessing/normalization.js";
import { KernelScores } from "./scores.js";

export { BlankImageError, DataError, InvalidImageError, ModelError };

/**
 * An ImageData, for example: `data` has four bytes for each pixel, red, green, blue and alpha.
 * @typedef {{width: number, height: number, data: Uint8ClampedArray | Uint8Array}} Pixels
 */
/**
 * The result of a step. The pixels are from 0 to 255, except those of "binary", which are 0 or 1.
 * @typedef {{
 *   name: string, width: number, height: number, pixels: Uint8Array | Float32Array
 * }} Step
 */
/**
 * As `siffra.Prediction`: `label` is null if unsure, `isDigit` a probability.
 * @typedef {{
 *   label: ?number, unsure: boolean, guess: number, probabilities: Float64Array, isDigit: number,
 *   steps: Step[]
 * }} Prediction
 */
/**
 * As `siffra.NumberPrediction`: `label` is null if unsure, `single` is what `read` says.
 * @typedef {{
 *   label: ?string, unsure: boolean, guess: string, confidence: number, digits: Digit[],
 *   single: Prediction, marks: Mark[]
 * }} NumberPrediction
 */

/** Read digits, and reject what does not look like a digit, as `siffra.DigitReader` does. */
export class DigitReader {
  /** @param {ModelFile} file Or the part of it that reads digits. */
  constructor(file) {
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
    /**
     * Of the segments of a number; null if this reads single digits only.
     * @type {?RandomForest}
     */
    this.judge = null;
    /** @type {readonly Example[]} */
    this.examples = []; // see adapt
    /** @type {?Adaptation} */
    this.adaptation = null;
    /** @type {Map<string, {row: Float32Array, scores: Float32Array}>} */
    this.known = new Map(); // what is computed once for the pixels of an example
  }

  /**
   * Load a model.
   * @param {string | URL | ArrayBuffer | Uint8Array<ArrayBuffer>
   *   | ReadableStream<Uint8Array<ArrayBuffer>>} source The URL of model.bin, its path in Node.js,
   *   or its content.
   * @param {(reader: DigitReader) => void} [onDigits] Called with a reader of single digits as soon
   *   as enough has arrived for that.
   * @returns {Promise<DigitReader>}
   * @throws {ModelError} If it cannot be loaded.
   */
  static async load(source, onDigits) {
    const isUrl = typeof source === "string" || source instanceof URL;
    const { body } = isUrl ? await fetchFile(source) : new Response(source);
    let reader;
    for await (const file of unpack(/** @type {any} */ (body))) {
      if (reader) return withJudge(reader, file);
      reader = new DigitReader(file);
      await new Promise((resolve) => setTimeout(resolve)); // the page stays responsive
      reader.read(bar()); // compiles what the first stroke would wait for
      onDigits?.(reader);
    }
    throw new ModelError("The model file ends before its trees.");
  }

  /**
   * Return a reader that has also learned from drawings that a visitor corrected.
   * @param {Iterable<Example | [Pixels, number]>} examples Pairs of an image, as for `read`, and the
   *   digit that it shows; or plain data, as `examples` of a reader. The oldest come first.
   * @returns {DigitReader} With these examples after those of this reader, which stays as it is. Of
   *   more than `MAX_EXAMPLES`, the oldest are forgotten.
   * @throws {DataError} If they are anything else.
   * @throws {BlankImageError|InvalidImageError} See `read`.
   */
  adapt(examples) {
    const added = [...examples].map((one) => (Array.isArray(one) ? toExample(this, one) : one));
    const all = checkExamples([...this.examples, ...added], this.constants);
    const known = recall(this, all);
    const adaptation = all.length ? fit(known, this.scores.gamma, this.constants) : null;
    return copy(this, { examples: Object.freeze(all), adaptation });
  }

  /**
   * Read the digit in one image.
   * @param {Pixels} imageData An ImageData, for example.
   * @returns {Prediction}
   * @throws {BlankImageError} If nothing stands out from the background.
   * @throws {InvalidImageError} If the image has no pixels or too many, or is not RGBA.
   */
  read(imageData) {
    const image = open(this, imageData);
    const alternatives = preprocessSteps(image, this.preprocessing, this.constants);
    /** @type {(steps: Steps) => Prediction} */
    const predict = (steps) => ({ ...this.predict(steps.digit), steps: listSteps(steps) });
    return readClearest(alternatives, predict, this.constants);
  }

  /**
   * Read a digit that is already preprocessed.
   * @param {Gray} digit The last of the steps of `read`, or pixels of a digit of `readNumber`.
   * @returns {Omit<Prediction, "steps">}
   */
  predict(digit) {
    const scores = this.score(this.extract(digit));
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
   * @param {?readonly PenStroke[]} [strokes] How the number was drawn, if that is known: for each
   *   stroke of the pen its points [x, y], in the image's pixels and in the order drawn. They tell
   *   which ink belongs together where digits touch or cross.
   * @returns {NumberPrediction}
   * @throws {BlankImageError|InvalidImageError} See `read`.
   * @throws {DataError} If the strokes are anything else, not finite, or too many.
   * @throws {ModelError} If the model cannot read numbers.
   */
  readNumber(imageData, strokes) {
    if (!this.judge) throw new ModelError("This model reads single digits only.");
    if (strokes) checkStrokes(strokes, this.constants);
    const single = this.read(imageData);
    const foreground = findForeground(open(this, imageData), this.constants);
    const lines = foreground
      ? findLines(/** @type {NumberReader} */ (this), foreground, strokes)
      : [];
    if (!foreground || !lines.length || isOneDigit(lines, single.unsure, this.constants)) {
      const { width, height } = imageData;
      return singleDigit(single, foreground ? boxOfDigits(foreground) : [0, 0, width, height]);
    }
    const guess = lines.map((line) => line.text).join("\n");
    const digits = lines.flatMap((line) => line.digits);
    const isOther = digits.length > 1 || digits[0].label !== single.label;
    const { DISAGREEMENT } = this.constants.reader;
    const certain = lines.reduce((product, line) => product * line.confidence, 1);
    const confidence = !single.unsure && isOther ? certain * DISAGREEMENT : certain;
    const unsure = confidence < this.thresholds.number || guess.includes(UNREAD);
    const marks = lines.flatMap((line) => line.marks);
    return { label: unsure ? null : guess, unsure, guess, confidence, digits, single, marks };
  }

  /**
   * Return the components of a preprocessed image.
   * @type {(digit: Gray) => Float32Array}
   */
  extract(digit) {
    return this.components.transform(this.features.transform(digit));
  }

  /**
   * Return what the forest reads of an image with these components, whose scores may be known.
   * @type {(row: Float32Array, scores?: Float32Array) => Float32Array}
   */
  score(row, scores = this.scores.transform(row)) {
    if (!this.adaptation) return scores;
    return adaptScores(this.adaptation, scores, similarityToExamples(this.adaptation, row));
  }
}

/** @type {(reader: DigitReader, changes: Partial<DigitReader>) => DigitReader} */
const copy = (reader, changes) =>
  Object.assign(Object.create(DigitReader.prototype), reader, changes);

/**
 * Return a reader that also reads numbers, if the file has a judge of their segments.
 * @type {(reader: DigitReader, file: ModelFile) => DigitReader}
 */
function withJudge(reader, file) {
  if (!file.has("judge_roots")) return reader;
  const { N_SIGNALS } = reader.constants["numbers.signals"];
  const { N_KINDS } = reader.constants["numbers.kinds"];
  return copy(reader, { judge: new RandomForest(file, N_KINDS, N_SIGNALS, "judge_") });
}

/** @type {(reader: DigitReader, pair: [Pixels, number]) => Example} */
function toExample(reader, [image, digit]) {
  const { steps } = reader.read(image);
  return { digit, pixels: encodePixels(steps[steps.length - 1].pixels) };
}

/**
 * Return the components and scores of examples, which are computed for new ones only.
 * @type {(reader: DigitReader, examples: Example[]) => Known[]}
 */
function recall(reader, examples) {
  const { constants, known, scores } = reader;
  const fresh = examples.filter(({ pixels }) => !known.has(pixels));
  const { SIDE, MAX_EXAMPLES } = constants.adaptation;
  const rows = fresh.map(({ pixels }) =>
    reader.extract({ width: SIDE, height: SIDE, data: decodePixels(pixels) }),
  );
  scores.similarities(rows).forEach((similarity, k) => {
    known.set(fresh[k].pixels, { row: rows[k], scores: scores.scoreSimilarity(similarity) });
  });
  const found = examples.map(({ digit, pixels }) => {
    const one = /** @type {{row: Float32Array, scores: Float32Array}} */ (known.get(pixels));
    return { ...one, digit };
  });
  // Twice as many: what was forgotten may come back.
  for (const pixels of known.keys()) if (known.size > 2 * MAX_EXAMPLES) known.delete(pixels);
  return found;
}

/**
 * Return the lines of text; none if there are more parts than a number has.
 * @type {(
 *   reader: NumberReader, foreground: Foreground, strokes?: ?readonly PenStroke[]
 * ) => LineReading[]}
 */
function findLines(reader, foreground, strokes) {
  try {
    return readLines(reader, foreground, strokes ?? undefined);
  } catch (error) {
    if (error instanceof TooManyError) return [];
    throw error;
  }
}

/**
 * View the bytes of each RGBA pixel as one number.
 * @type {(reader: DigitReader, imageData: Pixels) => Colors}
 */
function open({ constants }, { width, height, data }) {
  const maxPixels = constants.grayscale.MAX_PIXELS;
  if (width * height > maxPixels || width * height < 1)
    throw new InvalidImageError(
      `Got an image of ${width} x ${height} pixels, but expected 1 to ${maxPixels}.`,
    );
  const isBytes = data instanceof Uint8ClampedArray || data instanceof Uint8Array;
  if (!isBytes || data.length !== 4 * width * height)
    throw new InvalidImageError(
      `Got ${data?.length} values for ${width} x ${height} pixels, but expected four bytes for ` +
        "each pixel: red, green, blue and alpha.",
    );
  const bytes = data.byteOffset % 4 ? data.slice() : data;
  return { width, height, data: new Uint32Array(bytes.buffer, bytes.byteOffset, width * height) };
}

/**
 * Return a number of one digit, of which as much is said as of the digit.
 * @type {(single: Prediction, box: DigitBox) => NumberPrediction}
 */
function singleDigit(single, box) {
  const { label, unsure, guess, probabilities, steps } = single;
  const pixels = /** @type {Uint8Array} */ (steps[steps.length - 1].pixels);
  return {
    label: label === null ? null : `${label}`,
    unsure,
    guess: `${guess}`,
    confidence: certainty(single),
    digits: [{ label: guess, probabilities, box, pixels }],
    single,
    marks: [],
  };
}

/**
 * Download a file; in Node.js, read it if its name is a path or a URL with file:.
 * @type {(source: string | URL) => Promise<Response>}
 */
async function fetchFile(source) {
  // Not imported: bundlers for pages have no such module.
  const { process } = /** @type {any} */ (globalThis);
  const files = process?.getBuiltinModule?.("node:fs/promises");
  const [, scheme] = /^(\w{2,}):/.exec(`${source}`) ?? []; // one letter is a disk of Windows
  if (files && (!scheme || scheme === "file")) {
    try {
      return new Response(await files.readFile(scheme ? new URL(source) : source));
    } catch (cause) {
      throw new ModelError(`Cannot load ${source}: there is no such file.`, { cause });
    }
  }
  const response = await fetch(source);
  if (!response.ok) throw new ModelError(`Cannot load ${source}: status ${response.status}.`);
  return response;
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
