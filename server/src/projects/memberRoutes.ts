import {
  IdParams,
  MemberParams,
  PageQuery,
  Project,
  ProjectMember,
  SetProjectMember,
  TransferOwnership,
} from "@magtrace/contracts";
import Type from "typebox";
import { sendPage } from "../http/reply/page.ts";
import { type Route, route } from "../http/route.ts";
import type { Deps } from "../platform/deps.ts";
import * as members from "./members.ts";

export function projectMemberRoutes(deps: Deps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/projects/{id}/members/",
      permission: "project.read",
      summary: "List who is in a project",
      schemas: { params: IdParams, query: PageQuery, response: Type.Array(ProjectMember) },
      handler: async ({ actor, params, query, raw, reply }) =>
        sendPage(raw, reply, await members.listMembers(deps, actor, params.id, query)),
    }),
    route({
      method: "PUT",
      path: "/api/projects/{id}/members/{user}/",
      permission: "project.members",
      summary: "Set what somebody of the organisation is in a project",
      schemas: { params: MemberParams, body: SetProjectMember, response: ProjectMember },
      handler: ({ actor, params, body }) =>
        members.setMember(deps, actor, { projectId: params.id, userId: params.user }, body.role),
    }),
    route({
      method: "DELETE",
      path: "/api/projects/{id}/members/{user}/",
      permission: "project.leave",
      summary: "Remove somebody from a project, or leave it",
      status: 204,
      schemas: { params: MemberParams },
      handler: ({ actor, params }) =>
        members.removeMember(deps, actor, { projectId: params.id, userId: params.user }),
    }),
    route({
      method: "POST",
      path: "/api/projects/{id}/transfer/",
      permission: "project.members",
      summary: "Make somebody else of the organisation the owner in one's own place",
      schemas: { params: IdParams, body: TransferOwnership, response: Project },
      handler: ({ actor, params, body }) =>
        members.transferOwnership(deps, actor, { projectId: params.id, userId: body.user }),
    }),
  ];
}
