// The boxes of a number's digits, over the picture in which they were found.

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
   * Show digits over a picture, which shows all of an image in its middle.
   * @param {?HTMLElement} picture
   * @param {{label: number|string, box: number[]}[]} digits
   * @param {number[]} size Width and height of the image in whose pixels the boxes are.
   */
  show(picture, digits, [width, height]) {
    this.hide();
    if (!picture?.offsetParent) return;
    this.#svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
    this.#svg.replaceChildren(...digits.flatMap(drawDigit));
    picture.offsetParent.append(this.#svg);
    this.#places = digits.map(({ box }) => box);
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
 * Draw the box of a digit with its label in the top left corner.
 * @param {{label: number|string, box: number[]}} digit
 */
function drawDigit({ label, box: [x, y, width, height] }) {
  const name = create("text", { x, y, "font-size": height / 4 });
  name.textContent = String(label);
  return [create("rect", { x, y, width, height }), name];
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
