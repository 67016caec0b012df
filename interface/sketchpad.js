
// Connects the pad to Gradio, which calls this with `element`, `props`, `trigger` and `watch`.
const pad = new SketchPad(element.querySelector("canvas"));
const eraser = element.querySelector("[data-tool=eraser]");
let value = ""; // of the drawing as it is now; Gradio turns null into ""
const tools = {
    undo: () => pad.undo(),
    redo: () => pad.redo(),
    clear: () => pad.clear(),
    eraser: () => { pad.erasing = !pad.erasing; },
};
const showTools = () => {
    const disabled = {undo: !pad.canUndo, redo: !pad.canRedo, clear: pad.isEmpty};
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
    value = pad.isEmpty ? "" : pad.toDataURL();
    props.value = value; // Gradio then fires its own "change"
    showTools();
    if (pad.isEmpty) trigger("clear");
});
const showValue = async () => {
    if (props.value === value) return;
    value = props.value;
    if (!value) return pad.clear();
    const image = new Image();
    image.src = value;
    await image.decode();
    pad.show(image);
};
watch("value", showValue);
showValue();
showTools();
