import { createHash } from "node:crypto";
import type { Log } from "../../platform/logs/log.ts";

/** Passwords known from data breaches. */
export interface BreachList {
  has(password: string): Promise<boolean>;
}

const TIMEOUT_MS = 3_000;
const PREFIX_DIGITS = 5;

/**
 * A range service like https://api.pwnedpasswords.com/range/: it is told the first five digits of the password's
 * SHA-1, which some hundred others share, and answers with the rest of each. While it does not answer, passwords pass:
 * people must be able to change theirs.
 */
export function openBreachList(url: string, log: Log): BreachList {
  const base = url.endsWith("/") ? url : `${url}/`;
  return {
    async has(password) {
      const hash = createHash("sha1").update(password).digest("hex").toUpperCase();
      const lines = await rangeOf(base + hash.slice(0, PREFIX_DIGITS), log);
      const rest = hash.slice(PREFIX_DIGITS);
      return lines.some((line) => {
        const [suffix, count] = line.trim().split(":");
        // Padding, which hides how many there are from whoever listens, has the count 0.
        return suffix?.toUpperCase() === rest && count !== "0";
      });
    },
  };
}

async function rangeOf(url: string, log: Log): Promise<string[]> {
  try {
    const response = await fetch(url, {
      headers: { "Add-Padding": "true" },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) throw new Error(`the list of breached passwords answered ${response.status}`);
    return (await response.text()).split("\n");
  } catch (error) {
    log.warn({ err: error }, "a password could not be looked up in the list of breached ones");
    return [];
  }
}
