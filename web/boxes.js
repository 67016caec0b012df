// The boxes of a number's digits and signs, and of ink that was left out, over their picture.

const NAMESPACE = "http://www.w3.org/2000/svg";

/** Boxes over one picture at a time. */
export class Boxes {
  #svg = document.createElementNS(NAMESPACE, "svg");
  /** @type {?HTMLElement} */
  #picture = null;
  #observer = new ResizeObserver(() => this.#place());
  #onPoint;
  /** @type {number[][]} */
  #places = [];

  /** @param {(index: ?number) => void} onPoint Is called with the digit that the mouse is at. */
  constructor(onPoint) {
    this.#onPoint = onPoint;
    this.#svg.classList.add("boxes");
    this.#svg.setAttribute("aria-hidden", "true");
  }

  /**
   * Show the parts of a number over a picture, which shows all of an image in its middle.
   * @param {?HTMLElement} picture
   * @param {{label: number|string, box: number[]}[]} parts The digits first; what has no label was
   *   left out.
   * @param {number[]} size Width and height of the image in whose pixels the boxes are.
   * @param {boolean} isGuess
   */
  show(picture, parts, [width, height], isGuess) {
    this.hide();
    if (!picture?.offsetParent) return;
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#svg.classList.toggle("guess", isGuess);
    this.#svg.replaceChildren(...parts.flatMap((part) => drawPart(part, Math.max(width, height))));
    picture.offsetParent.append(this.#svg);
    // Only a digit can be pointed at.
    this.#places = parts.filter(({ label }) => Number.isInteger(label)).map(({ box }) => box);
    this.#picture = picture;
    picture.addEventListener("pointermove", this.#point);
    picture.addEventListener("pointerleave", this.#leave);
    this.#observer.observe(picture);
    this.#place();
  }

  hide() {
    this.#picture?.removeEventListener("pointermove", this.#point);
    this.#picture?.removeEventListener("pointerleave", this.#leave);
    this.#observer.disconnect();
    this.#svg.remove();
  }

  /**
   * Let the box of a digit stand out.
   * @param {number} marked
   */
  mark(marked) {
    this.#svg.querySelectorAll("rect").forEach((rect, index) => {
      rect.classList.toggle("chosen", index === marked);
    });
  }

  #leave = () => this.#onPoint(null);

  /** @param {PointerEvent} event */
  #point = ({ pointerType, buttons, clientX, clientY }) => {
    if (pointerType !== "mouse" || buttons) return;
    const { x, y } = new DOMPoint(clientX, clientY).matrixTransform(
      this.#svg.getScreenCTM()?.inverse(),
    );
    const index = this.#places.findIndex(
      ([left, top, width, height]) =>
        x >= left && x <= left + width && y >= top && y <= top + height,
    );
    this.#onPoint(index < 0 ? null : index);
  };

  /** Lie on the picture, without its border. */
  #place() {
    const picture = this.#picture;
    if (!picture) return;
    const { offsetLeft, offsetTop, clientLeft, clientTop, clientWidth, clientHeight } = picture;
    const place = [offsetLeft + clientLeft, offsetTop + clientTop, clientWidth, clientHeight];
    ["left", "top", "width", "height"].forEach((side, k) => {
      this.#svg.style.setProperty(side, `${place[k]}px`);
    });
  }
}

/**
 * Draw the box of a digit or sign with its label in the top left corner.
 * @param {{label: number|string, box: number[]}} part
 * @param {number} side Of the image.
 */
function drawPart({ label, box: [x, y, width, height] }, side) {
  const rect = create("rect", { x, y, width, height });
  rect.classList.toggle("left-out", label === "");
  const name = create("text", { x, y, "font-size": Math.max(height / 4, side / 14) });
  name.textContent = String(label);
  return label === "" ? [rect] : [rect, name];
}

/**
 * @param {string} name
 * @param {Record<string, number>} attributes
 */
function create(name, attributes) {
  const element = document.createElementNS(NAMESPACE, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value.toFixed(1));
  }
  return element;
}
