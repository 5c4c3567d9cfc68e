import { AppError } from "../errors.ts";

/** JSON.stringify writes NUL and half surrogate pairs as escapes, and nothing else that PostgreSQL refuses. */
const NOT_STORABLE = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f][0-9a-f]{2})/;

/**
 * Text of a JSON value for a `jsonb` column. `where` is the value's place in the request.
 *
 * @throws AppError validation_failed on a character that PostgreSQL cannot keep.
 */
export function storableJson(value: unknown, where: string): string {
  const text = JSON.stringify(value);
  if (NOT_STORABLE.test(text)) {
    throw new AppError(
      "validation_failed",
      `${where} must hold neither the character NUL nor half of a surrogate pair.`,
    );
  }
  return text;
}
