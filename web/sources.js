// Where pictures come from: the camera, a file, a paste, a drop; and the picture in the pad's place.
import { translate } from "./texts.js";

const BUTTONS = `<label class="button camera"><span data-text="camera"></span>
  <input type="file" accept="image/*" capture="environment"></label>
<label class="button" id="photo"><span data-text="photo"></span>
  <input type="file" accept="image/*,.heic,.heif"></label>
<button type="button" data-tool="share" data-text="share"></button>`;
const PHOTO = `<img alt="" hidden>
<div class="back"><button type="button" data-tool="back" data-text="back"></button></div>`;

/** The buttons below a pad, and a photo that covers it. */
export class Sources {
  #root;
  #photo = document.createElement("div");
  #image;

  /**
   * @param {HTMLElement} root .pad
   * @param {{open: (file: Blob) => void, close: () => void, share: () => void}} session
   */
  constructor(root, { open, close, share }) {
    this.#root = root;
    const row = root.querySelector(".sources") ?? document.createElement("div");
    row.className = "sources";
    row.innerHTML = BUTTONS;
    this.#photo.className = "photo";
    this.#photo.innerHTML = PHOTO;
    this.#image = /** @type {HTMLImageElement} */ (this.#photo.querySelector("img"));
    root.append(this.#photo, row);
    translate();
    for (const input of row.querySelectorAll("input"))
      input.onchange = () => {
        if (input.files?.[0]) open(input.files[0]);
        input.value = ""; // the same file can be chosen again
      };
    const find = (/** @type {string} */ tool) =>
      /** @type {HTMLButtonElement} */ (root.querySelector(`[data-tool=${tool}]`));
    find("back").onclick = close;
    find("share").onclick = share;
    document.addEventListener("paste", ({ clipboardData }) => {
      if (clipboardData?.files[0]) open(clipboardData.files[0]);
    });
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      if (event.dataTransfer?.files[0]) open(event.dataTransfer.files[0]);
    });
  }

  /**
   * The photo that covers the pad, or null.
   * @returns {?HTMLImageElement}
   */
  get picture() {
    return this.#root.classList.contains("has-photo") ? this.#image : null;
  }

  /**
   * Cover the pad with a photo, or with nothing where it cannot be opened.
   * @param {?Blob} file
   */
  show(file) {
    URL.revokeObjectURL(this.#image.src);
    this.#image.hidden = !file;
    if (file) this.#image.src = URL.createObjectURL(file);
    this.#root.classList.add("has-photo");
  }

  hide() {
    this.#root.classList.remove("has-photo");
    URL.revokeObjectURL(this.#image.src);
  }
}
