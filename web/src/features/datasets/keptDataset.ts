import { ApiError } from "../../api/apiError.ts";

/** The dataset that a file waits in which was sent to its end and could not be read through no fault of its own. */
export function keptDataset(error: unknown): number | null {
  const details = error instanceof ApiError ? error.details : null;
  const { dataset } = (details ?? {}) as { dataset?: unknown };
  return typeof dataset === "number" ? dataset : null;
}
