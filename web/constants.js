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
    ...["ILLUMINATION_SIDE", "CLOSING_SIZE", "MEDIAN_SIZE", "PAPER_PERCENTILE", "MIN_SKEWNESS"],
    ...["MAX_UNEVENNESS", "MIN_SIGNAL_TO_NOISE", "MIN_LEVEL", "MIN_NOISE", "MARGIN", "SMOOTHING"],
    ...["MIN_SMOOTHING", "MIN_IMAGE_SHARE", "SMOOTHING_SIZE", "CLEAR_PERCENTILE"],
    ...["HIGHEST_PERCENTILE", "MAX_PAPER", "MAD_SCALE", "LOWEST_PERCENTILE", "LOWEST_DEVIATION"],
    ...["FULL_PERCENTILE", "EDGE_SIZE"],
  ],
  lines: [
    ...["MAX_SLOPE", "MIN_COVERAGE", "MAX_THICKNESS", "MAX_LINES", "MAX_WORK", "THIN", "CROSSING"],
    ...["SOFT_ROWS", "BAND_SIZE", "MIN_FRAGMENT_SHARE", "MAX_FRAGMENT"],
  ],
  clutter: [
    ...["LINE_SIDE", "MIN_OVERHANG", "TOLERANCE", "NEAR", "MAX_OUTER_SHARE", "OUTER"],
    ...["MAX_HALF_WIDTH", "SPECK_AREA", "SPECK_LENGTH", "MIN_DIGIT_LENGTH"],
    ...["MAX_LINES_RATIO", "MIN_SIDES", "MIN_SIDE_LENGTH", "MIN_RULED_OVERHANG", "THIN"],
    ...["MIN_SEPARATE_OVERHANG", "MIN_THIN_OVERHANG", "MAX_AREA_RATIO"],
  ],
  foreground: [
    ...["CLEAR_CONTRAST", "MIN_CONTRAST", "MIN_SIGNAL_TO_NOISE", "MIN_INSIDE_SHARE"],
    ...["NEARLY_FULL"],
    ...["FAINT", "MIN_FAINT_SHARE", "MAX_INK", "CLUTTER_SIDE", "NEAR", "NEAR_PIXELS"],
    ...["TRACE_MARGIN", "MIN_DIGIT_LENGTH", "PHOTO_SIDES", "MAX_FULL_SIDE"],
  ],
  normalization: [
    ...["IMAGE_SIZE", "WORKING_SIZE", "PADDING", "MAX_SHEAR", "OVERSAMPLING", "HALF_INTENSITY"],
  ],
  "numbers.foreground": [
    ...["MIN_SIDE", "SMALL_SIDE", "MAX_ENLARGED_SIDE", "THIN_SIDE", "MAX_SIDE", "MASK_LEVEL"],
    ...["PADDING", "SMALL_PHOTO_SIDE", "MAX_PHOTO_SIDE"],
  ],
  "numbers.boxes": [
    ...["CLOSING_SIZE", "MIN_BOX_SIDE", "MIN_BOX_INK", "MAX_BOX_SLOPE", "N_PARTS", "MIN_OUTLINE"],
    ...["OUTLINE_TOLERANCE", "MAX_THICKENING", "MIN_CONTENT", "MIN_BOX_COVERAGE", "BOX_GAP"],
    ...["MIN_BOX_LENGTH", "MIN_BOX_DISTANCE", "MIN_SQUARES", "MAX_PIXELS"],
  ],
  "numbers.ruling": [
    ...["LINE_THICKNESS", "MIN_LINE_RATIO", "MIN_OVERHANG", "LINE_GAP", "MIN_COLUMN_LENGTH"],
    ...["MIN_DISTANCE", "SPECK_HEIGHT", "MAX_EDGE_WIDTH", "MIN_EDGE_MARGIN"],
  ],
  "numbers.components": [
    ...["MAX_COMPONENTS", "MAX_LINES", "MAX_SPECKS", "SPECK_AREA", "MIN_HEIGHT", "MAX_HEIGHT"],
    ...["DOT_AREA", "MAX_DOTS", "STRAIGHT", "MIN_MOMENT", "MIN_SHARED_HEIGHT"],
  ],
  "numbers.strokes": [
    ...["MAX_STROKES", "MAX_POINTS", "MAX_COORDINATE", "MAX_LENGTH", "MAX_PARTS", "EDGE", "DOUBLE"],
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
  "numbers.kinds": ["PART", "DIGIT", "FIRST_SIGN", "SLASH", "OTHER", "CLUTTER", "N_KINDS"],
  "numbers.lattice": [
    ...["CLEAR", "MIN_PROBABILITY", "WIDTH_EXPONENT", "MAX_SHARED_WIDTH", "SHARED_COST"],
  ],
  "numbers.number": [
    ...["MIN_SPACE", "MIN_GAP_RATIO", "MIN_DISTANCE_RATIO", "DIGIT_EXPONENTS"],
    ...["OTHER_EXPONENTS", "MIN_PROBABILITY", "MIN_ONE_DIGIT", "MIN_CONFIDENCE"],
    ...["MIN_ONE_DIGIT_IN_DOUBT"],
  ],
  alternatives: ["CLEAR", "LIKELY", "DOUBT"],
  reader: ["DISAGREEMENT"],
  adaptation: [
    ...["MAX_EXAMPLES", "MARGIN", "SHARPNESS", "ALPHA", "SAME_DRAWING_POWER", "SIDE", "N_DIGITS"],
  ],
});
const LISTS = /** @type {const} */ ({
  illumination: ["MIN_SIGNAL_TO_NOISE", "MIN_LEVEL"],
  foreground: ["PHOTO_SIDES"],
  "numbers.cuts": ["DOUBLE_STROKE", "SEAM_ROWS", "SLOPES"],
  "numbers.number": ["DIGIT_EXPONENTS", "OTHER_EXPONENTS"],
});
// Sizes and limits decide how long reading takes: a hostile file must not make it endless.
const LARGEST = 4096;
/** @type {Record<string, number>} */
const LIMITS = {
  ...{ MAX_PIXELS: 1e8, MAX_WORK: 1e8, MAX_SLOPE: 1, MAX_BOX_SLOPE: 1 },
  ...{ MAX_POINTS: 1e5, MAX_COORDINATE: 1e6, MAX_LENGTH: 1e7 },
  ...{ SMOOTHING: 0.01, MIN_SMOOTHING: 10, SMOOTHING_SIZE: 9, MAX_EXAMPLES: 100 },
  // Sides of squares around each pixel.
  ...{ BAND_SIZE: 99, CLOSING_SIZE: 99, EDGE_SIZE: 99, MEDIAN_SIZE: 99, SURROUNDINGS: 99 },
};
const LONGEST_LIST = 10;

/** @typedef {typeof NAMES} Names */
/** @typedef {typeof LISTS} Lists */
/**
 * @template {keyof Names} M
 * @typedef {M extends keyof Lists ? Lists[M][number] : never} ListOf
 */
/**
 * @typedef {{
 *   [M in keyof Names]: {[N in Names[M][number]]: N extends ListOf<M> ? number[] : number}
 * }} Constants
 */

/**
 * Return the constants of a model file.
 * @type {(values: any) => Constants}
 */
export function checkConstants(values) {
  for (const [module, names] of Object.entries(NAMES)) {
    /** @type {readonly string[]} */
    const lists = module in LISTS ? LISTS[/** @type {keyof Lists} */ (module)] : [];
    for (const name of names) {
      const value = values?.[module]?.[name];
      const isValid = lists.includes(name)
        ? isList(name, value)
        : value >= 0 && isNumber(name, value);
      check(isValid, `no valid constant ${name} of ${module}`);
    }
  }
  return values;
}

/** @type {(name: string, value: any) => boolean} */
const isNumber = (name, value) =>
  Number.isFinite(value) && Math.abs(value) <= (LIMITS[name] ?? LARGEST);

/** @type {(name: string, value: any) => boolean} */
const isList = (name, value) =>
  Array.isArray(value) && value.length <= LONGEST_LIST && value.every((one) => isNumber(name, one));
