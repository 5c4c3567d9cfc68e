import type { FastifyReply, FastifyRequest } from "fastify";
import type { AccountsDeps } from "./accountsDeps.ts";
import { checkChanged, checkChosen, checkReset, noteChanged } from "./newPassword.ts";
import { admitOneself } from "./presence.ts";
import { admitPassword, admitSignIn, notePassword, noteSignIn } from "./signIn.ts";
import { alikeRefusals, beginSingleSignOn, endSingleSignOn, PROVIDER } from "./singleSignOn.ts";

export type Body = Readonly<Record<string, unknown>>;

/** Whose session a request is sent with. */
export interface SignedIn {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly sessionId: number;
}

/** A request on its way to better-auth. */
export interface AuthCall {
  readonly path: string;
  readonly body: Body;
  readonly headers: Headers;
  readonly user: SignedIn | null;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
}

export interface AuthOutcome {
  readonly ok: boolean;
  /** What better-auth answered. */
  readonly said: Body;
}

export interface AuthEndpoint {
  readonly method: "GET" | "POST";
  /** Where better-auth has it, if elsewhere. */
  readonly at?: string;
  /** Refuses by throwing; what it returns is sent in place of the body. */
  readonly before?: (deps: AccountsDeps, call: AuthCall) => Promise<Body | undefined>;
  readonly after?: (deps: AccountsDeps, call: AuthCall, outcome: AuthOutcome) => Promise<void>;
  /** What of better-auth's answer is told; {status: true} where nothing is. Never a session's token: it is a cookie. */
  readonly tells?: (said: Body) => Body;
  /** Where a redirect leads instead. */
  readonly redirects?: (location: string) => string;
  /** Answers take at least this long. */
  readonly leastMs?: number;
}

/** Longer than what either of two answers takes whose difference must not show. */
const EQUALIZED_MS = 300;

const post: AuthEndpoint = { method: "POST" };
/** Asks somebody signed in for their password once more. */
const withPassword: AuthEndpoint = { ...post, before: admitOneself, after: notePassword };
const withCode: AuthEndpoint = { ...post, before: codeAlone, after: notePassword };

/** What of better-auth can be reached, and what is added to it. */
export const endpoints: ReadonlyMap<string, AuthEndpoint> = new Map<string, AuthEndpoint>([
  ["/sign-in/email", { ...post, before: admitSignIn, after: noteSignIn, tells: whetherSecondFactor }],
  [
    "/sign-in/oauth2",
    { ...post, at: "/sign-in/social", before: beginSingleSignOn, tells: ({ url }) => ({ url }) },
  ],
  [`/callback/${PROVIDER}`, { method: "GET", before: endSingleSignOn, redirects: alikeRefusals }],
  ["/sign-up/email", { ...post, before: checkChosen }],
  ["/sign-out", post],
  ["/request-password-reset", { ...post, leastMs: EQUALIZED_MS }],
  ["/reset-password", { ...post, before: checkReset }],
  ["/send-verification-email", { ...post, leastMs: EQUALIZED_MS }],
  ["/verify-email", { method: "GET" }],
  ["/change-password", { ...post, before: checkChanged, after: noteChanged }],
  [
    "/two-factor/enable",
    { ...withPassword, tells: ({ totpURI, backupCodes }) => ({ totpURI, backupCodes }) },
  ],
  ["/two-factor/disable", withPassword],
  ["/two-factor/verify-totp", withCode],
  ["/two-factor/verify-backup-code", withCode],
  ["/two-factor/generate-backup-codes", { ...withPassword, tells: ({ backupCodes }) => ({ backupCodes }) }],
]);

/** {status: true} and a session, or {twoFactorRedirect: true} and a few minutes for the second factor. */
function whetherSecondFactor({ twoFactorRedirect }: Body): Body {
  return twoFactorRedirect === true ? { twoFactorRedirect } : { status: true };
}

/**
 * No device is trusted to sign in without a code, and none is left without a session. Codes given at a sign-in are
 * counted by better-auth; whoever holds a session is not to guess more of them.
 */
async function codeAlone(deps: AccountsDeps, call: AuthCall): Promise<Body> {
  await admitPassword(deps, call);
  const { body } = call;
  return { code: typeof body.code === "string" ? body.code.trim() : "" };
}
