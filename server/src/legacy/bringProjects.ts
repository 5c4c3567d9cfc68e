import { inTransaction } from "../platform/database/transaction.ts";
import { findProject } from "../projects/queries.ts";
import { createEmptyProject } from "../projects/service.ts";
import { type Bringing, orRefused, rowsOf } from "./bring.ts";
import type { Cells } from "./cells.ts";
import { tables } from "./tables.ts";

export interface BroughtProject {
  /** Here; negative in a dry run that would make it. */
  readonly id: number;
  /** In the old database; null for what stands in for rows that had no project. */
  readonly legacyId: number | null;
  readonly key: string;
}

const STAND_IN = {
  key: "0@",
  name: "Old MagTrace, without a project",
  description: "Datasets and models of the old MagTrace that were in no project.",
};

export async function* bringProjects(bringing: Bringing): AsyncGenerator<BroughtProject> {
  for (const { cells } of rowsOf(bringing, tables.project)) {
    const brought = await bringProject(bringing, cells);
    if (brought) yield brought;
  }
}

async function bringProject(bringing: Bringing, cells: Cells): Promise<BroughtProject | undefined> {
  const { report, ledger } = bringing;
  const { id: legacyId, key, table } = cells;
  const [known] = ledger.find("project", key) ?? [];
  if (known !== undefined) {
    if (await isUsable(bringing, known)) {
      report.known(table);
      return { id: known, legacyId, key };
    }
    report.refused(
      table,
      legacyId,
      `It was brought as project ${known} and deleted here since, and all that is in it with it. Restore that first.`,
    );
    return undefined;
  }
  const project = {
    name: cells.text("name", 255).trim() || `Project ${legacyId}`,
    description: cells.text("description", 20_000),
    settings: {
      ...cells.object("settings"),
      legacy: { id: legacyId, created_at: cells.time("created_at"), updated_at: cells.time("updated_at") },
    },
  };
  const id = await orRefused(bringing, cells, () => foundProject(bringing, key, project));
  if (id === undefined) return undefined;
  report.mapped(table, legacyId, [id]);
  return { id, legacyId, key };
}

/** For what was in no project; made when the first of it comes. */
export async function standInProject(bringing: Bringing): Promise<BroughtProject> {
  const { key, name, description } = STAND_IN;
  const [known] = bringing.ledger.find("project", key) ?? [];
  const isThere = known !== undefined && (bringing.ledger.isDry || (await isUsable(bringing, known)));
  const id = isThere ? known : await foundProject(bringing, key, { name, description, settings: {} });
  return { id, legacyId: null, key };
}

function foundProject(
  { ledger, actor, organizationId }: Bringing,
  key: string,
  project: { name: string; description: string; settings: Record<string, unknown> },
): Promise<number> {
  return ledger.make({ kind: "project", key }, null, async (tx) => {
    const { projectId } = await createEmptyProject(tx, actor, { ...project, organizationId });
    return projectId;
  });
}

async function isUsable({ deps, actor }: Bringing, id: number): Promise<boolean> {
  const found = await inTransaction(deps.db, actor.database, (tx) => findProject(tx, id));
  return found !== undefined && found.deletedAt === null;
}
