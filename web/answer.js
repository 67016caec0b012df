// The answer: a digit or a number, a sentence, ten bars, and what the model sees.
import { Boxes } from "./boxes.js";
import { drawStep, Steps } from "./steps.js";
import { onLanguageChange, percent, text } from "./texts.js";

const SETTLED = 700; // ms without another answer, after which a screen reader speaks this one
const BAR = '<li data-digit="%"><b>%</b><span class="bar"><i></i></span><small></small></li>';
const PARTS = `<p class="digit" aria-hidden="true"></p>
<div class="seen"></div>
<p class="message"></p>
<ol class="bars" aria-label="0-9">${"0123456789".replace(/./g, (digit) => BAR.replaceAll("%", digit))}</ol>
<p class="spoken" role="status"></p>`;

/**
 * @typedef {import("./steps.js").Step} Step
 *
 * What is shown. Without an answer, `message` is the key of the text that says why. A number has
 * digits, whose boxes are in the pixels of an image of a `size`; a digit has ten probabilities.
 * @typedef {object} Shown
 * @property {"empty"|"busy"|"answer"|"unsure"|"error"} state
 * @property {string} [message]
 * @property {?string} [label] What is read; null if unsure.
 * @property {string} [guess]
 * @property {number} [confidence]
 * @property {{label: number|string, box: number[]}[]} [digits]
 * @property {number[]} [size]
 * @property {ArrayLike<number>} [probabilities]
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
 * @property {{label: number|string, box: number[]}[]} [digits]
 * @property {Reading} [single]
 * @property {ArrayLike<number>} [probabilities]
 * @property {Step[]} [steps]
 */

/**
 * Return what is shown of a reading: a number if it has several digits, else the digit.
 * @param {Reading} reading
 * @param {number[]} size Width and height of the image.
 * @returns {Shown}
 */
export function toShown(reading, size) {
  const { confidence, digits = [], single = reading } = reading;
  const { label, unsure, guess, probabilities, steps } = digits.length > 1 ? reading : single;
  const said = { label: unsure ? null : String(label), guess: String(guess) };
  const state = unsure ? "unsure" : "answer";
  if (digits.length > 1) return { state, ...said, confidence, digits, size };
  return { state, ...said, probabilities, steps };
}

/** The answer on a page, with the boxes on the picture and the steps. */
export class Answer {
  #root;
  #findPicture;
  #steps;
  #boxes = new Boxes();
  /** @type {Shown} */
  #shown = { state: "busy", message: "busy" };
  #isBusy = false;
  #timer = 0;

  /**
   * @param {HTMLElement} root #answer; its .answer is filled.
   * @param {HTMLElement} how Is filled with the steps.
   * @param {() => ?HTMLElement} findPicture Returns the picture that was read.
   */
  constructor(root, how, findPicture) {
    this.#root = root;
    this.#find(".answer").innerHTML = PARTS;
    this.#findPicture = findPicture;
    this.#steps = new Steps(how);
    onLanguageChange(() => this.#render());
    this.#render();
  }

  /** @param {Shown} shown */
  show(shown) {
    this.#shown = shown;
    this.#isBusy = false;
    this.#render();
  }

  /** Let the answer look out of date, until the next. */
  showBusy() {
    this.#isBusy = true;
    this.#showState();
  }

  /** Show the boxes again, after the picture was replaced. */
  showBoxes() {
    const { digits, size } = this.#shown;
    if (digits && size) this.#boxes.show(this.#findPicture(), digits, size);
    else this.#boxes.hide();
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
    Object.assign(this.#root.dataset, { state, label: label ?? "", kind }, source && { source });
    if (this.#isBusy) this.#root.dataset.state = "busy";
    this.#root.ariaBusy = String(this.#isBusy);
  }

  #showDigit() {
    const { state, label } = this.#shown;
    const said = label ?? (state === "unsure" ? "?" : "");
    const lines = said.split("\n");
    const digit = this.#find(".digit");
    digit.textContent = said;
    digit.style.setProperty("--lines", String(lines.length));
    digit.style.setProperty("--columns", String(Math.max(...lines.map((line) => line.length))));
  }

  #showBars() {
    const { guess, probabilities } = this.#shown;
    for (const bar of /** @type {NodeListOf<HTMLElement>} */ (
      this.#root.querySelectorAll("[data-digit]")
    )) {
      const share = probabilities?.[Number(bar.dataset.digit)];
      const [, { firstElementChild: filled }, said] = bar.children;
      /** @type {HTMLElement} */ (filled).style.width = `${100 * (share ?? 0)}%`;
      said.textContent = share === undefined ? "" : percent(share);
      bar.classList.toggle("likeliest", share !== undefined && bar.dataset.digit === guess);
    }
  }

  /** Show a sentence, and have a screen reader speak one when the answer has settled. */
  #say() {
    const { state, message, guess = "", confidence = 0, digits } = this.#shown;
    const values = { guess: guess.replaceAll("\n", ", "), share: percent(confidence) };
    const spoken = text(message ?? state, values);
    this.#find(".message").textContent =
      digits && state === "answer" ? text("number", values) : spoken;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.#find(".spoken").textContent = spoken), SETTLED);
  }

  /** @param {string} selector */
  #find(selector) {
    return /** @type {HTMLElement} */ (this.#root.querySelector(selector));
  }
}
