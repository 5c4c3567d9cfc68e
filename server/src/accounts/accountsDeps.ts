import type { SignInOptions } from "@magtrace/contracts";
import type pg from "pg";
import type { Log } from "../platform/log.ts";
import type { Auth } from "./auth.ts";
import type { Jwts } from "./jwts.ts";
import type { PasswordRules } from "./passwords.ts";
import type { ProviderDiscovery } from "./providerDiscovery.ts";
import type { SignInGuard } from "./signInGuard.ts";

export interface AccountsDeps {
  /** Connections of the accounts role. */
  readonly pool: pg.Pool;
  readonly auth: Auth;
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
