import { CreatedToken, CreateToken, IdParams, Me, Setup, SetupState, Token } from "@magtrace/contracts";
import Type from "typebox";
import { type Route, route } from "../platform/http/route.ts";
import type { AccountsDeps } from "./accountsDeps.ts";
import { describe } from "./me.ts";
import { isSetupNeeded, setUp } from "./setup.ts";
import { signInNow } from "./signInNow.ts";
import { createOwnToken, listOwnTokens, revokeOwnToken } from "./tokens.ts";

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
        await setUp(deps, body);
        const { email, password } = body;
        await signInNow(deps.auth, { email, password }, { request: raw, reply });
        return { needed: false };
      },
    }),
    route({
      method: "GET",
      path: "/api/me/",
      permission: "account.read",
      summary: "Who is asking",
      schemas: { response: Me },
      handler: async ({ actor }) => describe(actor),
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
