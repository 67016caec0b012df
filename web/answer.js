// The answer: a digit or a number, a sentence, ten bars, and what the model sees.
/** @import { Learning } from "./learning.js" */
/** @import { DigitReader } from "./siffra.js" */
/** @import { ReadDigit } from "./bars.js" */
/** @import { Mark } from "./numbers/number.js" */
import { decodePixels, encodePixels } from "./adaptation.js";
import { Bars } from "./bars.js";
import { Boxes } from "./boxes.js";
import { openDialog } from "./dialog.js";
import { weighInk } from "./explanation.js";
import { Learned } from "./learned.js";
import { drawStep, Steps } from "./steps.js";
import { onLanguageChange, percent, text } from "./texts.js";
import { drawWhy } from "./why.js";

const SETTLED = 700; // ms without another answer, after which a screen reader speaks this one
const PARTS = `<p class="digit" aria-hidden="true"></p>
<div class="seen"></div>
<button class="copy" type="button" data-text="copy"></button>
<p class="message"></p>
<button class="why" type="button" data-text="why"></button>
<div class="choice"></div>
<p class="learned" aria-live="polite"></p>
<p class="try"></p>
<p class="spoken" role="status"></p>`;

/**
 * @typedef {import("./steps.js").Step} Step
 *
 * What is shown. Without an answer, `message` is the key of the text that says why. A number has
 * digits, whose boxes are in the pixels of an image of a `size`; a digit has ten probabilities,
 * and its pixels after the preprocessing, in base64.
 * @typedef {object} Shown
 * @property {"empty"|"busy"|"answer"|"unsure"|"error"} state
 * @property {string} [message]
 * @property {string} [remark] The key of a text that is added.
 * @property {?string} [label] What is read; null if unsure.
 * @property {string} [guess]
 * @property {number} [confidence]
 * @property {(ReadDigit & {box: number[]})[]} [digits]
 * @property {Mark[]} [marks] What is beside the digits.
 * @property {number[]} [size]
 * @property {ArrayLike<number>} [probabilities]
 * @property {string} [pixels]
 * @property {Step[]} [steps]
 * @property {() => Step[]} [explain] Returns the steps that follow.
 * @property {"browser"|"server"} [source] Who has read it.
 */

/**
 * What a reader returns: a NumberPrediction, or a Prediction if the model reads digits only.
 * @typedef {object} Reading
 * @property {number|string|null} label
 * @property {boolean} unsure
 * @property {number|string} guess
 * @property {number} [confidence]
 * @property {{
 *   label: number|string, box: number[], probabilities: ArrayLike<number>,
 *   pixels?: string|ArrayLike<number>
 * }[]} [digits]
 * @property {Mark[]} [marks]
 * @property {Reading} [single]
 * @property {ArrayLike<number>} [probabilities]
 * @property {string} [pixels] From the server; else they are those of the last step.
 * @property {Step[]} [steps]
 */

/**
 * Return whether a reading is more than one digit: several, or one with a sign.
 * @param {Reading} [reading]
 */
export const isNumber = (reading) =>
  reading?.digits !== undefined && reading.digits.length > 0 && String(reading.guess).length > 1;

/**
 * Return what is shown of a reading: a number if it has several characters, else the digit.
 * @param {Reading} reading
 * @param {number[]} size Width and height of the image.
 * @returns {Shown}
 */
export function toShown(reading, size) {
  const { confidence, digits = [], marks = [], single = reading } = reading;
  if (isNumber(reading)) {
    const parts = digits.map((digit) => ({ ...digit, pixels: toText(digit.pixels) }));
    return { ...say(reading), confidence, digits: parts, marks, size };
  }
  const { probabilities, steps } = single;
  const seen = steps?.find(({ name }) => name === "digit");
  return { ...say(single), probabilities, steps, pixels: toText(single.pixels ?? seen?.pixels) };
}

/** @param {Pick<Reading, "label"|"unsure"|"guess">} reading */
function say({ label, unsure, guess }) {
  const state = /** @type {Shown["state"]} */ (unsure ? "unsure" : "answer");
  return { state, label: unsure ? null : String(label), guess: String(guess) };
}

/** @param {string|ArrayLike<number>} [pixels] */
const toText = (pixels) =>
  pixels === undefined || typeof pixels === "string" ? pixels : encodePixels(pixels);

/**
 * Return what is shown after a reader has learned: its reading of the digit, or of one of a number.
 * @param {Shown} shown
 * @param {number} index Of the digit in a number.
 * @param {DigitReader} reader
 * @returns {Shown}
 */
export function readAgain(shown, index, reader) {
  const { digits, label, guess = "" } = shown;
  const { pixels } = digits ? digits[index] : shown;
  if (!pixels) return shown;
  const { SIDE } = reader.constants.adaptation;
  const image = { width: SIDE, height: SIDE, data: decodePixels(pixels) };
  const prediction = reader.predict(image);
  const { probabilities } = prediction;
  if (!digits) return { ...shown, ...say(prediction), probabilities, source: "browser" };
  let place = 0;
  const replaced = guess.replace(/\d/g, (one) =>
    place++ === index ? String(prediction.guess) : one,
  );
  const part = { ...digits[index], label: prediction.guess, probabilities };
  return {
    ...shown,
    label: label && replaced,
    guess: replaced,
    digits: digits.with(index, part),
    source: "browser",
  };
}

/** The answer on a page, with the boxes on the picture and the steps. A guess is gray. */
export class Answer {
  #root;
  #findPicture;
  #learning;
  #steps;
  #bars;
  #learned;
  #boxes = new Boxes((index) => this.#bars.point(index));
  /** @type {Shown} */
  #shown = { state: "busy", message: "busy" };
  #isAwaited = false; // the next one, in which case the state is "busy"
  #isBusy = false; // for so long that it can be seen
  #timer = 0;

  /**
   * @param {HTMLElement} root #answer; its .answer is filled.
   * @param {HTMLElement} how Is filled with the steps.
   * @param {() => ?HTMLElement} findPicture Returns the picture that was read.
   * @param {Learning} learning
   * @param {?((digit: number) => void)} [send] See `Learned`.
   */
  constructor(root, how, findPicture, learning, send = null) {
    this.#root = root;
    this.#find(".answer").innerHTML = PARTS;
    this.#findPicture = findPicture;
    this.#learning = learning;
    this.#learned = new Learned(this.#find(".learned"), learning, send);
    this.#bars = new Bars(
      this.#find(".choice"),
      (digit) => this.#correct(digit),
      () => this.#boxes.mark(this.#bars.shown),
    );
    this.#steps = new Steps(how);
    this.#find(".copy").onclick = () => navigator.clipboard.writeText(this.#shown.label ?? "");
    for (const part of [".digit", ".seen", ".why"])
      this.#find(part).onclick = () => this.#explain();
    onLanguageChange(() => this.#render());
    this.#render();
  }

  /** What is read, with a question mark if that is a guess; nothing without an answer. */
  get said() {
    const { state, label, guess } = this.#shown;
    if (state === "unsure") return `${guess}?`;
    return (state === "answer" && label) || "";
  }

  /** @param {Shown} shown */
  show(shown) {
    this.#shown = shown;
    this.#isAwaited = this.#isBusy = false;
    this.#render();
  }

  /**
   * Add a sentence to what is said.
   * @param {string} key
   */
  remark(key) {
    this.#shown = { ...this.#shown, remark: key };
    this.#say();
  }

  /**
   * Say how much of the model is loaded, while there is no answer.
   * @param {number} share
   */
  showProgress(share) {
    if (this.#shown.state !== "busy") return;
    this.#shown = { state: "busy", message: "progress", confidence: share };
    this.#say();
  }

  /** Another answer follows at once; until then, this one is still shown. */
  expectNext() {
    this.#isAwaited = true;
    this.#showState();
  }

  /** Let the answer look out of date, until the next. */
  showBusy() {
    this.#isAwaited = this.#isBusy = true;
    this.#showState();
  }

  /**
   * Show what the reader makes of the same digit after it has learned; return what is shown.
   * @returns {Shown}
   */
  readAgain() {
    const { reader } = this.#learning;
    this.show(reader ? readAgain(this.#shown, this.#bars.chosen, reader) : this.#shown);
    return this.#shown;
  }

  /**
   * Show a text about the last correction.
   * @param {string} key
   */
  note(key) {
    this.#learned.note(key);
  }

  /** Ask nothing more about the last correction: there is another picture. */
  withdraw() {
    this.#learned.withdraw();
  }

  /** @param {number} digit */
  #correct(digit) {
    const { pixels } = this.#digit;
    if (!pixels) return;
    const isLearned = this.#learning.correct(pixels, digit);
    if (isLearned && !this.#shown.digits) this.#learned.offer(digit);
    else this.#learned.withdraw();
  }

  /** The digit that can be explained and corrected: the chosen one of a number. */
  get #digit() {
    const { digits, guess, pixels } = this.#shown;
    return digits ? digits[this.#bars.chosen] : { label: guess, pixels };
  }

  /** Show what spoke for the digit, and what against it. */
  #explain() {
    const { reader } = this.#learning;
    const { label, pixels } = this.#digit ?? {};
    if (!reader || !pixels) return;
    const { SIDE } = reader.constants.adaptation;
    const image = { width: SIDE, height: SIDE, data: decodePixels(pixels) };
    const weighed = weighInk(reader, image, Number(label));
    openDialog(this.#find(".answer"), text("why_title", { ...weighed }), ...drawWhy(weighed));
  }

  /** Show the boxes again, after the picture was replaced. */
  showBoxes() {
    const { digits, marks = [], size, state } = this.#shown;
    if (!digits || !size) return this.#boxes.hide();
    const signs = marks.map(({ text: label, box }) => ({ label, box }));
    this.#boxes.show(this.#findPicture(), [...digits, ...signs], size, state === "unsure");
    this.#boxes.mark(this.#bars.shown);
  }

  #render() {
    this.#showState();
    this.#showDigit();
    this.#showBars();
    this.showBoxes();
    const { steps = [], explain } = this.#shown;
    this.#steps.show(steps, explain);
    const seen = steps.find((step) => step.name === "digit");
    this.#find(".seen").replaceChildren(...(seen ? [drawStep(seen, text("seen"))] : []));
    this.#say();
  }

  #showState() {
    const { state, label, digits, source } = this.#shown;
    const kind = digits ? "number" : "digit";
    const guess = String(typeof label !== "string");
    Object.assign(this.#root.dataset, { state, label: label ?? "", kind, guess });
    if (source) this.#root.dataset.source = source;
    const canExplain = this.#learning.reader !== null && (digits?.length || this.#shown.pixels);
    this.#root.dataset.why = String(Boolean(canExplain));
    if (this.#isAwaited) this.#root.dataset.state = "busy";
    this.#root.ariaBusy = String(this.#isBusy);
  }

  #showDigit() {
    const { label, guess = "" } = this.#shown;
    const said = label ?? guess;
    const lines = said.split("\n");
    const digit = this.#find(".digit");
    digit.textContent = said;
    digit.style.setProperty("--lines", String(lines.length));
    digit.style.setProperty("--columns", String(Math.max(...lines.map((line) => line.length))));
  }

  #showBars() {
    const { guess = "", digits, probabilities, pixels } = this.#shown;
    const one = probabilities ? [{ label: guess, probabilities, pixels }] : [];
    this.#bars.show(digits ?? one, (corrected) => this.#learning.find(corrected));
    this.#learned.render();
  }

  /** Show a sentence, and have a screen reader speak one when the answer has settled. */
  #say() {
    const { state, message, remark, guess = "", confidence = 0, digits } = this.#shown;
    const values = { guess: guess.replaceAll("\n", ", "), share: percent(confidence) };
    // A character that is neither a digit nor a sign is a "?".
    const isUnread = state === "unsure" && guess.includes("?");
    const spoken = text(message ?? (isUnread ? "unread" : state), values);
    const said = digits && state === "answer" ? text("number", values) : spoken;
    const n = this.#shown.marks?.filter((mark) => !mark.text).length;
    const added = n ? [text(n === 1 ? "left_out" : "left_out_several", { n })] : [];
    if (remark) added.push(text(remark));
    this.#find(".message").textContent = [said, ...added].join(" ");
    clearTimeout(this.#timer);
    const heard = [spoken, ...added].join(" ");
    this.#timer = setTimeout(() => (this.#find(".spoken").textContent = heard), SETTLED);
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}
