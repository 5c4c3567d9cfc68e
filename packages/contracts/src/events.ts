import Type, { type Static } from "typebox";
import { Id, JsonObject, Nullable } from "./common.ts";

/** One server-sent event of `GET /api/events/?project_id=`: something of this project changed. */
export const ProjectEvent = Type.Object({
  kind: Type.Union([
    Type.Literal("project"),
    Type.Literal("dataset"),
    Type.Literal("upload"),
    Type.Literal("annotations"),
    Type.Literal("training_session"),
    Type.Literal("prediction"),
    Type.Literal("suggestions"),
  ]),
  project: Id,
  id: Nullable(Id),
  /** Status, progress (0–100) and live metrics of work under way. */
  state: JsonObject,
});
export type ProjectEvent = Static<typeof ProjectEvent>;

export const EventsQuery = Type.Object({ project_id: Id });
