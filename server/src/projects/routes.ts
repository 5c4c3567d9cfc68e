import {
  CreateProject,
  IdParams,
  PageQuery,
  Project,
  ProjectStatistics,
  UpdateProject,
} from "@magtrace/contracts";
import Type from "typebox";
import { sendPage } from "../http/reply/page.ts";
import { type Route, route } from "../http/route.ts";
import * as service from "./service.ts";

const ListQuery = Type.Intersect([
  PageQuery,
  Type.Object({ deleted: Type.Optional(Type.Boolean({ description: "Those that can still be restored." })) }),
]);

export function projectRoutes(deps: service.ProjectDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/projects/",
      permission: "project.read",
      summary: "List projects",
      schemas: { query: ListQuery, response: Type.Array(Project) },
      ahead: ({ query }) => service.listStatement(query),
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await service.listProjects(deps, actor, query)),
    }),
    route({
      method: "POST",
      path: "/api/projects/",
      permission: "project.create",
      summary: "Create a project with the default label categories",
      status: 201,
      schemas: { body: CreateProject, response: Project },
      handler: ({ actor, body }) => service.createProject(deps, actor, body),
    }),
    route({
      method: "GET",
      path: "/api/projects/{id}/",
      permission: "project.read",
      summary: "Read a project",
      schemas: { params: IdParams, response: Project },
      handler: ({ actor, params }) => service.readProject(deps, actor, params.id),
    }),
    ...(["PUT", "PATCH"] as const).map((method) =>
      route({
        method,
        path: "/api/projects/{id}/",
        permission: "project.change",
        summary: "Change a project",
        schemas: { params: IdParams, body: UpdateProject, response: Project },
        handler: ({ actor, params, body }) => service.updateProject(deps, actor, params.id, body),
      }),
    ),
    route({
      method: "DELETE",
      path: "/api/projects/{id}/",
      permission: "project.manage",
      summary: "Delete a project; it can be restored for 30 days",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params }) => service.deleteProject(deps, actor, params.id),
    }),
    route({
      method: "POST",
      path: "/api/projects/{id}/restore/",
      permission: "project.manage",
      summary: "Restore a deleted project",
      schemas: { params: IdParams, response: Project },
      handler: ({ actor, params }) => service.restoreProject(deps, actor, params.id),
    }),
    route({
      method: "GET",
      path: "/api/projects/{id}/statistics/",
      permission: "project.read",
      summary: "Count what a project holds",
      schemas: { params: IdParams, response: ProjectStatistics },
      handler: ({ actor, params }) => service.projectStatistics(deps, actor, params.id),
    }),
  ];
}
