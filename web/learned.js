// A line that says how much the reader has learned from the visitor, and lets the visitor decide.
/** @import { Learning } from "./learning.js" */
import { text } from "./texts.js";

/** @typedef {[string, () => void]} Action The key of a button's text, and its action. */

/** The line below the bars. */
export class Learned {
  #root;
  #learning;
  #send;
  /** @type {?number} */
  #offered = null; // the digit of a correction that the visitor may send
  /** @type {?string} */
  #note = null; // the key of a text, until the next correction

  /**
   * @param {HTMLElement} root
   * @param {Learning} learning
   * @param {?((digit: number) => void)} send Sends a correction of what is shown to the operator;
   *   null if the operator does not collect any.
   */
  constructor(root, learning, send) {
    this.#root = root;
    this.#learning = learning;
    this.#send = send;
  }

  /** @param {?string} key */
  note(key) {
    this.#note = key;
    this.render();
  }

  /**
   * Send a correction if the visitor has agreed, and ask a visitor who was never asked.
   * @param {number} digit
   */
  offer(digit) {
    this.#note = null;
    if (this.#learning.consent === "yes") this.#send?.(digit);
    else if (this.#send && this.#learning.consent === null) this.#offered = digit;
    this.render();
  }

  /** Take the question back: there is another picture now. */
  withdraw() {
    if (this.#offered === null && this.#note === null) return;
    this.#offered = this.#note = null;
    this.render();
  }

  /** @param {"yes"|"no"} answer */
  #decide(answer) {
    const digit = this.#offered;
    this.#offered = null;
    this.#learning.consent = answer;
    if (answer === "yes" && digit !== null) this.#send?.(digit);
    this.render();
  }

  render() {
    const { canRestore, examples } = this.#learning;
    const n = examples.length;
    const forget = () => {
      this.#note = null;
      this.#learning.forget();
    };
    /** @type {Action[]} */
    const decide = [
      ["yes", () => this.#decide("yes")],
      ["no", () => this.#decide("no")],
    ];
    if (this.#offered !== null) this.#say("ask", decide);
    else if (n) this.#say(this.#note ?? "learned", [["forget", forget]]);
    else if (canRestore) this.#say("forgotten", [["restore", () => this.#learning.restore()]]);
    else this.#say(null, []);
  }

  /**
   * Show a text and buttons, unless they are there: one may have the focus.
   * @param {?string} key
   * @param {Action[]} actions
   */
  #say(key, actions) {
    const said = key ? text(key, { n: this.#learning.examples.length }) : "";
    const buttons = actions.map(([name, action]) => {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", textContent: text(name), onclick: action });
      return button;
    });
    const isSame = this.#root.textContent === [said, ...buttons.map((b) => b.textContent)].join("");
    if (isSame) return;
    const hadFocus = this.#root.contains(document.activeElement);
    const sentence = document.createElement("span");
    sentence.textContent = said;
    this.#root.replaceChildren(sentence, ...buttons);
    if (hadFocus) buttons[0]?.focus();
  }
}
