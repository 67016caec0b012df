// Shows the answer to the picture that is visible: the drawing or the photo. Each has its own
// answer. Gradio calls this with `element`, `props` and `watch`; the page's events use
// `window.siffra`.
const root = element.closest("#answer");
const part = (selector) => element.querySelector(selector);
const bars = [...element.querySelectorAll("[data-digit]")];
const EMPTY = {
  draw: { state: "empty", message: "invitation" },
  photo: { state: "empty", message: "photo_invitation" },
};
const BUSY_AFTER = 200; // ms until an answer that is out of date looks so
const GIVE_UP_AFTER = 10_000; // ms; Gradio reports no failure when the server is gone
const SPOKEN_AFTER = 700; // ms without another answer until a screen reader hears this one

const pictures = {
  draw: { answer: EMPTY.draw, ticket: 0, asked: null },
  photo: { answer: EMPTY.photo, ticket: 0, asked: null },
};
const visible = () => (document.querySelector("#pad canvas")?.offsetParent ? "draw" : "photo");

const word = (key) => {
  const span = document.createElement("span");
  span.dataset.text = key; // page.js puts the text in the page's language
  span.textContent = "…";
  return span;
};

const percent = (share) =>
  new Intl.NumberFormat(document.documentElement.lang || "en", {
    style: "percent",
    minimumFractionDigits: 1,
    maximumFractionDigits: 1,
  }).format(share);

const showBars = ({ guess, probabilities = {} }) => {
  for (const bar of bars) {
    const share = probabilities[bar.dataset.digit];
    bar.querySelector("i").style.width = `${100 * (share ?? 0)}%`;
    bar.querySelector("small").textContent = share === undefined ? "" : percent(share);
    bar.classList.toggle("likeliest", bar.dataset.digit === guess);
  }
};

// The boxes of a number's digits, over the picture in which they were found.
let boxes = null;
const showBoxes = () => {
  boxes?.remove();
  const name = visible();
  const picture = document.querySelector(name === "draw" ? "#pad canvas" : "#photo img");
  boxes = null;
  if (!pictures[name].answer.boxes || !picture?.offsetParent) return;
  picture.offsetParent.insertAdjacentHTML("beforeend", pictures[name].answer.boxes);
  boxes = picture.offsetParent.lastElementChild;
  for (const side of ["Left", "Top", "Width", "Height"]) {
    boxes.style[side.toLowerCase()] = `${picture[`offset${side}`]}px`;
  }
};

let shown = null;
let speech = 0;
const show = () => {
  const { answer, asked } = pictures[visible()];
  const isLate = asked !== null && performance.now() - asked >= BUSY_AFTER;
  root.dataset.state = isLate ? "busy" : answer.state;
  root.ariaBusy = isLate;
  showBoxes(); // also after a change of size
  if (answer === shown) return;
  shown = answer;
  root.dataset.label = answer.state === "answer" ? answer.guess : "";
  root.dataset.source = answer.source ?? "server";
  const isNumber = answer.boxes !== undefined;
  root.dataset.kind = isNumber ? "number" : "digit";
  const digit = answer.state === "answer" ? answer.guess : answer.state === "unsure" ? "?" : "";
  part(".digit").textContent = digit;
  // A number has a smaller type.
  const lines = digit.split("\n");
  part(".digit").style.setProperty("--lines", lines.length);
  part(".digit").style.setProperty("--columns", Math.max(...lines.map((line) => line.length)));
  const said = [];
  if (answer.message) said.push(word(answer.message));
  if (answer.state === "unsure") {
    said.push(word(isNumber ? "unsure_number" : "unsure"), ` ${answer.guess}.`);
  } else if (isNumber) {
    said.push(word("number"), ` ${percent(answer.confidence)}.`);
  }
  part("#message").replaceChildren(...said);
  showBars(answer);
  part("#seen").innerHTML = answer.seen ?? "";
  const steps = document.getElementById("steps");
  if (steps) steps.innerHTML = answer.steps ?? "";
  clearTimeout(speech);
  speech = setTimeout(() => {
    const spoken = answer.state === "answer" ? [word("answer"), `: ${answer.guess}`] : said;
    part(".spoken").replaceChildren(...spoken.map((node) => node.cloneNode?.(true) ?? node));
  }, SPOKEN_AFTER);
};

const settle = (name, answer) => {
  Object.assign(pictures[name], { answer, asked: null });
  show();
};
const ask = (name, isEmpty) => {
  const picture = pictures[name];
  picture.ticket += 1;
  if (isEmpty) return settle(name, EMPTY[name]);
  const { ticket } = picture;
  picture.asked ??= performance.now();
  setTimeout(show, BUSY_AFTER);
  setTimeout(() => ticket === picture.ticket && fail(name), GIVE_UP_AFTER);
};
const fail = (name) => {
  if (pictures[name].asked !== null) settle(name, { state: "error", message: "no_answer" });
};

// Gradio says in English why it took no file or got no answer; the page does in its own language.
const replaceToast = () => {
  const toast = document.querySelector("[data-testid=toast-body].error:not([data-seen])");
  const name = visible();
  const { answer, asked } = pictures[name];
  const isRefusal = name === "photo" && answer.state !== "answer" && asked === null;
  if (!toast || (asked === null && !isRefusal)) return;
  toast.dataset.seen = "yes"; // it takes a moment to go
  toast.querySelector("[data-testid=toast-close]").click();
  settle(name, { state: "error", message: isRefusal ? "not_taken" : "no_answer" });
};
new MutationObserver(replaceToast).observe(document.body, { childList: true, subtree: true });

// While the pen moves, the reader in the browser answers; the server's answer replaces it.
const here = location.origin + location.pathname.replace(/\/$/, "");
const RETRY_AFTER = 2000; // ms; the server's model may still be loading
let reader = null;
const loadReader = async (attempts = 30) => {
  try {
    const { DigitReader } = await import(`${here}/web/siffra.js`);
    reader = await DigitReader.load(`${here}/web/model.bin`);
  } catch {
    if (attempts > 0) setTimeout(loadReader, RETRY_AFTER, attempts - 1);
  }
};
const seenFrom = ({ width, height, pixels }) => {
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const image = new ImageData(width, height);
  new Uint32Array(image.data.buffer).set(Array.from(pixels, (gray) => gray * 0x10101 + 0xff000000));
  canvas.getContext("2d").putImageData(image, 0, 0);
  return (
    `<figure><img alt="" src="${canvas.toDataURL()}">` +
    '<figcaption><span data-text="seen"></span></figcaption></figure>'
  );
};
const readLive = (pad) => {
  if (!reader) return;
  pictures.draw.ticket += 1; // drops the answer to an earlier stroke
  let prediction;
  try {
    prediction = reader.read(pad.toImageData());
  } catch {
    return settle("draw", EMPTY.draw); // nothing stands out
  }
  settle("draw", {
    state: prediction.unsure ? "unsure" : "answer",
    guess: String(prediction.guess),
    probabilities: { ...prediction.probabilities },
    seen: seenFrom(prediction.steps.at(-1)),
    source: "browser",
  });
};

window.siffra = {
  visible,
  /** Number a reading; an answer to an earlier number is dropped. */
  askPhoto: (photo) => {
    ask("photo", !photo);
    return pictures.photo.ticket;
  },
  drawingTicket: () => pictures.draw.ticket,
  fail,
};
watch("value", () => {
  const { picture, ticket, ...answer } = props.value ?? {};
  if (ticket === pictures[picture]?.ticket) settle(picture, answer);
});
document.addEventListener(
  "change",
  (event) => {
    if (event.detail?.canvas?.closest("#pad")) ask("draw", event.detail.isEmpty);
  },
  true,
); // before the pad hands the drawing to Gradio
document.addEventListener(
  "draw",
  (event) => {
    if (event.detail?.canvas?.closest("#pad")) readLive(event.detail);
  },
  true,
);
// No picture looks better than a broken one.
for (const [type, visibility] of [
  ["load", ""],
  ["error", "hidden"],
]) {
  document.addEventListener(
    type,
    ({ target }) => {
      if (target.matches?.("#photo img")) {
        target.style.visibility = visibility;
        showBoxes();
      }
    },
    true,
  );
}
const whenPadExists = () => {
  const pad = document.getElementById("pad");
  if (!pad) return requestAnimationFrame(whenPadExists);
  new ResizeObserver(show).observe(pad); // a tab was switched
};
whenPadExists();
show();
loadReader();
