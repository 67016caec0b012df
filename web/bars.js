// Ten bars, which are buttons: the probability of each digit, and a way to say which one it is.
import { percent, text } from "./texts.js";

const BAR = `<li><button type="button" data-digit="%">
  <b>%</b><span class="bar"><i></i></span><small></small>
</button></li>`;
const CHIP = '<input type="radio" name="chosen"><span></span>';
const PARTS = `<p class="hint"></p><div class="chips" role="radiogroup"></div>
<ol class="bars">${"0123456789".replace(/./g, (digit) => BAR.replaceAll("%", digit))}</ol>`;

/**
 * A digit that was read, with its pixels after the preprocessing in base64, and its place if it is
 * one of a number.
 * @typedef {{
 *   label: number|string, probabilities: ArrayLike<number>, pixels?: string, box?: number[]
 * }} ReadDigit
 */

/**
 * Return whether digits are where others were; a box may move a little when a number is read again.
 * @param {ReadDigit[]} digits
 * @param {ReadDigit[]} others
 */
function areInSamePlaces(digits, others) {
  if (digits.length !== others.length) return false;
  return digits.every(({ box }, k) => {
    const other = others[k].box;
    if (!box || !other) return !box && !other;
    return Math.abs(box[0] - other[0]) < box[2] / 2 && Math.abs(box[1] - other[1]) < box[3] / 2;
  });
}

/** The bars of one digit at a time, and the digits of a number to choose from. */
export class Bars {
  #root;
  #onChoose;
  /** @type {ReadDigit[]} */
  #digits = [];
  /** @type {(pixels: string) => number|undefined} */
  #findCorrected = () => undefined;
  #chosen = 0;
  /** @type {?number} */
  #pointed = null;

  /**
   * @param {HTMLElement} root Is filled.
   * @param {(digit: number) => void} onCorrect Is called with what the visitor says that it is.
   * @param {() => void} onChoose Is called when another digit of the number is shown.
   */
  constructor(root, onCorrect, onChoose) {
    root.innerHTML = PARTS;
    this.#root = root;
    this.#onChoose = onChoose;
    for (const button of this.#buttons())
      button.onclick = () => {
        if (this.#digits[this.#chosen]?.pixels) onCorrect(Number(button.dataset.digit));
      };
  }

  /** The index of the digit to correct. */
  get chosen() {
    return this.#chosen;
  }

  /** The index of the digit whose bars are shown. */
  get shown() {
    return this.#pointed ?? this.#chosen;
  }

  /**
   * Show digits; of another number than before, the least sure one.
   * @param {ReadDigit[]} digits One, the digits of a number, or none.
   * @param {(pixels: string) => number|undefined} findCorrected Returns what the visitor has said
   *   that a digit is.
   */
  show(digits, findCorrected) {
    if (!areInSamePlaces(digits, this.#digits)) {
      const sureness = digits.map(({ probabilities }) => Math.max(...Array.from(probabilities)));
      this.#chosen = Math.max(0, sureness.indexOf(Math.min(...sureness)));
      this.#pointed = null;
    }
    this.#digits = digits;
    this.#findCorrected = findCorrected;
    this.#render();
  }

  /**
   * Show a digit of the number, and correct that one from now on.
   * @param {number} index
   */
  choose(index) {
    this.#chosen = index;
    this.point(null);
  }

  /**
   * Show a digit of the number while the visitor points at it.
   * @param {?number} index
   */
  point(index) {
    this.#pointed = index;
    this.#render();
    this.#onChoose();
  }

  #render() {
    const digit = this.#digits[this.shown];
    const corrected = digit?.pixels && this.#findCorrected(digit.pixels);
    for (const button of this.#buttons()) {
      const own = Number(button.dataset.digit);
      const share = digit?.probabilities[own];
      const [, { firstElementChild: filled }, said] = button.children;
      /** @type {HTMLElement} */ (filled).style.width = `${100 * (share ?? 0)}%`;
      said.textContent = share === undefined ? "" : percent(share, 0);
      button.classList.toggle("likeliest", digit !== undefined && own === Number(digit.label));
      button.ariaDisabled = String(!digit?.pixels);
      button.ariaPressed = String(corrected === own);
    }
    const values = { n: this.shown + 1 };
    const bars = /** @type {HTMLElement} */ (this.#root.querySelector(".bars"));
    bars.ariaLabel = text(this.#digits.length > 1 ? "which_of" : "which", values);
    const hint = /** @type {HTMLElement} */ (this.#root.querySelector(".hint"));
    hint.textContent = this.#digits.length === 1 && digit.pixels ? text("teach") : "";
    this.#renderChips();
  }

  /** Show a choice of the digits of a number; those that are there stay, for one has the focus. */
  #renderChips() {
    const chips = /** @type {HTMLElement} */ (this.#root.querySelector(".chips"));
    const n = this.#digits.length > 1 ? this.#digits.length : 0;
    chips.ariaLabel = text("chips");
    while (chips.children.length > n) chips.lastElementChild?.remove();
    while (chips.children.length < n) chips.append(this.#createChip(chips.children.length));
    this.#digits.slice(0, n).forEach(({ label }, index) => {
      const [choice, said] = chips.children[index].children;
      said.textContent = String(label);
      choice.ariaLabel = text("chip", { n: index + 1, digit: label });
      /** @type {HTMLInputElement} */ (choice).checked = index === this.#chosen;
    });
  }

  /** @param {number} index */
  #createChip(index) {
    const chip = document.createElement("label");
    chip.innerHTML = CHIP;
    chip.onchange = () => this.choose(index);
    chip.onpointerenter = ({ pointerType }) => {
      if (pointerType === "mouse") this.point(index);
    };
    chip.onpointerleave = () => this.point(null);
    return chip;
  }

  /** @returns {NodeListOf<HTMLButtonElement>} */
  #buttons() {
    return this.#root.querySelectorAll("[data-digit]");
  }
}
