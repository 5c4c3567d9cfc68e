import {
  CreatedInvitation,
  CreateInvitation,
  IdParams,
  Invitation,
  InvitationParams,
  InvitationPreview,
  InvitationToken,
  Membership,
  PageQuery,
  RegisterInvited,
} from "@magtrace/contracts";
import Type from "typebox";
import type { Auth } from "../accounts/service.ts";
import { signInNow } from "../accounts/service.ts";
import { sendPage } from "../http/reply/page.ts";
import { requestFacts } from "../http/request/requestFacts.ts";
import { type Route, route } from "../http/route.ts";
import { noAuthor } from "../platform/author.ts";
import * as invitations from "./invitations.ts";
import {
  acceptInvitation,
  type RegistrationDeps,
  readInvitation,
  registerInvited,
} from "./takeInvitation.ts";

export interface InvitationRouteDeps extends invitations.InvitationsDeps, RegistrationDeps {
  readonly auth: Auth;
}

const Registered = Type.Object({ email: Type.String() });

export function invitationRoutes(deps: InvitationRouteDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/organizations/{id}/invitations/",
      permission: "organization.members",
      summary: "List invitations that have not been answered",
      schemas: { params: IdParams, query: PageQuery, response: Type.Array(Invitation) },
      handler: async ({ actor, params, query, raw, reply }) =>
        sendPage(raw, reply, await invitations.listInvitations(deps, actor, params.id, query)),
    }),
    route({
      method: "POST",
      path: "/api/organizations/{id}/invitations/",
      permission: "organization.members",
      summary: "Invite an address; an earlier invitation of it is good no longer",
      status: 201,
      schemas: { params: IdParams, body: CreateInvitation, response: CreatedInvitation },
      handler: ({ actor, params, body }) => invitations.invite(deps, actor, params.id, body),
    }),
    route({
      method: "DELETE",
      path: "/api/organizations/{id}/invitations/{invitation}/",
      permission: "organization.members",
      summary: "Revoke an invitation",
      status: 204,
      schemas: { params: InvitationParams },
      handler: ({ actor, params }) => invitations.revokeInvitation(deps, actor, params.id, params.invitation),
    }),
    route({
      method: "POST",
      path: "/api/invitations/look/",
      permission: "public",
      summary: "What an invitation's link is good for",
      schemas: { body: InvitationToken, response: InvitationPreview },
      handler: ({ body }) => readInvitation(deps, body.token),
    }),
    route({
      method: "POST",
      path: "/api/invitations/accept/",
      permission: "account.join",
      summary: "Join with one's account; its address must be the invited one",
      schemas: { body: InvitationToken, response: Membership },
      handler: ({ actor, body }) => acceptInvitation(deps, actor, body.token),
    }),
    route({
      method: "POST",
      path: "/api/invitations/register/",
      permission: "public",
      summary: "Join with a new account for the invited address, and sign in",
      status: 201,
      schemas: { body: RegisterInvited, response: Registered },
      handler: async ({ body, raw, reply }) => {
        const registered = await registerInvited(deps, { ...noAuthor, ...requestFacts(raw) }, body);
        const { password } = body;
        await signInNow(deps.auth, { ...registered, password }, { request: raw, reply });
        return registered;
      },
    }),
  ];
}
