import { body, type Declared, may, PASSWORD } from "../expectation.ts";

/** Signing in, one's own account, its tokens and sessions, and the users of the installation. */
export const accounts: Declared = {
  // Whatever else the library behind sign-in could do is not there.
  "GET /api/auth/*": may("served", () => ({ params: { "*": "organization/list" } }), { success: 404 }),
  "POST /api/auth/*": may("served", () => ({ params: { "*": "admin/set-role" } }), { success: 404 }),
  "POST /api/auth/sign-in/email": may(
    "served",
    () => ({ body: { email: "installation-admin@example.com", password: PASSWORD } }),
    { but: { sessionElsewhere: 403 } },
  ),
  // No single sign-on is configured here.
  "POST /api/auth/sign-in/oauth2": may(
    "served",
    body(() => ({ providerId: "sso" })),
    { success: 404 },
  ),
  "GET /api/auth/callback/sso": may("served", () => ({ query: { code: "x", state: "x" } }), { success: 302 }),
  // Registration is not open here.
  "POST /api/auth/sign-up/email": may(
    "served",
    () => ({ body: { name: "Eve", email: "eve@example.org", password: PASSWORD } }),
    { success: 403 },
  ),

  "POST /api/auth/sign-out": may(
    "served",
    body(() => ({})),
    { but: { sessionElsewhere: 403 } },
  ),
  // This installation sends no mail.
  "POST /api/auth/request-password-reset": may(
    "served",
    body(() => ({ email: "nobody@example.org" })),
    { success: 400, but: { sessionElsewhere: 403 } },
  ),

  // Without a token there is nothing to succeed with; the accounts' own tests have one.
  "POST /api/auth/reset-password": may(
    "served",
    body(() => ({ token: "x", newPassword: `${PASSWORD} horse` })),
    { success: 410, but: { sessionElsewhere: 403 } },
  ),

  "POST /api/auth/send-verification-email": may(
    "served",
    body(() => ({ email: "nobody@example.org" })),
    { success: 400, but: { sessionElsewhere: 403 } },
  ),

  "GET /api/auth/verify-email": may("served", () => ({ query: { token: "x" } }), { success: 410 }),
  "POST /api/auth/change-password": may(
    "cookieW",
    body(() => ({ currentPassword: PASSWORD, newPassword: `${PASSWORD} horse` })),
  ),
  "POST /api/auth/two-factor/enable": may(
    "cookieW",
    body(() => ({ password: PASSWORD })),
  ),
  "POST /api/auth/two-factor/disable": may(
    "cookieW",
    body(() => ({ password: PASSWORD })),
  ),
  // Nobody here has a second factor yet.
  "POST /api/auth/two-factor/verify-totp": may(
    "cookieW",
    body(() => ({ code: "000000" })),
    { success: 400 },
  ),
  "POST /api/auth/two-factor/verify-backup-code": may(
    "cookieW",
    body(() => ({ code: "x" })),
    { success: 400 },
  ),
  "POST /api/auth/two-factor/generate-backup-codes": may(
    "cookieW",
    body(() => ({ password: PASSWORD })),
    {
      success: 400,
    },
  ),

  "GET /api/sign-in-options/": may("open"),
  "GET /api/setup/": may("open"),
  // Over once and for all: its success is shown where the first administrator is made.
  "POST /api/setup/": may(
    "open",
    () => ({
      body: {
        token: "x",
        name: "Eve",
        email: "eve@example.org",
        password: PASSWORD,
        organization: "Eve's",
      },
    }),
    { success: 403 },
  ),
  "GET /api/me/": may("own"),
  "GET /api/tokens/": may("own"),
  "POST /api/tokens/": may(
    "ownW",
    (_, { person }) => ({ body: { name: "t", scopes: [person ? "write" : "read"] } }),
    { but: { strayToken: 404, jwt: 403 } },
  ),
  // The token is for no project: to one that is, it does not exist.
  "DELETE /api/tokens/{id}/": may("ownW", undefined, {
    ownersAlone: true,
    but: { thisProjectToken: 404, otherProjectToken: 404 },
  }),
  "PATCH /api/me/": may(
    "ownW",
    body(() => ({ name: "New" })),
    { but: { thisProjectToken: 403, otherProjectToken: 403, chiefsProjectToken: 403, strayToken: 403 } },
  ),
  "GET /api/me/export/": may("secure", undefined, { but: { sessionElsewhere: "ok" } }),
  // Neither the last owner of an organisation nor the last administrator goes.
  "POST /api/me/delete/": may(
    "secure",
    body(() => ({ password: PASSWORD })),
    {
      but: { organizationOwner: 409, "foreign:organizationOwner": 409, installationAdmin: 409 },
    },
  ),
  "GET /api/sessions/": may("secure", undefined, { but: { sessionElsewhere: "ok" } }),
  "DELETE /api/sessions/{id}/": may("secure", undefined, { ownersAlone: true }),
  "POST /api/sessions/revoke_others/": may("secure"),
  // Makes what reads and changes nothing by itself; but a cookie that comes from elsewhere posts nothing.
  "POST /api/jwt/": may("own", undefined, { but: { sessionElsewhere: 403, jwt: 403 } }),
  "GET /.well-known/jwks.json": may("open"),

  "GET /api/users/": may("install"),
  "PATCH /api/users/{id}/": may(
    "install",
    body(() => ({ disabled: true })),
  ),
  "POST /api/users/{id}/sign_out/": may("install"),
};
