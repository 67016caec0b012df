// The answer: the digit, a sentence, all ten bars, and the preprocessing step by step. Or a number.
import { hideBoxes, showBoxes } from "./boxes.js";
import { percent, text } from "./texts.js";

const SETTLED = 600; // ms without another answer, after which a screen reader speaks it
const STEP_SIZE = 96; // pixels
// Letters, faces and scribbles can be cut into pieces that look like digits, but seldom surely.
const SURE_NUMBER = 0.93;

const answer = document.querySelector("#answer");
const bars = document.querySelector("#bars");
let showLast = () => show("busy");
let timer;

for (let digit = 0; digit < 10; digit++) {
  const bar = document.createElement("li");
  bar.innerHTML = `<span>${digit}</span><span class="bar"><span></span></span><span></span>`;
  bars.append(bar);
}

/** Show a state: "empty", "busy", "error" or "failed", or what `read` returned. */
export function show(state, prediction = null) {
  showLast = () => show(state, prediction);
  const { label, guess, probabilities, steps } = prediction ?? {};
  answer.dataset.state = state === "failed" ? "error" : state;
  answer.dataset.label = label ?? "";
  answer.dataset.kind = "digit";
  document.querySelector("#digit").textContent = label ?? (prediction ? "?" : "");
  hideBoxes();
  showBars(probabilities, guess);
  if (state !== "busy") showSteps(steps ?? []);
  const sentence = text(state, { digit: guess });
  say(sentence, sentence);
}

export function showPrediction(prediction) {
  show(prediction.unsure ? "unsure" : "answer", prediction);
}

/** Show a number that was found in an image of a size: large if sure, with boxes around its digits. */
export function showNumber(number, size) {
  showLast = () => showNumber(number, size);
  const isSure = number.confidence >= SURE_NUMBER;
  const state = isSure ? "answer" : "unsure";
  Object.assign(answer.dataset, { state, label: isSure ? number.text : "", kind: "number" });
  const digits = document.querySelector("#digit");
  digits.textContent = isSure ? number.text : "?";
  const lines = digits.textContent.split("\n");
  digits.style.setProperty("--lines", lines.length);
  digits.style.setProperty("--columns", Math.max(...lines.map((line) => line.length)));
  showBoxes(number.digits, size);
  showBars();
  showSteps([]);
  if (isSure) {
    const share = percent(number.confidence);
    say(text("number", { share }), text("answer", { digit: number.text }));
  } else {
    const sentence = text("unsureNumber", { number: number.text });
    say(sentence, sentence);
  }
}

/** Show the same again, after a change of language. */
export function showAgain() {
  showLast();
}

/** Show a sentence, and have a screen reader speak one when the answer has settled. */
function say(shown, spoken) {
  document.querySelector("#message").textContent = shown;
  clearTimeout(timer);
  timer = setTimeout(() => (document.querySelector("#spoken").textContent = spoken), SETTLED);
}

function showBars(probabilities, guess) {
  [...bars.children].forEach((bar, digit) => {
    const share = probabilities?.[digit] ?? 0;
    bar.classList.toggle("likeliest", digit === guess);
    bar.children[1].firstChild.style.width = `${100 * share}%`;
    bar.children[2].textContent = probabilities ? percent(share) : "";
  });
}

function showSteps(steps) {
  const items = steps.map(({ name, width, height, pixels }) => {
    const item = document.createElement("li");
    item.append(paint(width, height, pixels, name === "binary" ? 255 : 1), text(name));
    return item;
  });
  document.querySelector("#steps").replaceChildren(...items);
}

/** Return a canvas with gray pixels, scaled to the size of all steps. */
function paint(width, height, pixels, factor) {
  const source = document.createElement("canvas");
  Object.assign(source, { width, height });
  const image = new ImageData(width, height);
  const words = new Uint32Array(image.data.buffer);
  for (let i = 0; i < pixels.length; i++)
    words[i] = 0xff000000 | (Math.round(pixels[i] * factor) * 0x10101);
  source.getContext("2d").putImageData(image, 0, 0);
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = STEP_SIZE;
  const pen = canvas.getContext("2d");
  pen.imageSmoothingEnabled = width > STEP_SIZE || height > STEP_SIZE;
  const scale = STEP_SIZE / Math.max(width, height);
  const [w, h] = [width * scale, height * scale];
  pen.drawImage(source, (STEP_SIZE - w) / 2, (STEP_SIZE - h) / 2, w, h);
  return canvas;
}
