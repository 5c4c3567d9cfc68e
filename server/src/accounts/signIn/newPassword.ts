import type { AccountsDeps } from "../accountsDeps.ts";
import type { AuthCall, AuthOutcome, Body } from "./authCall.ts";
import { admitPassword, keepDevice, recordPassword } from "./signIn.ts";
import { endVerifications } from "./verifications.ts";

/** The rules for passwords, at each of the three places where people choose one through better-auth. */

export async function checkChosen(deps: AccountsDeps, { body }: AuthCall): Promise<undefined> {
  const { name, email, password } = body;
  await deps.passwords.check(textOf(password), { name: textOf(name), email: textOf(email) });
}

/** For a link that is no longer valid, better-auth says no more than that. */
export async function checkReset({ auth, passwords }: AccountsDeps, call: AuthCall): Promise<undefined> {
  const { token, newPassword } = call.body;
  const { internalAdapter } = await auth.$context;
  const link = await internalAdapter.findVerificationValue(`reset-password:${textOf(token)}`);
  const user = link && (await internalAdapter.findUserById(link.value));
  await passwords.check(textOf(newPassword), user ?? {});
  call.linkedEmail = user?.email ?? null;
}

/** Whoever reads the account's mail is no stranger to it: others' guesses are not to keep this browser waiting. */
export async function recordReset(deps: AccountsDeps, call: AuthCall, { ok }: AuthOutcome): Promise<void> {
  if (ok && call.linkedEmail !== null) keepDevice(deps, call, deps.signInGuard.makeKnown(call.linkedEmail));
}

/** Every other session ends with the old password. */
export async function checkChanged(deps: AccountsDeps, call: AuthCall): Promise<Body> {
  await admitPassword(deps, call);
  if (call.user) await deps.passwords.check(textOf(call.body.newPassword), call.user);
  return { ...call.body, revokeOtherSessions: true };
}

/** Links and half sign-ins that the old password led to end with it. */
export async function recordChanged(deps: AccountsDeps, call: AuthCall, outcome: AuthOutcome): Promise<void> {
  await recordPassword(deps, call, outcome);
  if (call.user && outcome.ok) await endVerifications(deps.pool, Number(call.user.id));
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}
