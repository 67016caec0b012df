// The channels of an RGBA pixel, and OpenCV's conversion to gray.

const RED = 9798; // weights of 15 bits
const GREEN = 19235;
const BLUE = 3735;
const HALF = 1 << 14;

/** @type {(color: number) => number} */
export const red = (color) => color & 255;

/** @type {(color: number) => number} */
export const green = (color) => (color >>> 8) & 255;

/** @type {(color: number) => number} */
export const blue = (color) => (color >>> 16) & 255;

/** @type {(color: number) => number} */
export const opacity = (color) => color >>> 24;

/** @type {(color: number) => number} */
export const luma = (color) =>
  (red(color) * RED + green(color) * GREEN + blue(color) * BLUE + HALF) >> 15;
