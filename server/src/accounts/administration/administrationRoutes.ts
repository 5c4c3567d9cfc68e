import { IdParams, PageQuery, UpdateUser, User } from "@magtrace/contracts";
import Type from "typebox";
import { sendPage } from "../../http/reply/page.ts";
import { type Route, route } from "../../http/route.ts";
import * as administration from "./administration.ts";

const ListQuery = Type.Intersect([
  PageQuery,
  Type.Object({
    search: Type.Optional(Type.String({ maxLength: 254, description: "Part of a name or an address." })),
  }),
]);

export function administrationRoutes(deps: administration.AdministrationDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/users/",
      permission: "installation.manage",
      summary: "List the accounts of this installation",
      schemas: { query: ListQuery, response: Type.Array(User) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await administration.listUsers(deps, actor, query)),
    }),
    route({
      method: "PATCH",
      path: "/api/users/{id}/",
      permission: "installation.manage",
      summary: "Change what a user may do in this installation, or disable the account",
      schemas: { params: IdParams, body: UpdateUser, response: User },
      handler: ({ actor, params, body }) => administration.updateUser(deps, actor, params.id, body),
    }),
    route({
      method: "POST",
      path: "/api/users/{id}/sign_out/",
      permission: "installation.manage",
      summary: "End every session of a user",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params }) => administration.signOutUser(deps, actor, params.id),
    }),
  ];
}
