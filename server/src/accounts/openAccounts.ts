import type { Config } from "../config.ts";
import type { Limiters } from "../platform/limits/createLimiters.ts";
import type { Platform } from "../platform/openPlatform.ts";
import type { AccountsDeps } from "./accountsDeps.ts";
import { createAuth } from "./auth.ts";
import { authMails } from "./authMails.ts";
import { deviceCookies } from "./deviceCookies.ts";
import { openJwts } from "./jwts.ts";
import { passwordRules } from "./passwords.ts";
import { createSignInGuard } from "./signInGuard.ts";

export interface AccountsOptions {
  readonly config: Config;
  readonly platform: Platform;
  readonly limiters: Limiters;
  /** Address users type, known once the port is. */
  readonly publicOrigin: () => string;
}

/** What everything about accounts stands on, made once an api process. */
export function openAccounts({ config, platform, limiters, publicOrigin }: AccountsOptions): AccountsDeps {
  const { log, mail } = platform.deps;
  const pool = platform.accountsPool;
  const auth = createAuth({
    pool,
    secret: Buffer.from(platform.accountsSecret).toString("base64url"),
    publicUrl: publicOrigin(),
    sessionDays: config.SESSION_DAYS,
    openRegistration: config.OPEN_REGISTRATION,
    mails: mail && authMails(mail, publicOrigin),
    jwtKeyDays: config.JWT_KEY_DAYS,
  });
  return {
    pool,
    auth,
    jwts: openJwts({ auth, pool, keyDays: config.JWT_KEY_DAYS, issuer: publicOrigin }),
    passwords: passwordRules(config.PASSWORD_BREACH_URL, log),
    signInGuard: createSignInGuard(limiters, deviceCookies(platform.accountsSecret)),
    signInOptions: { registration: config.OPEN_REGISTRATION, mail: mail !== null, single_sign_on: null },
    secret: platform.accountsSecret,
    log,
    publicOrigin,
  };
}
