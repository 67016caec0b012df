// Connects the answer of web/answer.js to Gradio, which calls this with `element`, `props` and
// `watch`. The drawing and the photo have their own answers; the one of the visible picture is
// shown. The page's events use `window.siffra`. "input" asks the server again about the visible
// picture, "submit" sends its correction to the operator.
const here = location.origin + location.pathname.replace(/\/$/, "");
const EMPTY = {
  draw: { state: "empty", message: "invitation", source: "server" },
  photo: { state: "empty", message: "photo_invitation", source: "server" },
};
const BUSY_AFTER = 200; // ms until an answer that is out of date looks so
const GIVE_UP_AFTER = 10_000; // ms; Gradio reports no failure when the server is gone
const RETRY_AFTER = 2000; // ms; the server's model may still be loading

const pictures = {
  draw: { shown: EMPTY.draw, ticket: 0, asked: null },
  photo: { shown: EMPTY.photo, ticket: 0, asked: null },
};
const find = (selector) => document.querySelector(selector);
const visible = () => (find("#pad canvas")?.offsetParent ? "draw" : "photo");

let page = null; // the page layer, as soon as it is loaded
let answer = null;
let learning = null; // what the visitor has corrected, also before the reader is loaded
let correctedDigit = null; // that the visitor agreed to send
let shown = null;
const show = () => {
  const picture = pictures[visible()];
  if (answer && picture.shown !== shown) answer.show(picture.shown);
  if (answer) shown = picture.shown;
  if (picture.asked !== null && performance.now() - picture.asked >= BUSY_AFTER) {
    answer?.showBusy();
    shown = null;
  }
};
const settle = (name, next) => {
  Object.assign(pictures[name], { shown: next, asked: null });
  show();
};
const ask = (name, isEmpty) => {
  const picture = pictures[name];
  answer?.withdraw();
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
  const toast = find("[data-testid=toast-body].error:not([data-seen])");
  const name = visible();
  const picture = pictures[name];
  const isRefusal = name === "photo" && picture.shown.state !== "answer" && picture.asked === null;
  if (!toast || (picture.asked === null && !isRefusal)) return;
  toast.dataset.seen = "yes"; // it takes a moment to go
  toast.querySelector("[data-testid=toast-close]").click();
  settle(name, { state: "error", message: isRefusal ? "not_taken" : "no_answer" });
};
new MutationObserver(replaceToast).observe(document.body, { childList: true, subtree: true });

// While the pen moves, the reader in the browser answers; the server's answer replaces it.
const loadReader = async (attempts = 30) => {
  try {
    const { DigitReader } = await import(`${here}/web/siffra.js`);
    learning.start(await DigitReader.load(`${here}/web/model.bin`));
  } catch {
    if (attempts > 0) setTimeout(loadReader, RETRY_AFTER, attempts - 1);
  }
};
const readLive = (pad) => {
  if (!learning?.reader) return;
  answer?.withdraw();
  pictures.draw.ticket += 1; // drops the answer to an earlier stroke
  const pixels = pad.toImageData();
  try {
    const size = [pixels.width, pixels.height];
    settle("draw", { ...page.toShown(learning.reader.read(pixels), size), source: "browser" });
  } catch {
    settle("draw", EMPTY.draw); // nothing stands out
  }
};
// It has learned: the browser's answer changes at once, then the server reads the picture again.
let hasLearned = false;
const readAgain = () => {
  const name = visible();
  const picture = pictures[name];
  const isUnchanged = !hasLearned && !learning.examples.length;
  hasLearned = learning.examples.length > 0;
  if (answer && shown === picture.shown) picture.shown = shown = answer.readAgain();
  const isRead = ["answer", "unsure"].includes(picture.shown.state) || picture.asked !== null;
  if (isUnchanged || !isRead) return;
  ask(name, false);
  trigger("input");
};

window.siffra = {
  /** Leave out the picture that is not visible. */
  visible: ([drawing, photo]) => (visible() === "draw" ? [drawing, null] : [null, photo]),
  /** Number a reading; an answer to an earlier number is dropped. */
  askPhoto: (photo) => {
    ask("photo", !photo);
    return pictures.photo.ticket;
  },
  drawingTicket: () => pictures.draw.ticket,
  ticket: () => pictures[visible()].ticket,
  examples: () => learning?.examples ?? [],
  correctedDigit: () => correctedDigit,
  fail: (name = visible()) => fail(name),
};
watch("value", () => {
  const { picture, ticket, reading, size, note, ...message } = props.value ?? {};
  if (note) return answer.note(note);
  if (ticket !== pictures[picture]?.ticket) return;
  settle(picture, { ...(reading ? page.toShown(reading, size) : message), source: "server" });
});
const onPad = (name, listener) => {
  const isOurs = ({ detail }) => detail?.canvas?.closest("#pad");
  // Before the pad hands the drawing to Gradio.
  document.addEventListener(name, (event) => isOurs(event) && listener(event.detail), true);
};
onPad("change", (pad) => ask("draw", pad.isEmpty));
onPad("draw", readLive);
// No picture looks better than a broken one.
const showPhoto = (visibility) => (event) => {
  if (!event.target.matches?.("#photo img")) return;
  event.target.style.visibility = visibility;
  answer?.showBoxes();
};
document.addEventListener("load", showPhoto(""), true);
document.addEventListener("error", showPhoto("hidden"), true);

const sendCorrection = (digit) => {
  correctedDigit = digit;
  trigger("submit");
};
const start = async () => {
  const { Learning } = await import(`${here}/web/learning.js`);
  page = await import(`${here}/web/answer.js`);
  const { adaptation, collects } = find("#answer .answer").dataset;
  learning = new Learning({ adaptation: JSON.parse(adaptation) });
  learning.addEventListener("change", readAgain);
  loadReader();
  while (!find("#pad canvas") || !find("#how div")) await new Promise(requestAnimationFrame);
  const findPicture = () => find(visible() === "draw" ? "#pad canvas" : "#photo img");
  const send = collects === undefined ? null : sendCorrection;
  answer = new page.Answer(find("#answer"), find("#how"), findPicture, learning, send);
  new ResizeObserver(show).observe(find("#pad")); // a tab was switched
  show();
};
start();
