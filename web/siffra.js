// Read digits in a browser, a Worker or Node.js: the Pipeline of pipeline/, in plain JavaScript.
import { PrincipalComponents } from "./components.js";
import { constants, setConstants } from "./constants.js";
import { BlankImageError, InvalidImageError } from "./errors.js";
import { GradientHistograms } from "./features.js";
import { RandomForest } from "./forest.js";
import { parseModel } from "./model_file.js";
import { preprocessSteps } from "./preprocessing/normalization.js";
import { KernelScores } from "./scores.js";

export { BlankImageError, InvalidImageError };

/** Read digits, and reject what does not look like a digit, as `pipeline.DigitReader` does. */
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
   *   isDigit: number, steps: {name, width, height, pixels}[]}} As `pipeline.reader.Prediction`.
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
