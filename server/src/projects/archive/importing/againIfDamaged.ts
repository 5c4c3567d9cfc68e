import { AppError } from "../../../errors.ts";

const MOST_TRIES = 3;

/**
 * Rows are read as they are at one moment, and somebody may delete one of them, with its object, in the next. Read
 * anew, the row is gone as well; what is missing then, again and again, is missing indeed.
 */
export async function againIfDamaged<T>(attempt: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt();
    } catch (error) {
      const isDamaged = error instanceof AppError && error.code === "damaged_object";
      if (!isDamaged || tries === MOST_TRIES) throw error;
    }
  }
}
