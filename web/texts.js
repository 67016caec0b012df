// The texts of both pages, texts.json, in the language of the document.

/** @type {Record<string, Record<string, string>>} */
const TEXTS = await (await fetch(new URL("texts.json", import.meta.url))).json();

/**
 * Return the language that texts are in: that of the document, or English.
 * @returns {string}
 */
export function language() {
  const [found] = document.documentElement.lang.split("-");
  return found in TEXTS ? found : "en";
}

/**
 * Call a function whenever the language of the document changes.
 * @param {() => void} listener
 */
export function onLanguageChange(listener) {
  new MutationObserver(listener).observe(document.documentElement, { attributeFilter: ["lang"] });
}

/**
 * Return a text, with {names} replaced by values.
 * @param {string} key
 * @param {Record<string, unknown>} [values]
 * @returns {string}
 */
export function text(key, values = {}) {
  return TEXTS[language()][key].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/**
 * Return a share from 0 to 1 as a percentage.
 * @param {number} share
 * @param {number} [digits] Number of decimals.
 * @returns {string}
 */
export function percent(share, digits = 1) {
  const options = /** @type {Intl.NumberFormatOptions} */ ({
    style: "percent",
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return new Intl.NumberFormat(language(), options).format(share);
}

/**
 * Return a number with two decimals.
 * @param {number} value
 */
export function decimal(value) {
  const options = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return new Intl.NumberFormat(language(), options).format(value);
}

/**
 * Write each text into the elements that name it: in data-text as their content, in
 * data-aria-text as their label. Values are in data-values, as JSON.
 */
export function translate() {
  for (const element of /** @type {NodeListOf<HTMLElement>} */ (
    document.querySelectorAll("[data-text], [data-aria-text]")
  )) {
    const { text: content, ariaText: label, values } = element.dataset;
    const said = text(content ?? label ?? "", JSON.parse(values ?? "{}"));
    if (label) element.ariaLabel = said;
    else if (element.textContent !== said) element.textContent = said;
  }
}
