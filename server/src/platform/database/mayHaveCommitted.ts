import { AppError } from "../../errors.ts";
import { sqlState } from "./sqlState.ts";

/**
 * States after which nobody knows how a COMMIT ended: the connection broke (08), the server went down (57P), it could
 * not say (40003) or failed in itself (58, XX).
 */
const UNKNOWN_OUTCOME = /^(08|57P|40003|58|XX)/;

/**
 * Whether a transaction that failed with `error` may be committed all the same, because only the answer was lost. What
 * it made may then be in use: whoever wants to delete it leaves that to the sweep, which looks at the rows.
 */
export function mayHaveCommitted(error: unknown): boolean {
  if (error instanceof AppError) return error.code === "dependency_unavailable" || causedByUnknown(error);
  const state = sqlState(error);
  // No state: the connection's own errors have codes like EPIPE, and faults of the program's have none.
  return !/^[0-9A-DF-Z][0-9A-Z]{4}$/.test(state) || UNKNOWN_OUTCOME.test(state);
}

function causedByUnknown({ cause }: AppError): boolean {
  return cause instanceof Error && sqlState(cause) !== "" && mayHaveCommitted(cause);
}
