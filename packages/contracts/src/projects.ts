import Type, { type Static } from "typebox";
import { ProjectRole } from "./accounts.ts";
import { Finding, Id, JsonObject, Name, Prose, Timestamp } from "./common.ts";

/** Nothing can be done in a project that is being imported, or could not be, but to read this and to delete it. */
export const ProjectStatus = Type.Union([
  Type.Literal("ready"),
  Type.Literal("importing"),
  Type.Literal("failed"),
]);
export type ProjectStatus = Static<typeof ProjectStatus>;

export const Project = Type.Object({
  id: Id,
  name: Type.String(),
  description: Type.String(),
  settings: JsonObject,
  organization: Id,
  status: ProjectStatus,
  import_failure: Type.Optional(
    Type.Object({ error: Type.String(), findings: Type.Array(Finding), total_findings: Type.Integer() }),
  ),
  role: Type.Union([ProjectRole], { description: "What the asker is in this project." }),
  created_at: Timestamp,
  updated_at: Timestamp,
});
export type Project = Static<typeof Project>;

export const CreateProject = Type.Object({
  name: Name,
  description: Type.Optional(Prose),
  settings: Type.Optional(JsonObject),
  organization: Type.Optional(Id),
});
export type CreateProject = Static<typeof CreateProject>;

export const UpdateProject = Type.Object({
  name: Type.Optional(Name),
  description: Type.Optional(Prose),
  settings: Type.Optional(JsonObject),
});
export type UpdateProject = Static<typeof UpdateProject>;

export const ProjectStatistics = Type.Object({
  datasets: Type.Integer(),
  total_records: Type.Integer(),
  annotations: Type.Integer(),
  categories: Type.Integer(),
  models: Type.Integer(),
  training_sessions: Type.Integer(),
  predictions: Type.Integer(),
  annotations_by_category: Type.Array(
    Type.Object({ category: Id, name: Type.String(), count: Type.Integer(), readings: Type.Integer() }),
  ),
});
export type ProjectStatistics = Static<typeof ProjectStatistics>;
