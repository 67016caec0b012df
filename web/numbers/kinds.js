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

/**
 * Return which characters of a text were read as a slash, but do not divide digits.
 * @type {(kinds: number[], constants: Constants) => boolean[]}
 */
export function isLoneSlash(kinds, constants) {
  const { DIGIT, SLASH } = constants["numbers.kinds"];
  return kinds.map(
    (kind, k) => kind === SLASH && !(kinds[k - 1] === DIGIT && kinds[k + 1] === DIGIT),
  );
}

/**
 * Return which kinds each character of a text may be, given the kinds that were read from left to
 * right. Those are possible; a pen whose strokes are known draws no ruled line and no speck.
 * @type {(kinds: number[], isDrawn: boolean, constants: Constants) => boolean[][]}
 */
export function possibleKinds(kinds, isDrawn, constants) {
  const { DIGIT, FIRST_SIGN, CLUTTER, N_KINDS } = constants["numbers.kinds"];
  return kinds.map((read, k) => {
    const [before, after] = [kinds[k - 1] === DIGIT, kinds[k + 1] === DIGIT];
    /** @type {Record<string, boolean>} */
    const fits = { "-": after, ".": before || after, ",": before || after };
    return Array.from({ length: N_KINDS }, (_, kind) => {
      if (kind === read) return true;
      if (kind === CLUTTER) return !isDrawn;
      const sign = SIGNS[kind - FIRST_SIGN];
      return sign === undefined || (fits[sign] ?? (before && after));
    });
  });
}
