// Something larger in front of the page, until a tap anywhere, or Escape.
import { text } from "./texts.js";

/**
 * @param {HTMLElement} host Has the dialog while it is open.
 * @param {string} title
 * @param {HTMLElement[]} content
 */
export function openDialog(host, title, ...content) {
  const dialog = document.createElement("dialog");
  const heading = document.createElement("h2");
  const close = document.createElement("button");
  dialog.className = "larger";
  dialog.ariaLabel = heading.textContent = title;
  Object.assign(close, { type: "button", textContent: text("close"), autofocus: true });
  dialog.append(heading, ...content, close);
  dialog.onclick = () => dialog.close();
  dialog.onclose = () => dialog.remove();
  host.append(dialog);
  dialog.showModal();
}
