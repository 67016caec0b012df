// Every text of the page, in English and in Swedish.

const TEXTS = {
  en: {
    undo: "Undo",
    redo: "Redo",
    eraser: "Eraser",
    clear: "Clear",
    pad: "Sketch pad. Draw with the arrow keys; the space bar puts the pen down and lifts it.",
    empty: "Draw a digit or a number.",
    busy: "Reading ...",
    answer: "It reads {digit}.",
    unsure: "Unsure. Perhaps a {digit}?",
    number: "A number, right with a probability of {share}.",
    unsureNumber: "Unsure. Perhaps {number}?",
    error: "This cannot be read. Choose a picture of a digit or a number.",
    failed: "The model cannot be loaded. Reload the page.",
    photo: "Photo or file",
    save: "Save the drawing",
    share: "Share a link",
    copied: "The link is copied.",
    drop: "Or paste a picture, or drop one on the page.",
    how: "How it got there",
    gray: "Gray, without its margin",
    foreground: "Ink, bright",
    binary: "Ink or paper",
    strokes: "Strokes of equal width",
    digit: "Upright, 28 x 28 pixels",
    private: "Your drawing is read on this device and sent nowhere.",
    model: "Model {name} of {date}.",
    unchecked: "Check: the examples cannot be loaded. Export the page again.",
    same: "Check: all {n} examples are read as in Python, in {ms} ms each (median).",
    different: "Check: {same} of {n} examples are read as in Python. Different: {names}.",
  },
  sv: {
    undo: "Ångra",
    redo: "Gör om",
    eraser: "Suddgummi",
    clear: "Rensa",
    pad: "Rityta. Rita med piltangenterna; mellanslag sätter ned pennan och lyfter den.",
    empty: "Rita en siffra eller ett tal.",
    busy: "Läser ...",
    answer: "Det är en {digit}.",
    unsure: "Osäker. Kanske en {digit}?",
    number: "Ett tal, rätt med sannolikheten {share}.",
    unsureNumber: "Osäker. Kanske {number}?",
    error: "Det går inte att läsa. Välj en bild av en siffra eller ett tal.",
    failed: "Modellen kan inte laddas. Ladda om sidan.",
    photo: "Foto eller fil",
    save: "Spara teckningen",
    share: "Dela en länk",
    copied: "Länken är kopierad.",
    drop: "Eller klistra in en bild, eller släpp en på sidan.",
    how: "Så gick det till",
    gray: "Grå, utan marginal",
    foreground: "Bläcket, ljust",
    binary: "Bläck eller papper",
    strokes: "Lika breda streck",
    digit: "Upprätt, 28 x 28 bildpunkter",
    private: "Din teckning läses på den här enheten och skickas ingenstans.",
    model: "Modell {name} från {date}.",
    unchecked: "Kontroll: exemplen kan inte laddas. Exportera sidan igen.",
    same: "Kontroll: alla {n} exempel läses som i Python, på {ms} ms (median).",
    different: "Kontroll: {same} av {n} exempel läses som i Python. Olika: {names}.",
  },
};

let language = navigator.language.startsWith("sv") ? "sv" : "en";

/** Return a text in the page's language, with {names} replaced by values. */
export function text(key, values = {}) {
  return TEXTS[language][key].replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

/** Return a share from 0 to 1 as a percentage in the page's language. */
export function percent(share) {
  const options = { style: "percent", maximumFractionDigits: share > 0.995 ? 1 : 0 };
  return new Intl.NumberFormat(language, options).format(share);
}

/** Translate the whole page; a button offers the other language. */
export function translate(to = language) {
  language = to;
  document.documentElement.lang = language;
  for (const element of document.querySelectorAll("[data-text]"))
    element.textContent = text(element.dataset.text);
  const other = language === "en" ? "sv" : "en";
  const button = document.querySelector("#language");
  button.lang = other;
  button.textContent = other === "sv" ? "Svenska" : "English";
}
