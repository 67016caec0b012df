// Connects the pad to Gradio, which calls this with `element`, `props`, `trigger` and `watch`.
const pad = new SketchPad(element.querySelector("canvas"));
const eraser = element.querySelector("[data-tool=eraser]");
let version = null; // of the last value that Python has set
let drawn = null; // the last value from here, newer than that one
const tools = {
  undo: () => pad.undo(),
  redo: () => pad.redo(),
  clear: () => pad.clear(),
  eraser: () => {
    pad.erasing = !pad.erasing;
  },
};
const showTools = () => {
  const disabled = { undo: !pad.canUndo, redo: !pad.canRedo, clear: pad.isEmpty };
  for (const [name, isDisabled] of Object.entries(disabled)) {
    element.querySelector(`[data-tool=${name}]`).ariaDisabled = isDisabled;
  }
  eraser.ariaPressed = pad.erasing;
};
element.addEventListener("click", (event) => {
  const tool = event.target.closest("[data-tool]")?.dataset.tool;
  if (!tool) return;
  tools[tool]();
  if (tool === "clear") pad.erasing = false;
  showTools();
});
element.addEventListener("change", () => {
  drawn = pad.isEmpty ? "" : pad.toDataURL();
  props.value = drawn; // Gradio then fires its own "change"
  showTools();
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
showTools();
