// The constants of the Python modules that the reader needs, by module and name: model.bin brings
// their values.
import { check } from "./errors.js";

const NAMES = /** @type {const} */ ({
  grayscale: [
    ...["MAX_PIXELS", "MIN_DRAWING_SIDE", "MAX_PHOTO_SIDE", "MIN_SATURATION", "MIN_PHOTO_SIDE"],
    ...["MAX_MARGIN_SHARE", "MIN_PLAIN_SHARE", "MIN_BORDER_WIDTH", "MIN_CONTENT"],
    ...["MIN_CONTRAST_RATIO", "CONTRAST_SIDE", "SURROUNDINGS"],
  ],
  illumination: [
    ...["MAX_SIDE", "ILLUMINATION_SIDE", "CLOSING_SIZE", "MEDIAN_SIZE", "PAPER_PERCENTILE"],
    ...["MAX_UNEVENNESS", "MIN_SIGNAL_TO_NOISE", "MIN_LEVEL", "MIN_IMAGE_SHARE"],
  ],
  lines: [
    ...["MAX_SLOPE", "MIN_COVERAGE", "MAX_THICKNESS", "MAX_LINES", "MAX_WORK", "THIN", "CROSSING"],
    ...["SOFT_ROWS", "BAND_SIZE", "MIN_FRAGMENT_SHARE", "MAX_FRAGMENT"],
  ],
  clutter: [
    ...["LINE_SIDE", "MIN_OVERHANG", "TOLERANCE", "NEAR", "MAX_OUTER_SHARE", "OUTER"],
    ...["MAX_HALF_WIDTH", "SPECK_AREA", "SPECK_LENGTH"],
  ],
  foreground: [
    ...["CLEAR_CONTRAST", "MIN_CONTRAST", "MIN_SIGNAL_TO_NOISE", "MIN_INSIDE_SHARE"],
    ...["CLUTTER_SIDE", "MIN_CLUTTER_SIDE", "MAX_FULL_SIDE"],
  ],
  normalization: ["IMAGE_SIZE", "WORKING_SIZE", "PADDING", "MAX_SHEAR", "OVERSAMPLING"],
  "numbers.foreground": [
    ...["MIN_SIDE", "SMALL_SIDE", "MAX_ENLARGED_SIDE", "THIN_SIDE", "MAX_SIDE", "MASK_LEVEL"],
    ...["PADDING"],
  ],
  "numbers.boxes": [
    ...["CLOSING_SIZE", "MIN_BOX_SIDE", "MIN_BOX_INK", "MAX_BOX_SLOPE", "N_PARTS", "MIN_OUTLINE"],
    ...["OUTLINE_TOLERANCE", "MAX_THICKENING", "MIN_CONTENT", "MIN_BOX_COVERAGE", "BOX_GAP"],
    ...["MIN_BOX_LENGTH", "MIN_BOX_DISTANCE", "MIN_SQUARES", "MAX_PIXELS"],
  ],
  "numbers.ruling": [
    ...["LINE_THICKNESS", "MIN_LINE_RATIO", "MIN_OVERHANG", "LINE_GAP", "MIN_COLUMN_LENGTH"],
    ...["MIN_DISTANCE", "SPECK_HEIGHT", "MIN_EDGE_LENGTH", "MAX_EDGE_WIDTH"],
  ],
  "numbers.components": [
    ...["MAX_COMPONENTS", "MAX_LINES", "MAX_SPECKS", "SPECK_AREA", "MIN_HEIGHT", "FAR", "POINT"],
    ...["POINT_TOP", "MIN_SHARED_HEIGHT", "MIN_DIGIT_HEIGHT"],
  ],
  "numbers.cuts": [
    ...["HEIGHT", "MIN_SIDE", "DOUBLE_STROKE_COST", "PIXEL_COST", "HOLE_COST", "SIDE_COST"],
    ...["DOUBLE_STROKE", "MIDDLE", "SEAM_ROWS", "SLOPES", "MAX_NOTCH_DISTANCE", "MAX_COST"],
    ...["MIN_SIDE_SHARE", "MIN_DISTANCE", "MAX_CUTS", "PLACE"],
  ],
  "numbers.segments": [
    ...["MIN_CUT_WIDTH", "MIN_HEIGHT", "MAX_WIDTH", "MAX_CUT_WIDTH", "MAX_BOUNDARIES"],
    ...["MAX_SEGMENTS", "MAX_PIXELS", "MAX_SEARCHED_WIDTH"],
  ],
  "numbers.signals": ["N_SIGNALS", "IS_DIGIT", "N_NEAREST"],
  "numbers.lattice": [
    ...[
      "CLEAR",
      "MIN_PROBABILITY",
      "WIDTH_EXPONENT",
      "MAX_SHARED_WIDTH",
      "SHARED_COST",
      "SIGN_COST",
    ],
  ],
  "numbers.number": [
    ...["MIN_SPACE", "MIN_GAP_RATIO", "MIN_DISTANCE_RATIO", "JUDGE_EXPONENT", "DIGIT_EXPONENT"],
    ...["IS_DIGIT_EXPONENT", "MIN_ONE_DIGIT", "MIN_CONFIDENCE", "MIN_ONE_DIGIT_IN_DOUBT"],
  ],
  adaptation: [
    ...["MAX_EXAMPLES", "MARGIN", "SHARPNESS", "ALPHA", "SAME_DRAWING_POWER", "SIDE", "N_DIGITS"],
  ],
});
const LISTS = /** @type {const} */ (["DOUBLE_STROKE", "SEAM_ROWS", "SLOPES"]);
// Sizes and limits decide how long reading takes: a hostile file must not make it endless.
const LARGEST = 4096;
/** @type {Record<string, number>} */
const LIMITS = {
  MAX_PIXELS: 1e8,
  MAX_WORK: 1e8,
  MAX_SLOPE: 1,
  MAX_BOX_SLOPE: 1,
  MAX_EXAMPLES: 100,
};
const LONGEST_LIST = 10;

/** @typedef {typeof NAMES} Names */
/** @typedef {(typeof LISTS)[number]} List */
/**
 * @typedef {{
 *   [M in keyof Names]: {[N in Names[M][number]]: N extends List ? number[] : number}
 * }} Constants
 */

/**
 * Return the constants of a model file.
 * @type {(values: any) => Constants}
 */
export function checkConstants(values) {
  for (const [module, names] of Object.entries(NAMES))
    for (const name of names)
      check(isValid(name, values?.[module]?.[name]), `no valid constant ${name} of ${module}`);
  return values;
}

/** @type {(name: string, value: any) => boolean} */
function isValid(name, value) {
  const largest = LIMITS[name] ?? LARGEST;
  /** @type {(one: any) => boolean} */
  const isNumber = (one) => Number.isFinite(one) && Math.abs(one) <= largest;
  if (!LISTS.some((one) => one === name)) return isNumber(value) && value >= 0;
  return Array.isArray(value) && value.length <= LONGEST_LIST && value.every(isNumber);
}
