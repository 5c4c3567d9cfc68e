import {
  CreateReadingProfile,
  IdParams,
  ReadingProfile,
  ReadingProfileListQuery,
  UpdateReadingProfile,
} from "@magtrace/contracts";
import Type from "typebox";
import { sendPage } from "../../http/reply/page.ts";
import { type Route, route } from "../../http/route.ts";
import type { Deps } from "../../platform/deps.ts";
import * as profiles from "./profiles.ts";

export function profileRoutes(deps: Deps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/reading-profiles/",
      permission: "dataset.read",
      summary: "List reading profiles: how files with certain columns are read",
      schemas: { query: ReadingProfileListQuery, response: Type.Array(ReadingProfile) },
      handler: async ({ actor, query, raw, reply }) =>
        sendPage(raw, reply, await profiles.listProfiles(deps, actor, query)),
    }),
    route({
      method: "POST",
      path: "/api/reading-profiles/",
      permission: "dataset.write",
      summary: "Create a reading profile: files with these columns are read so from now on",
      status: 201,
      schemas: { body: CreateReadingProfile, response: ReadingProfile },
      handler: ({ actor, body }) => profiles.createProfile(deps, actor, body),
    }),
    route({
      method: "GET",
      path: "/api/reading-profiles/{id}/",
      permission: "dataset.read",
      summary: "Read a reading profile",
      schemas: { params: IdParams, response: ReadingProfile },
      handler: ({ actor, params }) => profiles.readProfile(deps, actor, params.id),
    }),
    route({
      method: "PATCH",
      path: "/api/reading-profiles/{id}/",
      permission: "dataset.write",
      summary: "Change a reading profile. Datasets that were read by it stay as they are",
      schemas: { params: IdParams, body: UpdateReadingProfile, response: ReadingProfile },
      handler: ({ actor, params, body }) => profiles.updateProfile(deps, actor, params.id, body),
    }),
    route({
      method: "DELETE",
      path: "/api/reading-profiles/{id}/",
      permission: "dataset.write",
      summary: "Delete a reading profile",
      status: 204,
      schemas: { params: IdParams },
      handler: ({ actor, params }) => profiles.deleteProfile(deps, actor, params.id),
    }),
  ];
}
