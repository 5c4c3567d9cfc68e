import {
  AuthDone,
  BeginSingleSignOn,
  LinkFollowed,
  LinkWanted,
  NewBackupCodes,
  PasswordChange,
  PasswordOnceMore,
  PasswordReset,
  SecondFactorBegun,
  SecondFactorCode,
  SignIn,
  SignInAnswer,
  SignUp,
  SingleSignOnAnswer,
  SingleSignOnBegun,
} from "@magtrace/contracts";
import Type, { type TObject, type TSchema } from "typebox";
import type { AccountsDeps } from "../accountsDeps.ts";
import type { AuthCall, AuthOutcome, Body } from "./authCall.ts";
import { checkChanged, checkChosen, checkReset, recordChanged, recordReset } from "./newPassword.ts";
import { admitOneself } from "./presence.ts";
import { PROVIDER } from "./provider.ts";
import { admitPassword, admitSignIn, recordPassword, recordSignIn } from "./signIn.ts";
import { alikeRefusals, beginSingleSignOn, endSingleSignOn } from "./singleSignOn.ts";

interface Shape {
  readonly summary: string;
  /** What may be sent; better-auth is given nothing besides. */
  readonly body?: TObject;
  readonly query?: TObject;
  readonly response: TSchema;
}

export interface AuthEndpoint extends Shape {
  readonly method: "GET" | "POST";
  /** Where better-auth has it, if elsewhere. */
  readonly at?: string;
  /** Whether it needs a session, which is a cookie: tokens do nothing here. */
  readonly signedIn?: boolean;
  /** Refuses by throwing; what it returns is sent in place of the body. */
  readonly before?: (deps: AccountsDeps, call: AuthCall) => Promise<Body | undefined>;
  readonly after?: (deps: AccountsDeps, call: AuthCall, outcome: AuthOutcome) => Promise<void>;
  /** What of better-auth's answer is passed on; {status: true} where nothing is. Never a session's token: it is a cookie. */
  readonly tells?: (said: Body) => Body;
  /** Where a redirect leads instead. */
  readonly redirects?: (location: string) => string;
  /** Answers take at least this long. */
  readonly leastMs?: number;
}

/** Longer than what either of two answers takes whose difference must not show. */
const EQUALIZED_MS = 300;

const post = { method: "POST", response: AuthDone } as const;
/** Asks somebody signed in for their password once more. */
const withPassword = {
  ...post,
  signedIn: true,
  body: PasswordOnceMore,
  before: admitOneself,
  after: recordPassword,
} as const;
const withCode = { ...post, body: SecondFactorCode, before: codeAlone, after: recordPassword } as const;

/** What of better-auth can be reached, and what is added to it. */
export const endpoints: ReadonlyMap<string, AuthEndpoint> = new Map<string, AuthEndpoint>([
  [
    "/sign-in/email",
    {
      ...post,
      summary: "Sign in with a password: a session's cookie, or the way to the second factor",
      body: SignIn,
      response: SignInAnswer,
      before: admitSignIn,
      after: recordSignIn,
      tells: whetherSecondFactor,
    },
  ],
  [
    "/sign-in/oauth2",
    {
      ...post,
      summary: "Begin to sign in at the provider of single sign-on",
      body: BeginSingleSignOn,
      response: SingleSignOnBegun,
      at: "/sign-in/social",
      before: beginSingleSignOn,
      tells: ({ url }) => ({ url }),
    },
  ],
  [
    `/callback/${PROVIDER}`,
    {
      method: "GET",
      summary: "The way back from the provider of single sign-on; leads on to a page",
      query: SingleSignOnAnswer,
      response: AuthDone,
      before: endSingleSignOn,
      redirects: alikeRefusals,
    },
  ],
  [
    "/sign-up/email",
    {
      ...post,
      summary: "Register, where that is open; a link to confirm the address is mailed",
      body: SignUp,
      before: checkChosen,
    },
  ],
  ["/sign-out", { ...post, summary: "End the session", body: Type.Object({}) }],
  [
    "/request-password-reset",
    {
      ...post,
      summary: "Have a link mailed to choose a new password",
      body: LinkWanted,
      leastMs: EQUALIZED_MS,
    },
  ],
  [
    "/reset-password",
    {
      ...post,
      summary: "Choose a new password with a mailed link's token; every session ends",
      body: PasswordReset,
      before: checkReset,
      after: recordReset,
    },
  ],
  [
    "/send-verification-email",
    {
      ...post,
      summary: "Have the link mailed that confirms an address",
      body: LinkWanted,
      leastMs: EQUALIZED_MS,
    },
  ],
  [
    "/verify-email",
    {
      method: "GET",
      summary: "Confirm an address with a mailed link's token",
      query: LinkFollowed,
      response: AuthDone,
    },
  ],
  [
    "/change-password",
    {
      ...withPassword,
      summary: "Change one's password; every other session ends",
      body: PasswordChange,
      before: checkChanged,
      after: recordChanged,
    },
  ],
  [
    "/two-factor/enable",
    {
      ...withPassword,
      summary: "Set up a second factor; it counts once a code has confirmed it",
      response: SecondFactorBegun,
      tells: ({ totpURI, backupCodes }) => ({ totpURI, backupCodes }),
    },
  ],
  ["/two-factor/disable", { ...withPassword, summary: "Turn the second factor off" }],
  [
    "/two-factor/verify-totp",
    {
      ...withCode,
      summary: "Sign in with an authenticator's code, or confirm a second factor just set up",
    },
  ],
  [
    "/two-factor/verify-backup-code",
    { ...withCode, summary: "Sign in with a recovery code; each is good once" },
  ],
  [
    "/two-factor/generate-backup-codes",
    {
      ...withPassword,
      summary: "New recovery codes; the old ones end",
      response: NewBackupCodes,
      tells: ({ backupCodes }) => ({ backupCodes }),
    },
  ],
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
  return { code: String(call.body.code).trim() };
}
