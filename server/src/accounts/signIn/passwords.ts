import { hashPassword } from "better-auth/crypto";
import { AppError } from "../../errors.ts";
import type { Log } from "../../platform/logs/log.ts";
import { type BreachList, openBreachList } from "./breachList.ts";

export const LEAST_PASSWORD = 12;
export const MOST_PASSWORD = 128;

/** Whose password it is to be. Nothing here when that is not known. */
export interface PasswordOwner {
  readonly name?: string | undefined;
  readonly email?: string | undefined;
}

export interface PasswordRules {
  /** @throws AppError validation_failed, saying which rule it breaks. */
  check(password: string, owner: PasswordOwner): Promise<void>;
}

/** Length and nothing of composition (NIST SP 800-63B §3.1.1.2), and the list of breached passwords if there is one. */
export function passwordRules(breachUrl: string, log: Log): PasswordRules {
  const breaches: BreachList | null = breachUrl === "" ? null : openBreachList(breachUrl, log);
  return {
    async check(password, owner) {
      requireUsable(password, owner);
      if (await breaches?.has(password)) {
        throw refused("This password has come out in a data breach. Choose another.");
      }
    },
  };
}

/** The rules that need no other service. */
export function requireUsable(password: string, { name, email }: PasswordOwner): void {
  if (password.length < LEAST_PASSWORD || password.length > MOST_PASSWORD) {
    throw refused(`A password has ${LEAST_PASSWORD} to ${MOST_PASSWORD} characters.`);
  }
  const plain = password.toLowerCase();
  const known = [email, email?.split("@")[0], name].map((text) => text?.trim().toLowerCase());
  if (known.includes(plain)) throw refused("A password must not be one's own name or e-mail address.");
}

/** For accounts made without a browser: by the command line or by another's hand. */
export async function checkedHash(password: string, owner: PasswordOwner = {}): Promise<string> {
  requireUsable(password, owner);
  return hashPassword(password);
}

function refused(words: string): AppError {
  return new AppError("validation_failed", words);
}
