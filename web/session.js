// A visit: the pad, the photo in its place, and their answer. Both pages are one.
/** @import { Answer, Reading, Shown } from "./answer.js" */
/** @import { Learning } from "./learning.js" */
/** @import { DrawnStroke, Point, SketchPad } from "./pad.js" */
import { isNumber, toShown } from "./answer.js";
import * as background from "./background.js";
import { explain } from "./explanation.js";
import { fromText, open, PictureError, toText } from "./photos.js";
import { BlankImageError, DigitReader } from "./siffra.js";
import { openShare } from "./share.js";
import { Sources } from "./sources.js";
import { decode, encode } from "./strokes.js";
import { percent, translate } from "./texts.js";
import { addThingsToTry, example, play } from "./try.js";

const EMPTY = /** @type {Shown} */ ({ state: "empty", message: "invitation" });
const DRAWING = "siffra.drawing"; // keys of sessionStorage
const PHOTO = "siffra.photo";
const GREETED = "siffra.greeted"; // key of localStorage
const GREETING_AFTER = 1000; // ms
const BUSY_AFTER = 200; // ms until an answer that is out of date looks so
const GIVE_UP_AFTER = 10_000; // ms; the server may be gone without a word
const RETRY_AFTER = 2000; // ms; the server's model may still be loading

/** @typedef {{pixels: ImageData, file: Blob}} Photo */

/** What a visitor draws or hands in, and what is made of it. */
export class Session {
  #pad;
  #answer;
  #learning;
  #askServer;
  #sources;
  /** @type {?Photo} */
  #photo = null;
  #isRead = true; // in the browser
  /** @type {"idle"|"asked"|"done"} */
  #server = "idle"; // whether its answer is awaited
  #newest = 0; // the ticket of the reading that is shown
  #isNumber = false; // what is shown
  /** Counts what is asked, so that a late answer to something earlier is dropped. */
  ticket = 0;

  /**
   * @param {SketchPad} pad
   * @param {Answer} answer
   * @param {Learning} learning
   * @param {?((photo: ?Blob) => void)} askServer Has the server read the photo, or else the
   *   drawing, and call `receive`; it reads a drawing that has changed without being asked.
   */
  constructor(pad, answer, learning, askServer = null) {
    this.#pad = pad;
    this.#answer = answer;
    this.#learning = learning;
    this.#askServer = askServer;
    const root = /** @type {HTMLElement} */ (pad.canvas.closest(".pad"));
    this.#sources = new Sources(root, {
      open: (file) => this.open(file),
      close: () => this.close(),
      share: () => this.#share(),
    });
    if (askServer) this.#showEmpty();
    pad.canvas.addEventListener("draw", () => this.#readDrawing());
    pad.canvas.addEventListener("change", () => this.#changeDrawing());
    learning.addEventListener("change", () => this.#readAgain());
    window.addEventListener("hashchange", () => this.#restore());
    const chips = /** @type {HTMLElement} */ (document.querySelector("#answer .try"));
    addThingsToTry(
      chips,
      (strokes) => this.#write(strokes),
      (file) => this.open(file),
    );
    translate();
    this.#restore();
  }

  /** The photo that is shown, as a file of at most the size that is read; or null. */
  get photo() {
    return this.#photo?.file ?? null;
  }

  /** The picture that is read. */
  get picture() {
    return this.#sources.picture ?? this.#pad.canvas;
  }

  #share() {
    const host = /** @type {HTMLElement} */ (document.querySelector("#answer .answer"));
    openShare(host, this.picture, this.#answer.said, this.link);
  }

  /** An address of this page that carries the drawing, which no server sees. */
  get link() {
    const { drawing } = this.#pad;
    return location.href.split("#")[0] + (drawing.length ? `#${encode(drawing)}` : "");
  }

  /**
   * Load the reader; until it is there, what is drawn waits. It reads digits before all of it is
   * there. A load that fails is tried again.
   * @param {string|URL} url Of model.bin.
   * @returns {Promise<DigitReader>}
   */
  async load(url, attempts = 1) {
    try {
      /** @type {Uint8Array<ArrayBuffer>[]} */
      const chunks = [];
      const reader = await DigitReader.load(await this.#download(url, chunks), (digits) => {
        background.start();
        this.#learning.start(digits);
        showFigure(digits);
      });
      background.prepare(new Blob(chunks));
      this.#learning.start(reader);
      setTimeout(() => this.#greet(), GREETING_AFTER);
      return reader;
    } catch {
      if (!this.#askServer && !this.#learning.reader)
        this.#show({ state: "error", message: "failed" });
      await new Promise((resolve) => setTimeout(resolve, attempts * RETRY_AFTER));
      return this.load(url, attempts + 1);
    }
  }

  /**
   * Read a picture from its own pixels, and show it in the place of the pad.
   * @param {Blob} file
   */
  async open(file) {
    const ticket = this.#start();
    this.#show({ state: "busy", message: "busy" });
    this.#photo = null;
    store(PHOTO, "");
    try {
      const photo = await open(file);
      if (ticket !== this.ticket) return; // something newer was drawn or chosen
      this.#photo = photo;
      this.#sources.show(photo.file);
      this.#awaitServer();
      this.#askServer?.(photo.file);
      const kept = toText(photo.file);
      await this.#read(photo.pixels, ticket);
      if (this.#photo === photo) store(PHOTO, await kept);
    } catch (error) {
      if (ticket !== this.ticket) return;
      if (error instanceof PictureError) this.#sources.show(null);
      this.#fail(error instanceof PictureError ? error.key : "blank");
    }
  }

  /** Put the photo away, and show the drawing again. */
  close() {
    this.#photo = null;
    store(PHOTO, "");
    this.#sources.hide();
    this.#changeDrawing();
    if (!this.#pad.isEmpty) this.#askServer?.(null);
  }

  /**
   * Show what the server has read; an answer to an earlier ticket is dropped.
   * @param {number} ticket
   * @param {{reading?: Reading, size?: number[], state?: string, message?: string}} answer
   */
  receive(ticket, { reading, size = [1, 1], ...message }) {
    if (ticket !== this.ticket) return;
    this.#server = "done";
    // A server with much to do reads one digit only.
    const isLess = this.#isRead && this.#isNumber && !isNumber(reading);
    if (reading && !isLess) this.#show({ ...toShown(reading, size), source: "server" });
    else if (!this.#isRead) this.#show(/** @type {Shown} */ (message));
  }

  /** The server does not answer. */
  fail() {
    if (this.#server !== "asked") return;
    this.#server = "done";
    if (this.#isRead) this.#answer.remark("offline");
    else this.#show({ state: "error", message: "no_answer" });
  }

  /** Number another picture, whose answer is awaited. */
  #start() {
    const ticket = ++this.ticket;
    this.#isRead = false;
    this.#server = "idle";
    this.#answer.withdraw();
    setTimeout(() => {
      const isAnswered = this.#isRead || this.#server === "done";
      if (ticket === this.ticket && !isAnswered) this.#answer.showBusy();
    }, BUSY_AFTER);
    return ticket;
  }

  /** Expect the server's answer, too. */
  #awaitServer() {
    if (!this.#askServer) return;
    const { ticket } = this;
    this.#server = "asked";
    setTimeout(() => ticket === this.ticket && this.fail(), GIVE_UP_AFTER);
  }

  #changeDrawing() {
    store(DRAWING, encode(this.#pad.drawing));
    this.#readDrawing();
    if (!this.#pad.isEmpty) this.#awaitServer();
  }

  /** Read the drawing: one digit at once, several in the background. */
  #readDrawing() {
    if (this.#sources.picture) return;
    const ticket = this.#start();
    if (this.#pad.isEmpty && !this.#pad.isDrawing) return this.#showEmpty();
    const { reader } = this.#learning;
    if (!reader) return this.#answer.expectNext();
    const pixels = this.#pad.toImageData();
    try {
      const single = reader.read(pixels);
      if (single.unsure || this.#isNumber) this.#answer.expectNext();
      else this.#showReading(single, pixels, ticket);
    } catch (error) {
      if (!(error instanceof BlankImageError)) throw error;
      return this.#showEmpty();
    }
    this.#read(pixels, ticket, this.#pad.strokes).catch(() => {}); // the digit stays
  }

  /**
   * Read the number in a picture, and show it unless something newer is shown.
   * @param {ImageData} pixels
   * @param {number} ticket
   * @param {?Point[][]} strokes Of a drawing.
   */
  async #read(pixels, ticket, strokes = null) {
    const reading = await background.read(pixels, this.#learning.examples, strokes);
    if (reading && ticket >= this.#newest) this.#showReading(reading, pixels, ticket);
  }

  /**
   * @param {Reading} reading
   * @param {ImageData} pixels
   * @param {number} ticket
   */
  #showReading(reading, { width, height }, ticket) {
    const isServed = ticket === this.ticket && this.#server === "done";
    if (isServed && !(isNumber(reading) && !this.#isNumber)) return;
    const shown = toShown(reading, [width, height]);
    const digit = shown.steps?.at(-1);
    const { reader } = this.#learning;
    const explainDigit = () => (reader && digit ? explain(reader, digit) : []);
    this.#show({ ...shown, explain: explainDigit, source: "browser" }, ticket);
    if (ticket === this.ticket) this.#isRead = true;
    else this.#answer.expectNext();
  }

  #showEmpty() {
    this.#isRead = true;
    this.#show(EMPTY);
  }

  /** @param {string} message The key of a text. */
  #fail(message) {
    this.#isRead = true;
    this.#show({ state: "error", message });
  }

  /** @param {Shown} shown */
  #show(shown, ticket = this.ticket) {
    this.#newest = ticket;
    this.#isNumber = shown.digits !== undefined;
    this.#answer.show(shown);
  }

  /** The reader has learned: its answer changes at once, then the picture is read again. */
  #readAgain() {
    if (!this.#photo && this.#sources.picture) return; // which cannot be opened
    if (!this.#photo && this.#pad.isEmpty) return this.#showEmpty();
    this.#answer.readAgain();
    if (this.#photo) this.#read(this.#photo.pixels, this.#start()).catch(() => {});
    else this.#readDrawing();
    this.#awaitServer();
    this.#askServer?.(this.photo);
  }

  /** Show the drawing of the link, or else the photo and the drawing that were here before. */
  async #restore() {
    const linked = decode(location.hash.slice(1));
    if (linked.length) {
      history.replaceState(null, "", location.pathname + location.search);
      return this.#write(linked);
    }
    const strokes = decode(load(DRAWING));
    const photo = fromText(load(PHOTO));
    if (photo) await this.open(photo); // first, as it is what the server is to read
    if (strokes.length && this.#pad.isEmpty && !this.#pad.isDrawing) this.#pad.restore(strokes);
  }

  /**
   * Draw as a pen does; a visitor who draws meanwhile goes on from the whole drawing.
   * @param {DrawnStroke[]} strokes
   */
  async #write(strokes) {
    this.#pad.clear();
    await play(strokes, (points) => {
      const isUndisturbed = this.#pad.isEmpty && !this.#pad.isDrawing;
      if (isUndisturbed) this.#pad.ghost = points;
      return isUndisturbed;
    });
    this.#pad.ghost = [];
    this.#pad.restore([...strokes, ...this.#pad.drawing]);
  }

  /** Let a ghost pen write a number, once, and say what is read, until the visitor draws. */
  async #greet() {
    const isWanted = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!isWanted || localStore(GREETED)) return;
    const { ticket } = this;
    const isAlone = () =>
      ticket === this.ticket && this.#pad.isEmpty && !this.#pad.isDrawing && !this.#sources.picture;
    let isReading = false; // one frame at a time
    const read = async () => {
      isReading = true;
      const reading = await background
        .read(this.#pad.ghostToImageData(), [], null)
        .catch(() => null); // a dot, perhaps
      if (reading && isAlone()) this.#answer.show({ ...EMPTY, guess: String(reading.guess) });
      isReading = false;
    };
    await play(example(), (points) => {
      if (!isAlone()) return false;
      this.#pad.ghost = points;
      if (!isReading) read();
      return true;
    });
    if (isAlone()) read(); // all of it
  }

  /**
   * Download a file, and show how much of it is there.
   * @param {string|URL} url
   * @param {Uint8Array<ArrayBuffer>[]} chunks Is filled with the content.
   * @returns {Promise<ReadableStream<Uint8Array<ArrayBuffer>>>}
   */
  async #download(url, chunks) {
    const response = await fetch(url);
    if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
    const total = Number(response.headers.get("Content-Length"));
    let loaded = 0;
    const count = new TransformStream({
      transform: (chunk, controller) => {
        chunks.push(chunk);
        loaded += chunk.length;
        controller.enqueue(chunk);
        if (total) this.#answer.showProgress(loaded / total);
      },
    });
    return response.body.pipeThrough(count);
  }
}

/**
 * Say in the title how many digits are read right.
 * @param {DigitReader} reader
 */
function showFigure({ model: { accuracy } }) {
  const figure = /** @type {?HTMLElement} */ (document.querySelector(".title .figure"));
  if (!figure || !accuracy) return;
  Object.assign(figure.dataset, {
    text: "figure",
    values: JSON.stringify({ share: percent(accuracy) }),
  });
  translate();
}

/**
 * Return whether a key is stored for longer than a visit, and store it.
 * @param {string} key
 */
function localStore(key) {
  try {
    const isStored = localStorage.getItem(key) !== null;
    localStorage.setItem(key, "");
    return isStored;
  } catch {
    return false; // full or forbidden
  }
}

/** @param {string} key */
function load(key) {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return ""; // a browser may forbid it
  }
}

/**
 * @param {string} key
 * @param {string} value
 */
function store(key, value) {
  try {
    sessionStorage.setItem(key, value);
  } catch {
    // full or forbidden
  }
}
