// The drawing and its answer as one picture, and a link that carries the drawing.
import { openDialog } from "./dialog.js";
import { text } from "./texts.js";

const SIDE = 800; // pixels
const DRAWING = 600;
const MARGIN = 20;
const FILE_NAME = "siffra.png";
const PARTS = `<p></p><a class="button"></a><button type="button"></button>`;

/**
 * Offer a picture to save, and to send with the link if the device can.
 * @param {HTMLElement} host
 * @param {CanvasImageSource & {width: number, height: number}} picture
 * @param {string} said What is read; if that is nothing, there is only the link.
 * @param {string} link
 */
export function openShare(host, picture, said, link) {
  const card = said ? [paint(picture, said)] : [];
  const content = document.createElement("div");
  content.innerHTML = PARTS;
  const [explained, save, send] = /** @type {NodeListOf<HTMLAnchorElement>} */ (content.childNodes);
  explained.textContent = text("share_how");
  Object.assign(save, { textContent: text("save_picture"), download: FILE_NAME });
  if (card.length) save.href = card[0].toDataURL();
  else save.remove();
  const canSend = typeof navigator.share === "function";
  send.textContent = text(canSend ? "send" : "copy_link");
  send.onclick = async (event) => {
    event.stopPropagation(); // the dialog stays
    if (canSend) return sendAll(card, link);
    await navigator.clipboard.writeText(link);
    send.textContent = text("copied");
  };
  openDialog(host, text("share"), ...card, content);
}

/**
 * @param {HTMLCanvasElement[]} card
 * @param {string} url
 */
async function sendAll(card, url) {
  const data = { title: document.title, url };
  const blobs = card.map((one) => new Promise((resolve) => one.toBlob(resolve)));
  const files = (await Promise.all(blobs)).map(
    (blob) => new File([blob], FILE_NAME, { type: "image/png" }),
  );
  const all = { ...data, files };
  // A visitor who thinks better of it is no error.
  await navigator.share(navigator.canShare?.(all) ? all : data).catch(() => {});
}

/**
 * @param {CanvasImageSource & {width: number, height: number}} picture
 * @param {string} said
 */
function paint(picture, said) {
  const canvas = Object.assign(document.createElement("canvas"), { width: SIDE, height: SIDE });
  canvas.className = "card";
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, SIDE, SIDE);
  const { naturalWidth: width = picture.width, naturalHeight: height = picture.height } =
    /** @type {HTMLImageElement} */ (picture);
  const scale = DRAWING / Math.max(width, height);
  const [left, top] = [(SIDE - width * scale) / 2, (DRAWING - height * scale) / 2];
  pen.drawImage(picture, left, top, width * scale, height * scale);
  const lines = said.split("\n");
  const columns = Math.max(...lines.map((line) => line.length));
  const room = SIDE - DRAWING - MARGIN;
  const size = Math.min(room / lines.length, (SIDE - 2 * MARGIN) / (0.65 * columns));
  Object.assign(pen, { fillStyle: "#17171c", font: `bold ${size}px system-ui, sans-serif` });
  Object.assign(pen, { textAlign: "center", textBaseline: "middle" });
  const first = DRAWING + (room - size * (lines.length - 1)) / 2;
  lines.forEach((line, k) => pen.fillText(line, SIDE / 2, first + k * size));
  return canvas;
}
