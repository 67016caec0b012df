// The drawings that a visitor has corrected; they stay on the visitor's device.
/** @import { Example } from "./adaptation.js" */
/** @import { Constants } from "./constants.js" */
/** @import { DigitReader } from "./siffra.js" */
import { checkExamples } from "./adaptation.js";

const EXAMPLES = "siffra.examples"; // keys of localStorage
const CONSENT = "siffra.consent";

/** A reader that learns from corrections; "change" fires when it has learned or forgotten. */
export class Learning extends EventTarget {
  /** @type {?Pick<Constants, "adaptation">} */
  #constants = null;
  /** @type {?DigitReader} */
  #base = null;
  /** @type {?{examples: readonly Example[], consent: ?string}} */
  #forgotten = null;
  #consent = load(CONSENT);
  /**
   * The oldest come first.
   * @type {readonly Example[]}
   */
  examples = [];
  /**
   * The reader that has learned; null until `start`.
   * @type {?DigitReader}
   */
  reader = null;

  /**
   * @param {Pick<Constants, "adaptation">} [constants] If given, the visitor can correct a server's
   *   answers before `start`.
   */
  constructor(constants) {
    super();
    if (constants) this.#recall(constants);
    window.addEventListener("storage", ({ key }) => {
      if (this.#constants && key === EXAMPLES) this.#recall(this.#constants); // in another tab
    });
  }

  /**
   * Teach a reader that has learned nothing.
   * @param {DigitReader} base
   */
  start(base) {
    this.#base = base;
    if (this.#constants) this.#adapt(this.examples);
    else this.#recall(base.constants);
  }

  get canRestore() {
    return this.#forgotten !== null;
  }

  /** Whether to send corrections to the operator: "yes", "no", or null if nobody has asked. */
  get consent() {
    return this.#consent;
  }

  set consent(answer) {
    this.#consent = answer;
    store(CONSENT, answer);
  }

  /**
   * Return the digit that the visitor said a drawing shows.
   * @param {string} pixels In base64.
   */
  find(pixels) {
    return this.examples.find((one) => one.pixels === pixels)?.digit;
  }

  /**
   * Learn that a drawing shows a digit, or unlearn it if that was said before.
   * @param {string} pixels In base64.
   * @param {number} digit
   * @returns {boolean} Whether it was learned.
   */
  correct(pixels, digit) {
    const isNew = this.find(pixels) !== digit;
    const others = this.examples.filter((one) => one.pixels !== pixels);
    this.#forgotten = null;
    this.#learn(isNew ? [...others, { digit, pixels }] : others);
    return isNew;
  }

  /** Forget everything that is stored here. */
  forget() {
    this.#forgotten = { examples: this.examples, consent: this.consent };
    this.consent = null;
    this.#learn([]);
  }

  /** Take back what was forgotten last. */
  restore() {
    const { examples, consent } = this.#forgotten ?? { examples: [], consent: null };
    this.#forgotten = null;
    this.consent = consent;
    this.#learn(examples);
  }

  /** @param {readonly Example[]} examples */
  #learn(examples) {
    this.#adapt(examples);
    store(EXAMPLES, this.examples.length ? JSON.stringify(this.examples) : null);
  }

  /** @param {Pick<Constants, "adaptation">} constants */
  #recall(constants) {
    this.#constants = constants;
    this.#adapt(parse(load(EXAMPLES), constants));
  }

  /** @param {readonly Example[]} examples */
  #adapt(examples) {
    const { adaptation } = /** @type {Pick<Constants, "adaptation">} */ (this.#constants);
    this.examples = examples.slice(-adaptation.MAX_EXAMPLES);
    this.reader = this.#base?.adapt(this.examples) ?? null;
    this.dispatchEvent(new Event("change"));
  }
}

/**
 * Return stored examples; none if this page has not stored them.
 * @param {?string} text
 * @param {Pick<Constants, "adaptation">} constants
 */
function parse(text, constants) {
  try {
    return checkExamples(JSON.parse(text ?? "[]"), constants);
  } catch {
    return [];
  }
}

/**
 * @param {string} key
 * @returns {?string}
 */
function load(key) {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // a browser may forbid it
  }
}

/**
 * Store a text, or remove it. Where that fails, it is known until the page is left.
 * @param {string} key
 * @param {?string} text
 */
function store(key, text) {
  try {
    if (text === null) localStorage.removeItem(key);
    else localStorage.setItem(key, text);
  } catch {
    // full or forbidden
  }
}
