// Why it is this digit: the ink that speaks for it, and the ink that speaks for the runner-up.
/** @import { Weighed } from "./explanation.js" */
import { decimal, text } from "./texts.js";

const SCALE = 16; // pixels of the picture to one of the digit
const [FOR, AGAINST, NEITHER] = [
  [251, 140, 78],
  [106, 169, 255],
  [150, 150, 150],
];
const SIDES = /** @type {const} */ ([
  ["for", "+", "why_for"],
  ["against", "−", "why_against"],
]);

/**
 * Return a picture of the ink, and sentences about it.
 * @param {Weighed} weighed
 * @returns {HTMLElement[]}
 */
export function drawWhy(weighed) {
  const { answer, rival, lead, strongest } = weighed;
  const explained = document.createElement("div");
  const values = { answer, rival, lead: decimal(lead) };
  for (const [side, sign, key] of SIDES) {
    if (!strongest[side]) continue;
    const mark = document.createElement("b");
    Object.assign(mark, { className: side, textContent: sign });
    explained.append(say(key, values, mark));
  }
  const without = strongest.for && decimal(strongest.for.lead);
  explained.append(say(without ? "why_lead" : "why_nothing", { ...values, without }));
  explained.append(say("why_measured", values));
  return [paint(weighed), explained];
}

/**
 * @param {string} key
 * @param {Record<string, unknown>} values
 * @param {HTMLElement[]} before
 */
function say(key, values, ...before) {
  const sentence = document.createElement("p");
  sentence.append(...before, text(key, values));
  return sentence;
}

/** @param {Weighed} weighed */
function paint({ width, height, pixels, effects, strongest }) {
  const size = { width: width * SCALE, height: height * SCALE };
  const canvas = Object.assign(document.createElement("canvas"), size);
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillRect(0, 0, canvas.width, canvas.height);
  const greatest = effects.reduce((most, one) => Math.max(most, Math.abs(one)), 1e-6);
  effects.forEach((effect, i) => {
    const color = effect > 0 ? FOR : AGAINST;
    const share = Math.abs(effect) / greatest;
    const mixed = NEITHER.map((gray, c) => gray + (color[c] - gray) * share);
    pen.fillStyle = `rgb(${mixed.join(" ")} / ${pixels[i] / 255})`;
    pen.fillRect((i % width) * SCALE, Math.floor(i / width) * SCALE, SCALE, SCALE);
  });
  Object.assign(pen, { textAlign: "center", textBaseline: "middle", font: "bold 44px sans-serif" });
  Object.assign(pen, { lineWidth: 6, strokeStyle: "#000", fillStyle: "#fff" });
  for (const [side, sign] of SIDES) {
    const place = strongest[side];
    if (!place) continue;
    const at = /** @type {const} */ ([(place.x + 0.5) * SCALE, (place.y + 0.5) * SCALE]);
    pen.strokeText(sign, ...at);
    pen.fillText(sign, ...at);
  }
  return canvas;
}
