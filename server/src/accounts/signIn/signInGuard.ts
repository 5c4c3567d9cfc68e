import { AppError } from "../../errors.ts";
import type { Limiters } from "../../platform/limits/createLimiters.ts";
import type { DeviceCookies } from "./deviceCookies.ts";

/** One try at a password. */
export interface Attempt {
  readonly email: string;
  /** Of one client, or of a network that belongs to one. */
  readonly address: string;
  /** The cookie a browser was given when this user last signed in with it. */
  readonly device: string | undefined;
}

/**
 * Slows guessing down without letting strangers lock anybody out: OWASP, "Slow Down Online Guessing Attacks with Device
 * Cookies". A browser that has signed this user in is counted by itself. Everybody else is counted together with a
 * larger budget, and each address by itself. Who exists plays no part in it.
 */
export interface SignInGuard {
  /** Counts the attempt before its password is looked at. @throws AppError locked_out, for how long. */
  admit(attempt: Attempt): Promise<void>;
  /** Forgets the attempts of this browser or address. @returns the cookie that makes the browser known. */
  succeeded(attempt: Attempt): Promise<string>;
  /** @returns the cookie that makes a browser known to this user in which nobody has signed in yet. */
  makeKnown(email: string): string;
  /** The same for somebody signed in who gives their password once more: a screen left unlocked is no oracle. */
  admitAgain(userId: number): Promise<void>;
  succeededAgain(userId: number): Promise<void>;
}

const FREE_ATTEMPTS = 5;
/** Of all unknown browsers at all addresses together. */
const FREE_OF_STRANGERS = 50;
const LONGEST_WAIT_SECONDS = 15 * 60;
const REMEMBERED_SECONDS = 24 * 3_600;

interface Counted {
  readonly key: string;
  readonly free: number;
}

export function createSignInGuard(limiters: Limiters, devices: DeviceCookies): SignInGuard {
  const counts = limiters.create({
    name: "sign_in_attempts",
    limit: Number.MAX_SAFE_INTEGER,
    windowSeconds: REMEMBERED_SECONDS,
  });
  // Beyond the free ones, one attempt at a time: of many sent at once the first takes the turn.
  const turns = limiters.create({ name: "sign_in_turns", limit: 1, windowSeconds: 1 });

  function countedAs(attempt: Attempt): Counted[] {
    const email = folded(attempt.email);
    const device = devices.read(email, attempt.device);
    if (device !== null) return [{ key: `device ${device}`, free: FREE_ATTEMPTS }];
    return [
      { key: `address ${attempt.address} ${email}`, free: FREE_ATTEMPTS },
      { key: `strangers ${email}`, free: FREE_OF_STRANGERS },
    ];
  }

  async function admit(counted: readonly Counted[]): Promise<void> {
    for (const { key } of counted) {
      const { allowed, retryAfterMs } = await turns.peek(key);
      if (!allowed) throw tooMany(retryAfterMs);
    }
    for (const { key, free } of counted) {
      const { used } = await counts.consume(key);
      if (used < free) continue;
      if (used > free) {
        const turn = await turns.consume(key);
        if (!turn.allowed) throw tooMany(turn.retryAfterMs);
      }
      await turns.block(key, waitSeconds(used - free) * 1000);
    }
  }

  async function forget(key: string): Promise<void> {
    await Promise.all([counts.reset(key), turns.reset(key)]);
  }

  return {
    admit: (attempt) => admit(countedAs(attempt)),
    async succeeded(attempt) {
      const [own, strangers] = countedAs(attempt);
      if (own) await forget(own.key);
      // What was right was no guess; what others guessed stays counted.
      if (strangers) await counts.consume(strangers.key, -1);
      return devices.issue(folded(attempt.email));
    },
    makeKnown: (email) => devices.issue(folded(email)),
    admitAgain: (userId) => admit([{ key: `user ${userId}`, free: FREE_ATTEMPTS }]),
    succeededAgain: (userId) => forget(`user ${userId}`),
  };
}

function folded(email: string): string {
  return email.trim().toLowerCase();
}

/** 1 s, 2 s, 4 s … */
function waitSeconds(beyondFree: number): number {
  return Math.min(LONGEST_WAIT_SECONDS, 2 ** Math.min(beyondFree, 30));
}

/** The same words whether or not there is such an account. */
function tooMany(waitMs: number): AppError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return new AppError("locked_out", `Too many wrong passwords or codes. Wait ${seconds} s and try again.`, {
    details: { retry_after_seconds: seconds },
  });
}
