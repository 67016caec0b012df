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
