import { betterAuth } from "better-auth";
import { admin, organization } from "better-auth/plugins";
import { CamelCasePlugin, Kysely, PostgresDialect } from "kysely";
import type pg from "pg";

export interface AuthOptions {
  readonly pool: pg.Pool;
  readonly secret: string;
  /** Address users type. */
  readonly publicUrl: string;
  readonly sessionDays: number;
  readonly openRegistration: boolean;
}

const DAY_SECONDS = 86_400;

/**
 * better-auth over our own tables (migrations/0001): models renamed, columns in snake_case, integer identities. Ids are
 * texts on its side and integers on ours.
 */
export function createAuth({ pool, secret, publicUrl, sessionDays, openRegistration }: AuthOptions) {
  const db = new Kysely<Record<string, never>>({
    dialect: new PostgresDialect({ pool }),
    plugins: [new CamelCasePlugin()],
  });
  return betterAuth({
    appName: "MagTrace",
    database: { db, type: "postgres" },
    secret,
    baseURL: publicUrl,
    basePath: "/api/auth",
    // Whatever name this machine was reached by is our own, too: cookies of other names do not come here.
    trustedOrigins: (request) => [publicUrl, ...(request ? [new URL(request.url).origin] : [])],
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: { level: "error" },
    user: { modelName: "users" },
    session: { modelName: "sessions", expiresIn: sessionDays * DAY_SECONDS, updateAge: DAY_SECONDS },
    account: { modelName: "credentials" },
    verification: { modelName: "verifications" },
    emailAndPassword: {
      enabled: true,
      disableSignUp: !openRegistration,
      minPasswordLength: 12,
      maxPasswordLength: 128,
    },
    plugins: [
      organization({
        allowUserToCreateOrganization: false,
        schema: {
          organization: { modelName: "organizations" },
          member: { modelName: "members" },
          invitation: { modelName: "invitations" },
        },
      }),
      admin({ defaultRole: "user", adminRoles: ["admin"] }),
    ],
    advanced: {
      database: { generateId: "serial" },
      cookiePrefix: "magtrace",
      useSecureCookies: publicUrl.startsWith("https:"),
      defaultCookieAttributes: { sameSite: "lax", httpOnly: true, path: "/" },
    },
  });
}

export type Auth = ReturnType<typeof createAuth>;
