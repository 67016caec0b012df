// The static page: a pad, and an answer that is read in the browser while the pen moves.
import { show, showAgain, showNumber, showPrediction } from "./answer.js";
import * as background from "./background.js";
import { check } from "./check.js";
import { SketchPad } from "./pad.js";
import * as photos from "./photos.js";
import { BlankImageError, DigitReader } from "./siffra.js";
import { text, translate } from "./texts.js";

const element = (id) => document.getElementById(id);
const canvas = document.querySelector("#pad canvas");
const pad = new SketchPad(canvas);
let reader = null;
let checked = null; // what index.html?check has found
let showsPhoto = false; // on the pad, while the photo itself is about to be read
let request = 0; // counts pictures, so that a late answer to an earlier one is dropped

function label() {
  canvas.setAttribute("aria-label", text("pad"));
  if (!reader) return;
  const { repository, commit, sha256, created } = reader.model;
  const name = commit ? `${repository} @ ${commit.slice(0, 7)}` : (sha256 ?? "").slice(0, 7);
  const date = (created ?? "").slice(0, 10);
  element("model").textContent = text("model", { name, date });
  if (checked) element("check").textContent = describeCheck(checked);
}

function describeCheck({ failed, n, different, time }) {
  if (failed) return text("unchecked");
  const values = {
    n,
    same: n - different.length,
    names: different.join(", "),
    ms: time?.toFixed(1),
  };
  return text(different.length ? "different" : "same", values);
}

/** Read the digit at once; return whether it is unsure. */
function readPad() {
  request++;
  if (!reader) return show("busy");
  try {
    const prediction = reader.read(pad.toImageData());
    showPrediction(prediction);
    return prediction.unsure;
  } catch (error) {
    if (!(error instanceof BlankImageError)) throw error;
    show("empty");
  }
}

/** Read a finished drawing: also the number in it, which takes longer, if it is no digit. */
async function readDrawing() {
  const isUnsure = readPad();
  if (!isUnsure) return;
  const mine = request;
  const pixels = pad.toImageData();
  const { width, height } = pixels;
  const { number } = await background.read(pixels).catch(() => ({})); // the digit stays
  if (number && mine === request) showNumber(number, { width, height });
}

async function readFile(file) {
  if (!file) return;
  const mine = ++request;
  show("busy");
  try {
    const { pixels, picture } = await photos.open(file);
    if (mine !== request) return; // something newer was drawn or chosen
    showsPhoto = true;
    pad.show(picture); // what is shown is what is read
    showsPhoto = false;
    const { width, height } = pixels;
    const { prediction, number } = await background.read(pixels);
    if (mine !== request) return;
    if (number) showNumber(number, { width, height });
    else showPrediction(prediction);
  } catch {
    if (mine === request) show("error");
  }
}

function enableTools() {
  element("undo").disabled = !pad.canUndo;
  element("redo").disabled = !pad.canRedo;
  element("clear").disabled = element("save").disabled = pad.isEmpty;
}

async function save() {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await pad.toBlob());
  link.download = "siffra.png";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
}

async function share() {
  const url = location.href.split("#")[0];
  if (navigator.share) return navigator.share({ title: document.title, url }).catch(() => {});
  await navigator.clipboard.writeText(url);
  element("share").textContent = text("copied");
}

canvas.addEventListener("draw", readPad);
canvas.addEventListener("draw", background.prepare, { once: true });
canvas.addEventListener("change", () => {
  enableTools();
  if (!showsPhoto) readDrawing();
});
element("undo").onclick = () => pad.undo();
element("redo").onclick = () => pad.redo();
element("clear").onclick = () => pad.clear();
element("eraser").onclick = ({ currentTarget }) => {
  pad.erasing = !pad.erasing;
  currentTarget.setAttribute("aria-pressed", pad.erasing);
};
element("photo").onchange = ({ currentTarget }) => {
  readFile(currentTarget.files[0]);
  currentTarget.value = ""; // the same file can be chosen again
};
element("save").onclick = save;
element("share").onclick = share;
element("language").onclick = ({ currentTarget }) => {
  translate(currentTarget.lang);
  label();
  showAgain();
};
document.addEventListener("paste", (event) => readFile(event.clipboardData.files[0]));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => {
  event.preventDefault();
  readFile(event.dataTransfer.files[0]);
});

translate();
label();
show("busy");
try {
  reader = await DigitReader.load("model.bin");
  label();
  readDrawing();
} catch {
  show("failed");
}
if (reader && new URLSearchParams(location.search).has("check")) {
  checked = await check(reader).catch(() => ({ failed: true }));
  label();
}
// Without a service worker, the page works, but only online.
navigator.serviceWorker?.register("service_worker.js").catch(() => {});
