import type { SignInOptions } from "@magtrace/contracts";
import type pg from "pg";
import type { Log } from "../platform/logs/log.ts";
import type { Auth } from "./signIn/auth.ts";
import type { PasswordRules } from "./signIn/passwords.ts";
import type { ProviderDiscovery } from "./signIn/providerDiscovery.ts";
import type { SessionCookie } from "./signIn/sessionCookie.ts";
import type { SignInGuard } from "./signIn/signInGuard.ts";
import type { Jwts } from "./tokens/jwts.ts";

export interface AccountsDeps {
  /** Connections of the accounts role. */
  readonly pool: pg.Pool;
  readonly auth: Auth;
  readonly sessionCookie: SessionCookie;
  /** What set-up links are signed with. */
  readonly secret: Uint8Array;
  readonly jwts: Jwts;
  readonly passwords: PasswordRules;
  readonly signInGuard: SignInGuard;
  readonly singleSignOn: ProviderDiscovery | null;
  readonly signInOptions: SignInOptions;
  readonly log: Log;
  /** Address users type, known once the port is. */
  readonly publicOrigin: () => string;
}
