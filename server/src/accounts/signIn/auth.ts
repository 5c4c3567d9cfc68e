import { BASE_ERROR_CODES, betterAuth } from "better-auth";
import { APIError, isAPIError } from "better-auth/api";
import { admin, jwt, organization } from "better-auth/plugins";
import { CamelCasePlugin, Kysely, PostgresDialect } from "kysely";
import type pg from "pg";
import type { Log } from "../../platform/logs/log.ts";
import type { AuthMails } from "./authMails.ts";
import { authoredPool } from "./authPool.ts";
import { cookieOptions } from "./cookieOptions.ts";
import { isDisabled } from "./isDisabled.ts";
import { MOST_PASSWORD } from "./passwords.ts";
import { requireVerifiedAddress } from "./provider.ts";
import {
  claimCode,
  type EndpointCall,
  endOthersWithChange,
  type NewSession,
  secondFactor,
} from "./twoFactor.ts";
import { endVerifications, storedIdentifier } from "./verifications.ts";

export interface AuthOptions {
  readonly pool: pg.Pool;
  readonly log: Log;
  readonly secret: string;
  /** Address users type. */
  readonly publicUrl: string;
  readonly sessionDays: number;
  readonly openRegistration: boolean;
  /** Null where no mail can be sent: then nobody's address is asked to be confirmed. */
  readonly mails: AuthMails | null;
  readonly jwtKeyDays: number;
  /** Whether accounts with a second factor give its code after single sign-on, as after a password. */
  readonly codeAfterSingleSignOn: boolean;
}

const HOUR_SECONDS = 3_600;
const DAY_SECONDS = 86_400;

/** The header in which authHandler.ts tells better-auth whom it talks to; what a client sends of that name is dropped. */
export const ADDRESS_HEADER = "x-magtrace-address";

/**
 * better-auth over our own tables (migrations/0001 and 0008): models renamed, columns in snake_case, integer identities.
 * Ids are texts on its side and integers on ours.
 */
export function createAuth(options: AuthOptions) {
  const { pool, secret, publicUrl, sessionDays, mails } = options;
  const db = new Kysely<Record<string, never>>({
    dialect: new PostgresDialect({ pool: authoredPool(pool) as never }),
    plugins: [new CamelCasePlugin()],
  });
  return betterAuth({
    appName: "MagTrace",
    database: { db, type: "postgres", transaction: true },
    secret,
    baseURL: publicUrl,
    basePath: "/api/auth",
    // Whatever name this machine was reached by is our own, too: cookies of other names do not come here.
    trustedOrigins: (request) => [publicUrl, ...(request ? [new URL(request.url).origin] : [])],
    telemetry: { enabled: false },
    rateLimit: { enabled: false },
    logger: {
      level: "error",
      // What stands behind a colon is often what was sent: an address, an origin, a part of a link.
      log: (_level, said, ...more) =>
        options.log.warn(
          { said: said.split(":")[0], err: more.find((each) => each instanceof Error) },
          "a sign-in went wrong",
        ),
    },
    // authRefusal.ts answers the request with what it refuses; by default the library prints that past our log.
    onAPIError: {
      errorURL: `${publicUrl}/app/sign-in?failed=true`,
      onError: (error) => {
        if (!isAPIError(error)) options.log.error({ err: error }, "a sign-in failed");
      },
    },
    user: { modelName: "users", validateUserInfo: requireVerifiedAddress },
    session: { modelName: "sessions", expiresIn: sessionDays * DAY_SECONDS, updateAge: DAY_SECONDS },
    account: {
      modelName: "credentials",
      encryptOAuthTokens: true,
      // Both sides have to have verified the address: theirs, because it says who comes, and ours, because whoever
      // registers an address that is not theirs must not have its owner sign in to their account.
      accountLinking: { enabled: true, requireLocalEmailVerified: true, trustedProviders: [] },
    },
    verification: { modelName: "verifications", storeIdentifier: { hash: storedIdentifier } },
    emailAndPassword: {
      enabled: true,
      disableSignUp: !options.openRegistration,
      // Signing up answers the same for a known address only if it never signs in.
      autoSignIn: false,
      requireEmailVerification: mails !== null,
      // Only lengths that no rule could refuse later: passwords.ts has the rules.
      minPasswordLength: 1,
      maxPasswordLength: MOST_PASSWORD,
      revokeSessionsOnPasswordReset: true,
      resetPasswordTokenExpiresIn: HOUR_SECONDS,
      ...(mails && {
        sendResetPassword: async ({ user, token }) => {
          if (!isDisabled(user)) mails.passwordReset(user, token);
        },
        onPasswordReset: ({ user }) => endVerifications(pool, Number(user.id)),
        onExistingUserSignUp: async ({ user }) => mails.existingAccount(user),
      }),
    },
    ...(mails && {
      emailVerification: {
        sendOnSignUp: true,
        sendOnSignIn: true,
        expiresIn: DAY_SECONDS,
        beforeEmailVerification: async (user) => {
          if (isDisabled(user)) throw APIError.from("UNAUTHORIZED", BASE_ERROR_CODES.INVALID_TOKEN);
        },
        sendVerificationEmail: async ({ user, token }) => mails.verification(user, token),
      },
    }),
    databaseHooks: {
      session: {
        create: {
          before: async (session, context) =>
            claimCode(pool, Number(session.userId), context as EndpointCall | null),
          after: async (session, context) =>
            endOthersWithChange(pool, session as unknown as NewSession, context as EndpointCall | null),
        },
      },
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
      secondFactor(options.codeAfterSingleSignOn),
      jwt({ ...keyOptions(options.jwtKeyDays), schema: { jwks: { modelName: "signingKeys" } } }),
    ],
    advanced: {
      // Said outright: left to itself, the library checks no origin wherever NODE_ENV or TEST speaks of tests.
      disableOriginCheck: false,
      disableCSRFCheck: false,
      database: { generateId: "serial" },
      ...cookieOptions(publicUrl),
      ipAddress: { ipAddressHeaders: [ADDRESS_HEADER] },
    },
  });
}

/** A key signs for `days`, and verifies for one more; its private half is encrypted under the installation's secret. */
export function keyOptions(days: number) {
  return {
    jwks: {
      keyPairConfig: { alg: "EdDSA", crv: "Ed25519" },
      rotationInterval: days * DAY_SECONDS,
      gracePeriod: DAY_SECONDS,
    },
    disableSettingJwtHeader: true,
  } as const;
}

export type Auth = ReturnType<typeof createAuth>;
