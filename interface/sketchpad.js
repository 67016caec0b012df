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
