import { AppError } from "../errors.ts";

/** @throws {AppError} bad_request naming the choices. */
export function choiceOf<T extends string>(option: string, choices: readonly T[], given: string): T {
  const found = choices.find((choice) => choice === given);
  if (found === undefined) {
    throw new AppError("bad_request", `--${option} is one of ${choices.join(", ")}, not "${given}".`);
  }
  return found;
}
