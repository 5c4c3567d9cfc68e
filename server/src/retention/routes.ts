import {
  IdParams,
  LegalHold,
  LiftHolds,
  PlaceHold,
  PreviewQuery,
  Restored,
  RestoreExpired,
  Retention,
  RetentionPreview,
  SetRetention,
} from "@magtrace/contracts";
import Type from "typebox";
import { type Route, route } from "../http/route.ts";
import * as service from "./service.ts";

export function retentionRoutes(deps: service.RetentionDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/organizations/{id}/retention/",
      permission: "organization.retention",
      summary: "How long an organisation keeps what, and its legal holds",
      schemas: { params: IdParams, response: Retention },
      handler: ({ actor, params }) => service.readRetention(deps, actor, params.id),
    }),
    route({
      method: "PUT",
      path: "/api/organizations/{id}/retention/",
      permission: "organization.retention",
      summary: "Set how long an organisation keeps what; a kind left out is kept for ever",
      schemas: { params: IdParams, body: SetRetention, response: Retention },
      handler: ({ actor, params, body }) => service.setRetention(deps, actor, params.id, body.policies),
    }),
    route({
      method: "GET",
      path: "/api/organizations/{id}/retention/preview/",
      permission: "organization.retention",
      summary: "What would go now, by the policies or by one that is tried out",
      schemas: { params: IdParams, query: PreviewQuery, response: Type.Array(RetentionPreview) },
      handler: ({ actor, params, query }) => service.previewRetention(deps, actor, params.id, query),
    }),
    route({
      method: "POST",
      path: "/api/organizations/{id}/retention/restore/",
      permission: "organization.retention",
      summary: "Bring back what is over its time and not yet gone for good",
      schemas: { params: IdParams, body: RestoreExpired, response: Restored },
      handler: ({ actor, params, body }) => service.restoreExpired(deps, actor, params.id, body.kind),
    }),
    route({
      method: "POST",
      path: "/api/organizations/{id}/retention/holds/",
      permission: "organization.retention",
      summary: "Place a legal hold on a project or the whole organisation: nothing of it goes",
      status: 201,
      schemas: { params: IdParams, body: PlaceHold, response: LegalHold },
      handler: ({ actor, params, body }) => service.placeHold(deps, actor, params.id, body),
    }),
    route({
      method: "POST",
      path: "/api/organizations/{id}/retention/lift/",
      permission: "organization.retention",
      summary: "Lift the legal holds on a project, or those on the whole organisation",
      schemas: { params: IdParams, body: LiftHolds, response: Type.Array(LegalHold) },
      handler: ({ actor, params, body }) => service.liftHolds(deps, actor, params.id, body.project ?? null),
    }),
  ];
}
