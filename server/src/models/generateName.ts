import type { GenerateName } from "@magtrace/contracts";
import type { Actor } from "../access/actor.ts";
import { AppError } from "../errors.ts";
import { inTransaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { requireProject } from "../projects/service.ts";
import { namesBeginning } from "./queries.ts";

const LONGEST_PROJECT_PART = 150;
const KINDS: Record<string, string> = { classification: "classifier", custom: "custom model" };

/** A readable name that no model of the project has yet: "North field random forest 2026-03-01", then "… 2", "… 3". */
export async function generateName(
  { db }: Deps,
  actor: Actor,
  request: GenerateName,
  today = new Date(),
): Promise<{ name: string }> {
  const projectId = request.project ?? request.project_id;
  if (projectId === undefined) {
    throw new AppError(
      "validation_failed",
      "body/project must be the id of the project that the model is for.",
    );
  }
  const type = request.model_type ?? "random_forest";
  const kind = KINDS[type] ?? type.replaceAll("_", " ");
  return inTransaction(db, actor.database, async (tx) => {
    const project = await requireProject(tx, actor, projectId, "model.read");
    const date = today.toISOString().slice(0, 10);
    const base = `${project.name.slice(0, LONGEST_PROJECT_PART).trim()} ${kind} ${date}`.toWellFormed();
    const taken = await namesBeginning(tx, projectId, base);
    let name = base;
    for (let counter = 2; taken.has(name); counter++) name = `${base} ${counter}`;
    return { name };
  });
}
