import { STALE_PLAN } from "./batch.ts";
import { sqlState } from "./sqlState.ts";

/** Serialization failures and deadlocks, for which PostgreSQL asks for the same work again; and plans of an earlier schema. */
const TRY_AGAIN = new Set(["40001", "40P01", STALE_PLAN]);
const MOST_TRIES = 4;

/**
 * A row was read, and was gone when it was to be changed: another transaction has deleted it in between. The second try
 * does not find it, and the request is answered so.
 */
export class VanishedRow extends Error {
  constructor() {
    super("expected one row, got 0");
  }
}

function mayTryAgain(error: unknown): boolean {
  return error instanceof VanishedRow || TRY_AGAIN.has(sqlState(error));
}

/** @param attemptOnce One whole transaction. */
export async function withRetries<T>(attemptOnce: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await attemptOnce();
    } catch (error) {
      if (attempt >= MOST_TRIES || !mayTryAgain(error)) throw error;
    }
  }
}
