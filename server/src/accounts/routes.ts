import {
  CreatedToken,
  CreateToken,
  DeleteMe,
  IdParams,
  JsonObject,
  JwkSet,
  Jwt,
  Me,
  Session,
  Setup,
  SetupState,
  SignInOptions,
  Token,
  UpdateMe,
} from "@magtrace/contracts";
import Type from "typebox";
import { attachment } from "../http/reply/attachment.ts";
import { csrfToken } from "../http/request/csrf.ts";
import { requestFacts } from "../http/request/requestFacts.ts";
import { type Route, route } from "../http/route.ts";
import { noAuthor } from "../platform/author.ts";
import type { AccountsDeps } from "./accountsDeps.ts";
import { describe } from "./own/me.ts";
import { deleteMe, exportMe, updateMe } from "./own/ownAccount.ts";
import { endOtherSessions, endOwnSession, listOwnSessions } from "./own/sessions.ts";
import { withRetryAfter } from "./signIn/retryAfter.ts";
import { isSetupNeeded, setUp } from "./signIn/setup.ts";
import { signInNow } from "./signIn/signInNow.ts";
import { createOwnToken, listOwnTokens, revokeOwnToken } from "./tokens/tokens.ts";

export function accountRoutes(deps: AccountsDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/setup/",
      permission: "public",
      summary: "Whether this installation still needs its first administrator",
      schemas: { response: SetupState },
      handler: async () => ({ needed: await isSetupNeeded(deps.pool) }),
    }),
    route({
      method: "POST",
      path: "/api/setup/",
      permission: "public",
      summary: "Make the first administrator with the set-up link's token, and sign in",
      status: 201,
      schemas: { body: Setup, response: SetupState },
      handler: async ({ body, raw, reply }) => {
        await setUp(deps, { ...noAuthor, ...requestFacts(raw) }, body);
        const { email, password } = body;
        await signInNow(deps.auth, { email, password }, { request: raw, reply });
        return { needed: false };
      },
    }),
    route({
      method: "GET",
      path: "/api/sign-in-options/",
      permission: "public",
      summary: "What the sign-in page may offer",
      schemas: { response: SignInOptions },
      handler: async () => deps.signInOptions,
    }),
    route({
      method: "GET",
      path: "/api/me/",
      permission: "account.read",
      summary: "Who is asking",
      schemas: { response: Me },
      handler: async ({ actor }) => ({
        ...describe(actor),
        csrf_token:
          actor.credential.kind === "session" ? csrfToken(deps.secret, actor.credential.sessionId) : null,
      }),
    }),
    route({
      method: "PATCH",
      path: "/api/me/",
      permission: "account.change",
      summary: "Change one's own name",
      schemas: { body: UpdateMe, response: Me },
      handler: ({ actor, body }) => updateMe(deps, actor, body),
    }),
    route({
      method: "GET",
      path: "/api/me/export/",
      permission: "account.secure",
      summary: "Everything kept about oneself, as a file",
      schemas: { response: JsonObject },
      handler: async ({ actor, reply }) => {
        attachment(reply, "magtrace-account.json");
        return exportMe(deps, actor);
      },
    }),
    route({
      method: "POST",
      path: "/api/me/delete/",
      permission: "account.secure",
      limit: "sign_in",
      summary: "Delete one's own account, with the password once more",
      status: 204,
      schemas: { body: DeleteMe },
      handler: ({ actor, body, reply }) => withRetryAfter(reply, () => deleteMe(deps, actor, body)),
    }),
    route({
      method: "GET",
      path: "/api/sessions/",
      permission: "account.secure",
      summary: "List where one is signed in",
      schemas: { response: Type.Array(Session) },
      handler: ({ actor }) => listOwnSessions(deps, actor),
    }),
    route({
      method: "DELETE",
      path: "/api/sessions/{id}/",
      permission: "account.secure",
      summary: "Sign one of one's own browsers out",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params }) => endOwnSession(deps, actor, params.id),
    }),
    route({
      method: "POST",
      path: "/api/sessions/revoke_others/",
      permission: "account.secure",
      summary: "Sign all one's other browsers out",
      status: 204,
      schemas: {},
      handler: ({ actor }) => endOtherSessions(deps, actor),
    }),
    route({
      method: "POST",
      path: "/api/jwt/",
      permission: "account.read",
      summary: "A signed token of 15 minutes that may do what the asker may",
      status: 201,
      schemas: { response: Jwt },
      handler: ({ actor }) => deps.jwts.issue(actor),
    }),
    route({
      method: "GET",
      path: "/.well-known/jwks.json",
      permission: "public",
      summary: "Public keys of the signed tokens",
      schemas: { response: JwkSet },
      handler: ({ reply }) => {
        reply.header("Cache-Control", "public, max-age=300");
        return deps.jwts.publicKeys();
      },
    }),
    route({
      method: "GET",
      path: "/api/tokens/",
      permission: "account.read",
      summary: "List one's own API tokens",
      schemas: { response: Type.Array(Token) },
      handler: ({ actor }) => listOwnTokens(deps, actor),
    }),
    route({
      method: "POST",
      path: "/api/tokens/",
      permission: "account.write",
      summary: "Make an API token; it is shown this once",
      status: 201,
      schemas: { body: CreateToken, response: CreatedToken },
      handler: ({ actor, body }) => createOwnToken(deps, actor, body),
    }),
    route({
      method: "DELETE",
      path: "/api/tokens/{id}/",
      permission: "account.write",
      summary: "Revoke an API token at once",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params }) => revokeOwnToken(deps, actor, params.id),
    }),
  ];
}
