import {
  CreateOrganization,
  IdParams,
  MemberParams,
  Organization,
  OrganizationMember,
  PageQuery,
  SetOrganizationMember,
  SetStorage,
  TransferOwnership,
  UpdateOrganization,
} from "@magtrace/contracts";
import Type from "typebox";
import { sendPage } from "../http/reply/page.ts";
import { type Route, route } from "../http/route.ts";
import * as members from "./members.ts";
import * as service from "./service.ts";

const ListQuery = Type.Intersect([
  PageQuery,
  Type.Object({
    all: Type.Optional(
      Type.Boolean({ description: "Not only one's own; for administrators of the installation." }),
    ),
  }),
]);

export function organizationRoutes(deps: service.OrganizationsDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/organizations/",
      permission: "account.read",
      summary: "List the organisations one is in",
      schemas: { query: ListQuery, response: Type.Array(Organization) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await service.listOrganizations(deps, actor, query)),
    }),
    route({
      method: "POST",
      path: "/api/organizations/",
      permission: "installation.manage",
      summary: "Create an organisation, for oneself or for another user",
      status: 201,
      schemas: { body: CreateOrganization, response: Organization },
      handler: ({ actor, body }) => service.createOrganization(deps, actor, body),
    }),
    route({
      method: "GET",
      path: "/api/organizations/{id}/",
      permission: "organization.read",
      summary: "Read an organisation",
      schemas: { params: IdParams, response: Organization },
      handler: ({ actor, params }) => service.readOrganization(deps, actor, params.id),
    }),
    route({
      method: "PATCH",
      path: "/api/organizations/{id}/",
      permission: "organization.change",
      summary:
        "Rename an organisation, have it require two-factor sign-in, or allow its collaborators large uploads",
      schemas: { params: IdParams, body: UpdateOrganization, response: Organization },
      handler: ({ actor, params, body }) => service.updateOrganization(deps, actor, params.id, body),
    }),
    route({
      method: "PUT",
      path: "/api/organizations/{id}/storage/",
      permission: "installation.manage",
      summary: "Set what an organisation's objects may take together",
      schemas: { params: IdParams, body: SetStorage, response: Organization },
      handler: ({ actor, params, body }) => service.setStorage(deps, actor, params.id, body),
    }),
    route({
      method: "GET",
      path: "/api/organizations/{id}/members/",
      permission: "organization.read",
      summary: "List an organisation's members",
      schemas: { params: IdParams, query: PageQuery, response: Type.Array(OrganizationMember) },
      handler: async ({ actor, params, query, raw, reply }) =>
        sendPage(raw, reply, await members.listMembers(deps, actor, params.id, query)),
    }),
    route({
      method: "PUT",
      path: "/api/organizations/{id}/members/{user}/",
      permission: "organization.members",
      summary: "Set what a member is; whoever is none yet is invited",
      schemas: { params: MemberParams, body: SetOrganizationMember, response: OrganizationMember },
      handler: ({ actor, params, body }) =>
        members.setMember(deps, actor, { organizationId: params.id, userId: params.user }, body.role),
    }),
    route({
      method: "DELETE",
      path: "/api/organizations/{id}/members/{user}/",
      permission: "organization.leave",
      summary: "Remove a member, or leave",
      status: 204,
      schemas: { params: MemberParams },
      handler: ({ actor, params }) =>
        members.removeMember(deps, actor, { organizationId: params.id, userId: params.user }),
    }),
    route({
      method: "POST",
      path: "/api/organizations/{id}/transfer/",
      permission: "organization.transfer",
      summary: "Make another member the owner in one's own place",
      schemas: { params: IdParams, body: TransferOwnership, response: Organization },
      handler: ({ actor, params, body }) =>
        members.transferOwnership(deps, actor, { organizationId: params.id, userId: body.user }),
    }),
  ];
}
