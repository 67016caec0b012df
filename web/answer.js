// The answer: the digit, a sentence, all ten bars, and the preprocessing step by step.
import { percent, text } from "./texts.js";

const SETTLED = 600; // ms without another answer, after which a screen reader speaks it
const STEP_SIZE = 96; // pixels

const answer = document.querySelector("#answer");
const bars = document.querySelector("#bars");
let last = ["busy"];
let timer;

for (let digit = 0; digit < 10; digit++) {
  const bar = document.createElement("li");
  bar.innerHTML = `<span>${digit}</span><span class="bar"><span></span></span><span></span>`;
  bars.append(bar);
}

/** Show a state: "empty", "busy", "error" or "failed", or what `read` returned. */
export function show(state, prediction = null) {
  last = [state, prediction];
  const { label, guess, probabilities, steps } = prediction ?? {};
  answer.dataset.state = state === "failed" ? "error" : state;
  answer.dataset.label = label ?? "";
  document.querySelector("#digit").textContent = label ?? (prediction ? "?" : "");
  const sentence = text(state, { digit: guess });
  document.querySelector("#message").textContent = sentence;
  showBars(probabilities, guess);
  if (state !== "busy") showSteps(steps ?? []);
  clearTimeout(timer);
  timer = setTimeout(() => (document.querySelector("#spoken").textContent = sentence), SETTLED);
}

export function showPrediction(prediction) {
  show(prediction.unsure ? "unsure" : "answer", prediction);
}

/** Show the same again, after a change of language. */
export function showAgain() {
  show(...last);
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
  for (let i = 0; i < pixels.length; i++) words[i] = 0xff000000 | (Math.round(pixels[i] * factor) * 0x10101);
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
