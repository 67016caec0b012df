// The static page: a pad, and an answer that is read in the browser while the pen moves.
import { Answer } from "./answer.js";
import { check } from "./check.js";
import { Learning } from "./learning.js";
import { SketchPad } from "./pad.js";
import { Session } from "./session.js";
import { language, onLanguageChange, translate } from "./texts.js";
import { addTools } from "./tools.js";

/** @typedef {import("./siffra.js").DigitReader} DigitReader */

const find = (/** @type {string} */ selector) =>
  /** @type {HTMLElement} */ (document.querySelector(selector));

/** Write everything in the language of the document, and offer the other one. */
function showTexts() {
  const button = find("#language");
  button.lang = language() === "en" ? "sv" : "en";
  button.textContent = button.lang === "sv" ? "Svenska" : "English";
  translate();
}

/**
 * Show a text with values, in whatever language.
 * @param {HTMLElement} element
 * @param {string} key
 * @param {Record<string, unknown>} values
 */
function setText(element, key, values) {
  Object.assign(element.dataset, { text: key, values: JSON.stringify(values) });
  translate();
}

/** @param {DigitReader} reader */
function showModel({ model: { repository, commit, sha256, created } }) {
  const name = commit ? `${repository} @ ${commit.slice(0, 7)}` : (sha256 ?? "").slice(0, 7);
  setText(find("#model"), "model", { name, date: (created ?? "").slice(0, 10) });
}

/** @param {DigitReader} loaded */
async function showCheck(loaded) {
  const element = find("#check");
  try {
    const { n, different, time } = await check(loaded);
    const values = { n, same: n - different.length, names: different.join(", ") };
    setText(element, different.length ? "different" : "same", { ...values, ms: time.toFixed(1) });
  } catch {
    setText(element, "unchecked", {});
  }
}

document.documentElement.lang = navigator.language.startsWith("sv") ? "sv" : "en";
const pad = new SketchPad(/** @type {HTMLCanvasElement} */ (find("#pad canvas")));
addTools(find("#pad .tools"), pad);
const learning = new Learning();
const answer = new Answer(find("#answer"), find("#how"), () => session.picture, learning);
const session = new Session(pad, answer, learning);
find("#language").onclick = () => (document.documentElement.lang = find("#language").lang);
onLanguageChange(showTexts);
showTexts();
const reader = await session.load("model.bin");
showModel(reader);
// It stores all files, so it waits for those that the visitor waits for. Without it, the page
// works, but only online.
navigator.serviceWorker?.register("service_worker.js").catch(() => {});
if (new URLSearchParams(location.search).has("check")) showCheck(reader);
