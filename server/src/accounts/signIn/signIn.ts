import { addressGroup, clientAddress } from "../../http/connection/trustProxy.ts";
import type { AccountsDeps } from "../accountsDeps.ts";
import type { AuthCall, AuthOutcome } from "./authCall.ts";
import { DEVICE_DAYS } from "./deviceCookies.ts";
import { withRetryAfter } from "./retryAfter.ts";
import type { Attempt } from "./signInGuard.ts";

/** What is done around a sign-in with a password. */

export async function admitSignIn(deps: AccountsDeps, call: AuthCall): Promise<undefined> {
  await withRetryAfter(call.reply, () => deps.signInGuard.admit(attemptOf(deps, call)));
}

/** Of somebody signed in: their password once more. Who is not signed in is refused by better-auth. */
export async function admitPassword(
  { signInGuard }: AccountsDeps,
  { user, reply }: AuthCall,
): Promise<undefined> {
  if (user) await withRetryAfter(reply, () => signInGuard.admitAgain(Number(user.id)));
}

export async function recordPassword(
  { signInGuard }: AccountsDeps,
  { user }: AuthCall,
  { ok }: AuthOutcome,
): Promise<void> {
  if (user && ok) await signInGuard.succeededAgain(Number(user.id));
}

/** The right password makes the browser known, even where a second factor is still asked for. */
export async function recordSignIn(deps: AccountsDeps, call: AuthCall, { ok }: AuthOutcome): Promise<void> {
  if (ok) keepDevice(deps, call, await deps.signInGuard.succeeded(attemptOf(deps, call)));
}

export function keepDevice(deps: AccountsDeps, { reply }: AuthCall, cookie: string): void {
  reply.setCookie(deviceCookieName(deps), cookie, {
    httpOnly: true,
    sameSite: "lax",
    secure: isSecure(deps),
    path: "/",
    maxAge: DEVICE_DAYS * 86_400,
  });
}

function attemptOf(deps: AccountsDeps, { body, request }: AuthCall): Attempt {
  return {
    email: typeof body.email === "string" ? body.email : "",
    address: addressGroup(clientAddress(request)),
    device: request.cookies[deviceCookieName(deps)],
  };
}

function deviceCookieName(deps: AccountsDeps): string {
  return isSecure(deps) ? "__Host-magtrace.device" : "magtrace.device";
}

function isSecure({ publicOrigin }: AccountsDeps): boolean {
  return publicOrigin().startsWith("https:");
}
