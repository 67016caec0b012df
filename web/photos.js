// Photos: decoded and reduced on the device, or a sentence that says what to do instead.

const MAX_SIDE = 2000; // pixels; larger photos are scaled down
const QUALITY = 0.95;
const KINDS = { heic: /hei[cf]/i, pdf: /pdf/i, broken: /^image\//i };

/** A file that is no picture which this browser can open. */
export class PictureError extends Error {
  name = "PictureError";

  /** @param {File|Blob} file */
  constructor(file) {
    const kind = `${file.type || "?"} ${file instanceof File ? file.name : ""}`;
    super(`Got ${kind}, but expected a picture that this browser can open.`);
    const [known] = Object.entries(KINDS).find(([, pattern]) => pattern.test(kind)) ?? [
      "no_picture",
    ];
    this.key = known; // of the text for the visitor
  }
}

/**
 * Decode a picture as a person sees it; return its pixels, and a file of them.
 * @param {Blob} file
 * @throws {PictureError} If the browser cannot open it.
 */
export async function open(file) {
  const options = /** @type {ImageBitmapOptions} */ ({ imageOrientation: "from-image" });
  const bitmap = await createImageBitmap(file, options).catch(() => {
    throw new PictureError(file);
  });
  const scale = Math.min(1, MAX_SIDE / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const pen = /** @type {OffscreenCanvasRenderingContext2D} */ (
    canvas.getContext("2d", { willReadFrequently: true })
  );
  pen.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const pixels = pen.getImageData(0, 0, width, height);
  const isSmall = scale === 1 && /^image\/(jpeg|png|webp)$/.test(file.type);
  const reduced = isSmall
    ? file
    : await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  return { pixels, file: reduced };
}

/**
 * Return a file as text, for the browser's store.
 * @param {Blob} file
 * @returns {Promise<string>}
 */
export function toText(file) {
  const reader = new FileReader();
  return new Promise((resolve) => {
    reader.onload = () => resolve(String(reader.result));
    reader.readAsDataURL(file);
  });
}

/**
 * Return the file of a text; null if it is not one of `toText`.
 * @param {string} text
 */
export function fromText(text) {
  const [, type, content] = /^data:(image\/\w+);base64,([\w+/]+=*)$/.exec(text) ?? [];
  if (!content) return null;
  try {
    return new Blob([Uint8Array.from(atob(content), (one) => one.charCodeAt(0))], { type });
  } catch {
    return null; // cut off
  }
}
