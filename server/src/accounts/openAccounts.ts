import type { Config } from "../config.ts";
import type { Limiters } from "../platform/limits/createLimiters.ts";
import type { Platform } from "../platform/openPlatform.ts";
import type { AccountsDeps } from "./accountsDeps.ts";
import { createAuth } from "./signIn/auth.ts";
import { authMails } from "./signIn/authMails.ts";
import { deviceCookies } from "./signIn/deviceCookies.ts";
import { passwordRules } from "./signIn/passwords.ts";
import type { SingleSignOn } from "./signIn/provider.ts";
import { openProviderDiscovery } from "./signIn/providerDiscovery.ts";
import { sessionCookie } from "./signIn/sessionCookie.ts";
import { createSignInGuard, type SignInGuard } from "./signIn/signInGuard.ts";
import { openJwts } from "./tokens/jwts.ts";

export interface AccountsOptions {
  readonly config: Config;
  readonly platform: Platform;
  readonly limiters: Limiters;
  /** Address users type, known once the port is. */
  readonly publicOrigin: () => string;
  readonly signInGuard?: SignInGuard | undefined;
}

/** What everything about accounts stands on, made once an api process. */
export function openAccounts({
  config,
  platform,
  limiters,
  publicOrigin,
  signInGuard = createSignInGuard(limiters, deviceCookies(platform.accountsSecret)),
}: AccountsOptions): AccountsDeps {
  const { log, mail } = platform.deps;
  const pool = platform.accountsPool;
  const singleSignOn = singleSignOnOf(config);
  const session = {
    secret: Buffer.from(platform.accountsSecret).toString("base64url"),
    publicUrl: publicOrigin(),
    sessionDays: config.SESSION_DAYS,
  };
  const auth = createAuth({
    pool,
    log,
    ...session,
    openRegistration: config.OPEN_REGISTRATION,
    mails: mail && authMails(mail, publicOrigin),
    jwtKeyDays: config.JWT_KEY_DAYS,
    codeAfterSingleSignOn: singleSignOn?.isSecondFactor !== true,
  });
  return {
    pool,
    auth,
    sessionCookie: sessionCookie(session),
    jwts: openJwts({ auth, pool, keyDays: config.JWT_KEY_DAYS, issuer: publicOrigin }),
    passwords: passwordRules(config.PASSWORD_BREACH_URL, log),
    signInGuard,
    singleSignOn: singleSignOn && openProviderDiscovery(auth, singleSignOn, log),
    signInOptions: {
      registration: config.OPEN_REGISTRATION,
      mail: mail !== null,
      single_sign_on: singleSignOn && { name: singleSignOn.name },
    },
    secret: platform.accountsSecret,
    log,
    publicOrigin,
  };
}

function singleSignOnOf(config: Config): SingleSignOn | null {
  if (config.OIDC_ISSUER === "") return null;
  return {
    issuer: config.OIDC_ISSUER,
    clientId: config.OIDC_CLIENT_ID,
    clientSecret: config.OIDC_CLIENT_SECRET,
    name: config.OIDC_NAME,
    registers: config.OIDC_REGISTRATION,
    isSecondFactor: config.OIDC_SECOND_FACTOR === "provider",
  };
}
