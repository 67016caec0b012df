// Connects the page layer of web/ to Gradio, which calls this with `element`, `props`, `trigger`
// and `watch`. The page's events use `window.siffra`. "input" asks the server about the picture
// that is shown, "submit" sends its correction to the operator.
const here = location.origin + location.pathname.replace(/\/$/, "");
const find = (selector) => document.querySelector(selector);

let session = null; // as soon as it is loaded
let answer = null;
let learning = null; // what the visitor has corrected, also before the reader is loaded
let correctedDigit = null; // that the visitor agreed to send
let uploading = null; // the photo that is shown, as the server knows it

const uploadPhoto = async (file) => {
  const form = new FormData();
  form.append("files", file, "photo");
  const response = await fetch(`${here}/gradio_api/upload`, { method: "POST", body: form });
  const [path] = await response.json();
  return { path, meta: { _type: "gradio.FileData" } };
};

window.siffra = {
  /** Return the drawing or the photo, whichever is shown, with a ticket and what was learned. */
  ask: async (drawing) => {
    const ticket = session?.ticket ?? 0;
    try {
      const photo = await uploading;
      return [photo ? null : drawing, photo, ticket, learning?.examples ?? []];
    } catch {
      session.fail();
      return [null, null, -1, []];
    }
  },
  correction: async (drawing) => {
    const photo = await uploading;
    return [photo ? null : drawing, photo, correctedDigit];
  },
  note: (key) => answer.note(key),
  fail: () => session?.fail(),
  open: (file) => session?.open(file),
};
watch("value", () => {
  const { ticket, ...read } = props.value ?? {};
  session?.receive(ticket, read);
});

// Gradio says in English that it got no answer; the page does in its own language.
const replaceToast = () => {
  const toast = find("[data-testid=toast-body].error:not([data-seen])");
  if (!toast) return;
  toast.dataset.seen = "yes"; // it takes a moment to go
  toast.querySelector("[data-testid=toast-close]").click();
  session?.fail();
};
new MutationObserver(replaceToast).observe(document.body, { childList: true, subtree: true });

const start = async () => {
  const [{ Answer }, { Learning }, { Session }] = await Promise.all(
    ["answer", "learning", "session"].map((name) => import(`${here}/web/${name}.js`)),
  );
  const { adaptation, collects } = find("#answer .answer").dataset;
  learning = new Learning({ adaptation: JSON.parse(adaptation) });
  while (!find("#pad canvas")?.pad || !find("#how div")) await new Promise(requestAnimationFrame);
  const sendCorrection = (digit) => {
    correctedDigit = digit;
    trigger("submit");
  };
  const send = collects === undefined ? null : sendCorrection;
  answer = new Answer(find("#answer"), find("#how"), () => session.picture, learning, send);
  session = new Session(find("#pad canvas").pad, answer, learning, (photo) => {
    uploading = photo && uploadPhoto(photo);
    uploading?.catch(() => {}); // `ask` says it
    trigger("input");
  });
  session.load(`${here}/web/model.bin`);
};
start();
