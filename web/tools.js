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
export function addTools(element, pad, names = {}) {
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
