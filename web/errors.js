/** An image of an unsupported size. */
export class InvalidImageError extends Error {
  name = "InvalidImageError";
}

/** An image of more parts than a number has: to read it would take too long. */
export class TooManyError extends Error {
  name = "TooManyError";
}

/** An image in which no digit stands out from the background. */
export class BlankImageError extends InvalidImageError {
  name = "BlankImageError";

  constructor() {
    super(
      "The image is blank: nothing stands out from the background. " +
        "Expected a dark digit on a light background, or the reverse.",
    );
  }
}

/** Examples that cannot be learned from. */
export class DataError extends Error {
  name = "DataError";
}

/** A model file that cannot be loaded, or that is none. */
export class ModelError extends Error {
  name = "ModelError";
}

/**
 * Check a condition on a model file.
 * @type {(isValid: boolean, found: string) => asserts isValid}
 */
export const check = (isValid, found) => {
  if (isValid) return;
  throw new ModelError(`The model file has ${found}. Export it again with siffra export.`);
};
