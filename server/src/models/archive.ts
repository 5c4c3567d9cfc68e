import { JsonObject, ModelType } from "@magtrace/contracts";
import Type from "typebox";
import {
  type ArchivedTable,
  id,
  json,
  orNull,
  person,
  type References,
  reference,
  text,
  time,
  value,
} from "../platform/archive/declaration.ts";

/** Scores name the session they are of. */
function translateScores(scores: unknown, references: References): unknown {
  const { training_session: session } = scores as { training_session?: unknown };
  if (typeof session !== "number") return scores;
  return { ...(scores as object), training_session: references.id("training_sessions", session) };
}

export const modelTables: readonly ArchivedTable[] = [
  {
    name: "models",
    pageRows: 50,
    columns: {
      id,
      name: value("text", Type.String({ minLength: 1, maxLength: 1000 })),
      model_type: value("text", ModelType),
      description: text(20_000),
      hyperparameters: json(JsonObject),
      version: text(100),
      parent_model_id: orNull(reference("models", "earlier")),
      version_notes: text(20_000),
      tags: value("text[]", Type.Array(Type.String({ maxLength: 1000 }), { maxItems: 1000 })),
      category: text(1000),
      author: text(1000),
      custom_metadata: json(JsonObject),
      performance_metrics: json(JsonObject, translateScores),
      python_script: orNull(text(1_000_000)),
      created_by: person,
      created_at: time,
      updated_at: time,
    },
  },
];
