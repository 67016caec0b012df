// The static page: a pad, and an answer that is read in the browser while the pen moves.
import { Answer, toShown } from "./answer.js";
import * as background from "./background.js";
import { check } from "./check.js";
import { explain } from "./explanation.js";
import { Learning } from "./learning.js";
import { SketchPad } from "./pad.js";
import * as photos from "./photos.js";
import { BlankImageError, DigitReader } from "./siffra.js";
import { language, onLanguageChange, translate } from "./texts.js";
import { addTools } from "./tools.js";

/** @typedef {import("./answer.js").Reading} Reading */
/** @typedef {import("./answer.js").Shown} Shown */

const EMPTY = /** @type {Shown} */ ({ state: "empty", message: "invitation" });
const BUSY_AFTER = 200; // ms until an answer that is out of date looks so

const find = (/** @type {string} */ selector) =>
  /** @type {HTMLElement} */ (document.querySelector(selector));
const canvas = /** @type {HTMLCanvasElement} */ (find("#pad canvas"));
const photo = /** @type {HTMLInputElement} */ (find("#photo"));
const share = find("#share");

document.documentElement.lang = navigator.language.startsWith("sv") ? "sv" : "en";
const pad = new SketchPad(canvas);
addTools(find("#pad .tools"), pad);
const learning = new Learning();
const answer = new Answer(find("#answer"), find("#how"), () => canvas, learning);
/** @type {?ImageData} */
let picture = null; // that was read last
let showsPhoto = false; // on the pad, while the photo itself is about to be read
let request = 0; // counts pictures, so that a late answer to an earlier one is dropped

/**
 * @param {Reading} reading
 * @param {{width: number, height: number}} image
 */
function show(reading, { width, height }) {
  const shown = toShown(reading, [width, height]);
  const digit = shown.steps?.at(-1);
  const explainDigit = () => (learning.reader && digit ? explain(learning.reader, digit) : []);
  answer.show({ ...shown, explain: explainDigit });
}

/** Read the digit at once. */
function readPad() {
  request++;
  picture = null;
  if (!learning.reader) return;
  const pixels = pad.toImageData();
  try {
    show(learning.reader.read(pixels), pixels);
    picture = pixels;
  } catch (error) {
    if (!(error instanceof BlankImageError)) throw error;
    answer.show(EMPTY);
  }
}

/** Read a finished drawing: also the number in it, which takes longer. */
function readDrawing() {
  readPad();
  readPicture().catch(() => {}); // the digit stays
}

/** Read the number in the picture, in the background. */
async function readPicture() {
  if (!picture) return;
  const mine = request;
  const read = picture;
  const reading = await background.read(read, learning.examples);
  if (mine === request) show(reading, read);
}

/** @param {File|undefined} file */
async function readFile(file) {
  if (!file) return;
  const mine = ++request;
  picture = null;
  setTimeout(() => mine === request && isReading && answer.showBusy(), BUSY_AFTER);
  let isReading = true;
  try {
    const opened = await photos.open(file);
    if (mine !== request) return; // something newer was drawn or chosen
    showsPhoto = true;
    pad.show(opened.picture); // what is shown is what is read
    showsPhoto = false;
    picture = opened.pixels;
    await readPicture();
  } catch {
    if (mine === request) answer.show({ state: "error", message: "unreadable" });
  } finally {
    isReading = false;
  }
}

async function shareLink() {
  const url = location.href.split("#")[0];
  if (navigator.share) return navigator.share({ title: document.title, url }).catch(() => {});
  await navigator.clipboard.writeText(url);
  share.dataset.text = "copied";
  translate();
}

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

canvas.addEventListener("draw", readPad);
canvas.addEventListener("draw", background.prepare, { once: true });
canvas.addEventListener("change", () => {
  if (!showsPhoto) readDrawing();
});
photo.onchange = () => {
  readFile(photo.files?.[0]);
  photo.value = ""; // the same file can be chosen again
};
share.onclick = shareLink;
find("#language").onclick = () => (document.documentElement.lang = find("#language").lang);
document.addEventListener("paste", (event) => readFile(event.clipboardData?.files[0]));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  readFile(event.dataTransfer?.files[0]);
});
learning.addEventListener("change", () => {
  answer.readAgain();
  if (picture) request++; // drops what was read before
  readPicture().catch(() => {});
});
onLanguageChange(showTexts);
showTexts();

try {
  const reader = await DigitReader.load("model.bin");
  learning.start(reader);
  showModel(reader);
  if (pad.isEmpty) answer.show(EMPTY);
  else readDrawing();
  if (new URLSearchParams(location.search).has("check")) showCheck(reader);
} catch {
  answer.show({ state: "error", message: "failed" });
}
// Without a service worker, the page works, but only online.
navigator.serviceWorker?.register("service_worker.js").catch(() => {});
