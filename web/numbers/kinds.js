// As siffra/numbers/kinds.py: the kinds of a segment that the judge tells apart.
/** @import { Constants } from "../constants.js" */

const SIGNS = "-.,/:";
export const UNREAD = "?"; // in a text, for a character that is neither a digit nor a sign

/**
 * Return what a segment of a kind adds to a text.
 * @type {(kind: number, digit: number, constants: Constants) => string}
 */
export function textOf(kind, digit, constants) {
  const C = constants["numbers.kinds"];
  if (kind === C.DIGIT) return `${digit}`;
  if (kind === C.OTHER) return UNREAD;
  return kind === C.CLUTTER ? "" : SIGNS[kind - C.FIRST_SIGN];
}
