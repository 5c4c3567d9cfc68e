import { type Hyperparameters, readHyperparameters } from "@magtrace/learn";
import { AppError } from "../../errors.ts";
import { storableJson } from "../../models/service.ts";

type Json = Readonly<Record<string, unknown>>;

/**
 * Hyperparameters of a session: those of the model, or of the session it continues, overridden by the request's.
 * What the learner does not know is kept for the record.
 *
 * @throws AppError validation_failed naming every one that cannot be used, and what could.
 */
export function mergeHyperparameters(
  base: Json,
  overrides: Json,
): { merged: Json; resolved: Hyperparameters } {
  const merged = { ...base, ...overrides };
  storableJson(merged, "body/training_config");
  const reading = readHyperparameters(merged);
  if (reading.ok) return { merged, resolved: reading.hyperparameters };
  const words = reading.faults.map(
    ({ parameter, value, expected }) => `${parameter} must be ${expected}, not ${shown(value)}`,
  );
  throw new AppError("validation_failed", `body/training_config: ${words.join("; ")}.`, {
    details: reading.faults.map(({ parameter, expected }) => ({ at: parameter, expected })),
  });
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
