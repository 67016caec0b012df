// The way from a picture to the answer, step by step.
import { openDialog } from "./dialog.js";
import { text } from "./texts.js";

const DETAILS = `<details>
  <summary data-text="how"></summary>
  <div class="steps" role="group" data-aria-text="how"></div>
</details>`;

/**
 * A step of the reader: a picture, as the URL of a file or as gray pixels from 0 to 255 (those of
 * "binary" are 0 or 1), or a value for each digit.
 * @typedef {object} Step
 * @property {string} name
 * @property {string} [image]
 * @property {number} [width]
 * @property {number} [height]
 * @property {ArrayLike<number>} [pixels]
 * @property {number[]} [values] At least 0.
 */

/** The steps to an answer, in an element that a visitor opens. */
export class Steps {
  #details;
  #strip;
  /** @type {Step[]} */
  #steps = [];
  /** @type {() => Step[]} */
  #explain = () => [];

  /** @param {HTMLElement} root */
  constructor(root) {
    root.innerHTML = DETAILS;
    this.#details = /** @type {HTMLDetailsElement} */ (root.querySelector("details"));
    this.#strip = /** @type {HTMLElement} */ (root.querySelector(".steps"));
    this.#details.addEventListener("toggle", () => this.#render());
  }

  /**
   * @param {Step[]} steps
   * @param {() => Step[]} [explain] Returns those that follow.
   */
  show(steps, explain = () => []) {
    this.#steps = steps;
    this.#explain = explain;
    this.#render();
  }

  #render() {
    // Only what is visible: it changes with every move of the pen.
    const steps = this.#details.open ? [...this.#steps, ...this.#explain()] : [];
    this.#strip.replaceChildren(...steps.map((step) => this.#createButton(step)));
  }

  /**
   * Return a step that is larger after a click.
   * @param {Step} step
   */
  #createButton(step) {
    const caption = text(`step_${step.name}`);
    const figure = drawStep(step, caption);
    const button = document.createElement("button");
    Object.assign(button, { type: "button", ariaLabel: caption });
    button.onclick = () => openDialog(this.#details, caption, drawContent(step));
    button.append(/** @type {Element} */ (figure.firstChild));
    figure.prepend(button);
    return figure;
  }
}

/**
 * Return a step as a figure.
 * @param {Step} step
 * @param {string} caption
 * @returns {HTMLElement}
 */
export function drawStep(step, caption) {
  const figure = document.createElement("figure");
  const said = document.createElement("figcaption");
  said.textContent = caption;
  figure.append(drawContent(step), said);
  return figure;
}

/** @param {Step} step */
const drawContent = (step) => (step.values ? drawChart(step.values) : drawPicture(step));

/** @param {Step} step */
function drawPicture({ name, image, width = 1, height = 1, pixels = [0] }) {
  if (image) return Object.assign(new Image(), { src: image, alt: "" });
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const content = new ImageData(width, height);
  const factor = name === "binary" ? 255 : 1;
  const toColor = (/** @type {number} */ gray) => 0xff000000 + Math.round(gray * factor) * 0x10101;
  new Uint32Array(content.data.buffer).set(Array.from(pixels, toColor));
  canvas.getContext("2d")?.putImageData(content, 0, 0);
  return canvas;
}

/** @param {number[]} values */
function drawChart(values) {
  const chart = document.createElement("div");
  chart.className = "chart";
  chart.ariaHidden = "true";
  const highest = Math.max(...values, 1e-6);
  values.forEach((value, digit) => {
    const column = document.createElement("span");
    const bar = document.createElement("i");
    bar.style.height = `${(80 * value) / highest}%`; // the digit takes the rest
    column.append(bar, String(digit));
    chart.append(column);
  });
  return chart;
}
