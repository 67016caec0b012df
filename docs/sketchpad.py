"""A sketch pad for any Gradio app, in one file to copy: python sketchpad.py.

Written by docs/build_sketchpad.py of Siffra from web/pad.js and web/tools.js. Apache License 2.0.
"""

from typing import Any

import gradio as gr


class Sketchpad(gr.HTML):
    """A pad to draw on with a mouse, a finger, a pen or the keyboard.

    In Python its value is that of `gr.Sketchpad`: a dict of "background", "layers" and
    "composite", RGBA arrays of 400 x 400 pixels, or None on an empty pad. It can be set to None,
    an array, a PIL image or such a dict. `change` fires after each stroke, undo, redo and clear,
    and `clear` when the pad becomes empty.
    """

    HTML_TEMPLATE = '<div class="pad"><canvas></canvas><div class="tools"></div></div>'
    CSS_TEMPLATE = """
.pad { display: grid; gap: 0.5rem; margin-inline: auto; max-width: 32rem; }
.pad canvas {
  aspect-ratio: 1; border: 1px solid GrayText; border-radius: 1rem; box-sizing: border-box;
  display: block; width: 100%;
}
.pad canvas:focus-visible, .pad button:focus-visible { outline: 3px solid Highlight; }
.pad .tools { display: flex; gap: 0.4rem; }
.pad button {
  background: ButtonFace; border: 1px solid GrayText; border-radius: 0.6rem; color: ButtonText;
  cursor: pointer; flex: 1; font: inherit; min-height: 2.75rem;
}
.pad button[aria-pressed="true"] { background: ButtonText; color: ButtonFace; }
.pad button[aria-disabled="true"] { color: GrayText; cursor: default; }
"""
    JS_ON_LOAD = r"""
const NAMES = {};
/* A sketch pad: new SketchPad(canvas) makes a square <canvas> drawable. The canvas then dispatches
   two bubbling events whose `detail` is the pad: "draw", live, also when a stroke is given up, and
   "change", after each finished stroke, undo, redo and clear. */

/* Lengths are fractions of the pad's side, so that a drawing keeps its shape at any size. */
const BRUSH = 34 / 800;
const ERASER = 3 * BRUSH;
const KEY_STEP = 1 / 40;
const EXPORT_SIDE = 400; // pixels
const MIN_STEP = 2; // pixels between points that are handed out
// As in siffra/numbers/strokes.py.
const MAX_STROKES = 1000;
const MAX_POINTS = 10_000;
const MAX_HISTORY = 200; // states that Undo can go back
const PEN_MODE = 5000; // ms after a pen's last event in which a touch is taken for a palm
const RESTING = 150; // ms in which a finger that draws has moved, and a palm has not
const RESTING_MOVE = 1 / 50;
const PAPER = "#fff";
const GHOST = "#b8b3a8"; // of strokes that are shown and no part of the drawing
/** @type {Record<string, Point>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @typedef {[number, number]} Point */
/** @typedef {{points: Point[], isEraser: boolean}} DrawnStroke */
/** @typedef {{points: Point[], width: number, color: string}} Stroke */
/** @typedef {Stroke | HTMLImageElement | HTMLCanvasElement} Item */

class SketchPad {
  /** @type {Item[]} */
  #items = []; // in the order of painting
  /** @type {Item[][]} */
  #past = [];
  /** @type {Item[][]} */
  #future = [];
  /** @type {?Stroke} */
  #stroke = null; // the one being drawn
  /** @type {?{id: number, type: string, since: number}} */
  #pointer = null; // who draws it
  /** @type {Stroke[]} */
  #ghost = [];
  #penSeen = -Infinity;
  /** @type {?Point} */
  #cursor = null; // where the keyboard's pen is
  /** @type {Set<string>} */
  #keys = new Set();
  #finished = document.createElement("canvas"); // all items at the screen's resolution
  #frame = 0;

  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    /** @type {HTMLCanvasElement & {pad: SketchPad}} */
    this.canvas = Object.assign(canvas, { pad: this }); // for a page that looks for it
    this.erasing = false;
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    // Two fingers scroll and zoom the page; a single one draws.
    Object.assign(canvas.style, {
      touchAction: "pinch-zoom",
      userSelect: "none",
      webkitUserSelect: "none",
      webkitTouchCallout: "none",
      background: "#fff",
      cursor: "crosshair",
    });
    /** @type {Record<string, (event: any) => void>} */
    const listeners = {
      pointerdown: this.#down,
      pointermove: this.#move,
      pointerup: this.#up,
      pointercancel: this.#cancel,
      keydown: this.#keyDown,
      keyup: this.#keyUp,
      blur: this.#blur,
      contextmenu: (event) => this.#stroke && event.preventDefault(),
    };
    for (const [name, listener] of Object.entries(listeners)) {
      canvas.addEventListener(name, listener);
    }
    document.addEventListener("keydown", this.#undoByKey);
    new ResizeObserver(this.#resize).observe(canvas);
    this.#resize();
  }

  get isEmpty() {
    return this.#items.length === 0;
  }
  get isDrawing() {
    return this.#stroke !== null;
  }
  get canUndo() {
    return this.#past.length > 0;
  }
  get canRedo() {
    return this.#future.length > 0;
  }

  undo() {
    this.#restore(this.#past, this.#future);
  }
  redo() {
    this.#restore(this.#future, this.#past);
  }

  /** Empty the pad and take up the pen; Undo brings the drawing back. */
  clear() {
    this.#abandon();
    this.erasing = false;
    if (!this.isEmpty) this.#replace([]);
  }

  /**
   * Fill the pad with an image, as one step that Undo takes back.
   * @param {HTMLImageElement | HTMLCanvasElement} image
   */
  show(image) {
    this.#replace([image]);
  }

  /**
   * The strokes of the drawing, also those of the eraser, in the order drawn.
   * @returns {DrawnStroke[]}
   */
  get drawing() {
    const strokes = this.#items.filter((item) => "points" in item);
    return strokes.map(({ points, color }) => ({ points, isEraser: color === PAPER }));
  }

  /**
   * Replace the drawing, as one step that Undo takes back.
   * @param {DrawnStroke[]} strokes
   */
  restore(strokes) {
    this.#replace(strokes.map(({ points, isEraser }) => createStroke(points, isEraser)));
  }

  /**
   * Strokes that are shown in gray until the visitor draws, and are no part of the drawing.
   * @param {Point[][]} strokes
   */
  set ghost(strokes) {
    this.#ghost = strokes.map((points) => ({ ...createStroke(points, false), color: GHOST }));
    this.#schedule();
  }

  get hasGhost() {
    return this.#ghost.length > 0;
  }

  /** What `toImageData` returns if the ghost is the drawing. */
  ghostToImageData(side = EXPORT_SIDE) {
    const strokes = this.#ghost.map(({ points }) => createStroke(points, false));
    return contextOf(this.#render(side, strokes)).getImageData(0, 0, side, side);
  }

  /** Return the drawing, black on white, the stroke being drawn included. */
  toImageData(side = EXPORT_SIDE) {
    return contextOf(this.#render(side)).getImageData(0, 0, side, side);
  }

  /** Return the drawing as the data URL of a PNG file. */
  toDataURL(side = EXPORT_SIDE) {
    return this.#render(side).toDataURL("image/png");
  }

  /**
   * What was drawn, for `DigitReader.readNumber`: the points of each stroke, in the order drawn and
   * in pixels of `toImageData`, the one being drawn included. What was erased is not left out: the
   * image tells. More than a number has are none.
   * @returns {Point[][]}
   */
  get strokes() {
    const items = this.#stroke ? [...this.#items, this.#stroke] : this.#items;
    const drawn = items.filter((item) => "points" in item && item.color !== PAPER);
    const strokes = drawn.map((item) => simplify(/** @type {Stroke} */ (item).points));
    const isNumber = strokes.length <= MAX_STROKES && strokes.flat().length <= MAX_POINTS;
    return isNumber ? strokes : [];
  }

  // History

  /** @param {Item[]} items */
  #replace(items) {
    this.#past = [...this.#past, this.#items].slice(-MAX_HISTORY);
    this.#future = [];
    this.#setItems(items);
  }

  /**
   * @param {Item[][]} from
   * @param {Item[][]} to
   */
  #restore(from, to) {
    const items = this.#stroke ? undefined : from.pop();
    if (!items) return;
    to.push(this.#items);
    this.#setItems(items);
  }

  /** @param {Item[]} items */
  #setItems(items) {
    this.#items = items;
    this.#paintFinished();
    this.#dispatch("change");
  }

  /** @param {string} name */
  #dispatch(name) {
    this.canvas.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: this }));
  }

  // Pointers

  /** @param {PointerEvent} event */
  #down = (event) => {
    if (event.pointerType === "pen") {
      this.#penSeen = event.timeStamp;
      if (this.#pointer?.type === "touch") this.#abandon(); // it was the palm
    }
    if (event.pointerType === "touch" && this.#isResting(event)) this.#abandon(); // a palm, too
    const isPalm = event.pointerType === "touch" && event.timeStamp - this.#penSeen < PEN_MODE;
    const isEraserEnd = event.pointerType === "pen" && event.button === 5;
    if (this.#stroke || isPalm || (event.button !== 0 && !isEraserEnd)) return;
    this.#cursor = null;
    const { pointerId: id, pointerType: type, timeStamp: since } = event;
    this.#pointer = { id, type, since };
    this.canvas.setPointerCapture(event.pointerId);
    this.#begin(this.#locate(event), this.erasing || isEraserEnd);
  };

  /**
   * Return whether the touch that draws has been where it is for a while.
   * @param {PointerEvent} event Another touch.
   */
  #isResting({ timeStamp }) {
    if (this.#pointer?.type !== "touch" || !this.#stroke) return false;
    const [[x, y], ...others] = this.#stroke.points;
    const isStill = others.every((point) => Math.hypot(point[0] - x, point[1] - y) < RESTING_MOVE);
    return isStill && timeStamp - this.#pointer.since > RESTING;
  }

  /** @param {PointerEvent} event */
  #move = (event) => {
    if (event.pointerId !== this.#pointer?.id) return;
    if (event.pointerType === "pen") this.#penSeen = event.timeStamp;
    const events = event.getCoalescedEvents?.() ?? [];
    this.#extend((events.length ? events : [event]).map(this.#locate));
  };

  /** @param {PointerEvent} event */
  #up = (event) => {
    if (event.pointerId !== this.#pointer?.id) return;
    this.#pointer = null;
    this.#finish();
  };

  /**
   * The browser has taken the gesture: a second finger scrolls, or the system interrupts.
   * @param {PointerEvent} event
   */
  #cancel = (event) => {
    if (event.pointerId === this.#pointer?.id) this.#abandon();
  };

  /**
   * @param {PointerEvent} event
   * @returns {Point}
   */
  #locate = (event) => {
    const { left, top, side } = this.#place();
    return [(event.clientX - left) / side, (event.clientY - top) / side];
  };

  /** Return where the canvas is on the page, without its border. */
  #place() {
    const { canvas } = this;
    const { left, top, width } = canvas.getBoundingClientRect();
    const side = width - (canvas.offsetWidth - canvas.clientWidth);
    return { left: left + canvas.clientLeft, top: top + canvas.clientTop, side };
  }

  /**
   * @param {Point} point
   * @param {boolean} isEraser
   */
  #begin(point, isEraser) {
    this.#stroke = createStroke([point], isEraser);
    this.#ghost = [];
    this.#schedule();
  }

  /** @param {Point[]} points */
  #extend(points) {
    this.#stroke?.points.push(...points);
    this.#schedule();
  }

  #finish() {
    const stroke = this.#stroke;
    this.#stroke = null;
    if (stroke) this.#replace([...this.#items, stroke]);
  }

  #abandon() {
    const stroke = this.#stroke;
    this.#stroke = this.#pointer = null;
    this.#schedule();
    if (stroke) this.#dispatch("draw"); // the drawing is what it was before
  }

  // Keyboard: arrows move the pen (two at once diagonally), space puts it down and lifts it.

  /** @param {KeyboardEvent} event */
  #keyDown = (event) => {
    if (event.ctrlKey || event.metaKey) return;
    if (event.key in ARROWS) {
      this.#keys.add(event.key);
      this.#moveCursor();
    } else if (event.key === " " && !event.repeat) {
      this.#cursor ??= [0.5, 0.5];
      if (!this.#stroke) this.#begin(this.#cursor, this.erasing);
      else if (!this.#pointer) this.#finish();
    } else if (event.key !== " ") {
      return;
    }
    event.preventDefault();
  };

  /**
   * Undo and redo, wherever the focus is after a click: on a button, or on nothing.
   * @param {KeyboardEvent} event
   */
  #undoByKey = (event) => {
    const key = event.key.toLowerCase();
    if (!(event.ctrlKey || event.metaKey) || (key !== "z" && key !== "y")) return;
    const target = /** @type {Element} */ (event.target);
    const isOurs = target === document.body || target.contains(this.canvas.parentElement);
    const isNear = this.canvas.parentElement?.contains(target);
    if (!(isOurs || isNear) || !this.canvas.checkVisibility({ visibilityProperty: true })) return;
    event.preventDefault();
    key === "y" || event.shiftKey ? this.redo() : this.undo();
  };

  /** @param {KeyboardEvent} event */
  #keyUp = (event) => this.#keys.delete(event.key);

  #blur = () => {
    this.#keys.clear();
    this.#cursor = null;
    if (!this.#pointer) this.#finish();
    this.#schedule();
  };

  #moveCursor() {
    if (this.#pointer) return;
    const from = this.#cursor ?? [0.5, 0.5];
    const [x, y] = [0, 1].map((axis) => {
      const steps = [...this.#keys].reduce((sum, key) => sum + ARROWS[key][axis], 0);
      return Math.min(1, Math.max(0, from[axis] + steps * KEY_STEP));
    });
    this.#cursor = [x, y];
    if (this.#stroke) this.#extend([[x, y]]);
    this.#schedule();
  }

  // Painting

  #resize = () => {
    const side = Math.round(this.#place().side * devicePixelRatio);
    if (side <= 0 || side === this.canvas.width) return; // hidden, or as it was
    for (const canvas of [this.canvas, this.#finished]) canvas.width = canvas.height = side;
    this.#paintFinished();
  };

  #schedule() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.#paint();
      if (this.#stroke) this.#dispatch("draw");
    });
  }

  #paintFinished() {
    paintAll(this.#finished, this.#items);
    this.#paint();
  }

  #paint() {
    const pen = contextOf(this.canvas);
    const side = this.canvas.width;
    pen.drawImage(this.#finished, 0, 0);
    for (const stroke of this.#ghost) paintStroke(pen, stroke, side);
    if (this.#stroke) paintStroke(pen, this.#stroke, side);
    if (this.#cursor) paintCursor(pen, this.#cursor, side);
  }

  /** @param {number} side */
  #render(side, items = this.#stroke ? [...this.#items, this.#stroke] : this.#items) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = side;
    canvas.getContext("2d", { alpha: false, willReadFrequently: true });
    paintAll(canvas, items);
    return canvas;
  }
}

/**
 * Return points in whole pixels of the exported image, without those that are closer than the eye
 * can tell.
 * @param {Point[]} points
 */
function simplify(points) {
  /** @type {Point[]} */
  const kept = [];
  points.forEach(([x, y], k) => {
    /** @type {Point} */
    const point = [Math.round(x * EXPORT_SIDE), Math.round(y * EXPORT_SIDE)];
    const last = kept[kept.length - 1];
    const isFar = !last || Math.hypot(point[0] - last[0], point[1] - last[1]) >= MIN_STEP;
    if (isFar || k === points.length - 1) kept.push(point);
  });
  return kept;
}

/**
 * @param {Point[]} points
 * @param {boolean} isEraser
 * @returns {Stroke}
 */
function createStroke(points, isEraser) {
  return { points, width: isEraser ? ERASER : BRUSH, color: isEraser ? PAPER : "#000" };
}

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {CanvasRenderingContext2D}
 */
function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Item[]} items
 */
function paintAll(canvas, items) {
  const pen = contextOf(canvas);
  pen.fillStyle = PAPER;
  pen.fillRect(0, 0, canvas.width, canvas.height);
  for (const item of items) {
    if ("points" in item) paintStroke(pen, item, canvas.width);
    else pen.drawImage(item, 0, 0, canvas.width, canvas.height);
  }
}

/**
 * Paint a curve: it is smooth where the points turn gently and keeps sharp corners.
 * @param {CanvasRenderingContext2D} pen
 * @param {Stroke} stroke
 * @param {number} side
 */
function paintStroke(pen, { points, width, color }, side) {
  /** @type {Point[]} */
  const places = points.map(([x, y]) => [x * side, y * side]);
  const [last] = places.slice(-1);
  pen.lineCap = pen.lineJoin = "round";
  pen.lineWidth = width * side;
  pen.strokeStyle = color;
  pen.beginPath();
  pen.moveTo(...places[0]);
  for (let k = 1; k < places.length - 1; k++) {
    const [before, point, after] = places.slice(k - 1, k + 2);
    /** @type {Point} */
    const middle = [(point[0] + after[0]) / 2, (point[1] + after[1]) / 2];
    if (isCorner(before, point, after)) {
      pen.lineTo(...point);
      pen.lineTo(...middle);
    } else {
      pen.quadraticCurveTo(...point, ...middle);
    }
  }
  pen.lineTo(last[0] + 0.01, last[1]); // a line of no length would leave no dot
  pen.stroke();
}

/**
 * Return whether the way from `before` to `after` turns by more than 60 degrees at `point`.
 * @param {Point} before
 * @param {Point} point
 * @param {Point} after
 */
function isCorner(before, point, after) {
  const [x1, y1] = [point[0] - before[0], point[1] - before[1]];
  const [x2, y2] = [after[0] - point[0], after[1] - point[1]];
  return x1 * x2 + y1 * y2 < 0.5 * Math.hypot(x1, y1) * Math.hypot(x2, y2);
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {Point} place
 * @param {number} side
 */
function paintCursor(pen, [x, y], side) {
  pen.lineWidth = Math.max(2, side / 200);
  pen.strokeStyle = "#c2410c";
  pen.beginPath();
  pen.arc(x * side, y * side, BRUSH * side, 0, 2 * Math.PI);
  pen.stroke();
}
// The buttons of a sketch pad, in their order on every page.

const TOOLS = ["undo", "redo", "eraser", "clear", "save"];
const FILE_NAME = "siffra.png";

/**
 * Fill an element with the buttons of a pad and connect them to it. Their data-text is the key of
 * their text, for a page that translates itself.
 * @param {HTMLElement} element
 * @param {import("./pad.js").SketchPad} pad
 * @param {Record<string, string>} [names] What the buttons say, if not their English names.
 */
function addTools(element, pad, names = {}) {
  /** @param {string} tool */
  const addButton = (tool) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = names[tool] ?? tool[0].toUpperCase() + tool.slice(1);
    Object.assign(button.dataset, { tool, text: tool });
    element.append(button);
    return button;
  };
  const [undo, redo, eraser, clear, save] = TOOLS.map(addButton);
  // aria-disabled, not disabled: the button that was pressed keeps the focus.
  const refresh = () => {
    undo.ariaDisabled = String(!pad.canUndo);
    redo.ariaDisabled = String(!pad.canRedo);
    clear.ariaDisabled = save.ariaDisabled = String(pad.isEmpty);
    eraser.ariaPressed = String(pad.erasing);
  };
  undo.onclick = () => pad.undo();
  redo.onclick = () => pad.redo();
  eraser.onclick = () => {
    pad.erasing = !pad.erasing;
    refresh();
  };
  clear.onclick = () => {
    pad.clear();
    refresh();
  };
  save.onclick = () => {
    if (!pad.isEmpty) download(pad.toDataURL(), FILE_NAME);
  };
  pad.canvas.addEventListener("change", refresh);
  refresh();
}

/**
 * @param {string} url
 * @param {string} name
 */
function download(url, name) {
  Object.assign(document.createElement("a"), { href: url, download: name }).click();
}
// Connects the pad to Gradio, which calls this with `element`, `props`, `trigger` and `watch`.
const pad = new SketchPad(element.querySelector("canvas"));
addTools(element.querySelector(".tools"), pad, NAMES);
let version = null; // of the last value that Python has set
let drawn = null; // the last value from here, newer than that one
element.addEventListener("change", () => {
  drawn = pad.isEmpty ? "" : { image: pad.toDataURL(), strokes: pad.strokes };
  props.value = drawn; // Gradio then fires its own "change"
  if (pad.isEmpty) trigger("clear");
});
/** Show what Python has set. Gradio may hand over a value again, when something else is drawn. */
const showValue = async () => {
  const set = props.value;
  if (set?.version === version && drawn !== null) props.value = drawn; // late: put it right
  if (!set?.version || set.version === version) return; // from here, or known
  version = set.version;
  drawn = null;
  if (!set.image) return pad.clear();
  const image = new Image();
  image.src = set.image;
  await image.decode();
  pad.show(image);
};
watch("value", showValue);
showValue();
"""
    MAX_LENGTH = 256 * 1024  # characters of a drawing as it arrives
    MAX_PIXELS = 1_000_000

    def __init__(self, value: Any = None, *, label: str = "Sketch pad", **options: Any) -> None:
        super().__init__(
            value,
            label=label,
            html_template=self.HTML_TEMPLATE,
            css_template=self.CSS_TEMPLATE,
            js_on_load=self.JS_ON_LOAD,
            apply_default_css=False,
            **options,
        )

    def preprocess(self, payload: Any) -> dict[str, Any]:
        """Return the drawing as the value of an image editor."""
        import base64
        import io

        import numpy as np
        from PIL import Image

        url = payload.get("image") if isinstance(payload, dict) else payload
        if not url:
            return {"background": None, "layers": [], "composite": None}
        prefix = "data:image/png;base64,"
        if not isinstance(url, str) or not url.startswith(prefix) or len(url) > self.MAX_LENGTH:
            raise gr.Error("Got no drawing. Expected the data URL of a PNG file.")
        try:
            content = io.BytesIO(base64.b64decode(url.removeprefix(prefix)))
            with Image.open(content, formats=["PNG"]) as image:
                if image.width * image.height > self.MAX_PIXELS:
                    raise gr.Error("Got a drawing of too many pixels.")
                drawing = image.convert("RGBA")
        except (OSError, ValueError, SyntaxError) as error:
            raise gr.Error("Got a drawing that cannot be read.") from error
        ink = Image.new("RGBA", drawing.size, "black")
        ink.putalpha(drawing.convert("L").point(lambda gray: 255 - gray))
        return {
            "background": np.asarray(Image.new("RGBA", drawing.size, "white")),
            "layers": [np.asarray(ink)],
            "composite": np.asarray(drawing),
        }

    def postprocess(self, value: Any) -> dict[str, str]:
        """Return an image, or the image in the value of an image editor, as the pad takes it."""
        import base64
        import io
        from uuid import uuid4

        import numpy as np
        from PIL import Image

        if isinstance(value, dict):
            layers = value.get("layers") or [None]
            parts = (value.get("composite"), layers[0], value.get("background"))
            value = next((part for part in parts if part is not None), None)
        url = ""
        if value is not None:
            image = value if isinstance(value, Image.Image) else Image.fromarray(np.asarray(value))
            buffer = io.BytesIO()
            image.save(buffer, "PNG")
            url = "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()
        return {"version": uuid4().hex, "image": url}


if __name__ == "__main__":
    with gr.Blocks() as demo:
        pad = Sketchpad()
        pad.change(lambda drawing: drawing["composite"], pad, gr.Image())
    demo.launch()
