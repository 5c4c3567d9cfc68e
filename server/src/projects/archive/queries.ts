import type { Finding } from "@magtrace/contracts";
import { sql } from "kysely";
import type { ProjectRef } from "../../access/policy.ts";
import type { Transaction } from "../../platform/database/transaction.ts";

/** What the project's row knows of its import until that is done. */
export interface ImportState {
  /** The uploaded file; null once it is gone. */
  readonly key: string | null;
  /** Whether its name was chosen by whoever imports; else it gets the one in the file. */
  readonly named: boolean;
  readonly error?: string;
  readonly findings?: readonly Finding[];
  readonly total_findings?: number;
}

export interface NewImport {
  readonly organizationId: number;
  readonly name: string;
  readonly state: ImportState;
}

/** A project without anything in it, which nobody can use yet; whoever imports it is its owner. */
export async function insertImport(tx: Transaction, project: NewImport): Promise<ProjectRef> {
  const { id } = await tx.one<{ id: number }>(
    sql`SELECT found_project(${project.organizationId}, ${project.name}, '', '{}', 'importing',
          ${JSON.stringify(project.state)}::jsonb) AS id`,
  );
  return { projectId: id, organizationId: project.organizationId };
}

/** The file of an import that is still wanted. */
export async function findImport(tx: Transaction, id: number): Promise<string | undefined> {
  const row = await tx.row<{ import: ImportState }>(
    sql`SELECT import FROM projects WHERE id = ${id} AND status = 'importing'`,
  );
  return row?.import.key ?? undefined;
}

export interface ImportedProject {
  readonly name: string;
  readonly description: string;
  readonly settings: Record<string, unknown>;
}

/** Makes the project one like any other. False where somebody else has settled it; else nobody can until we commit. */
export async function markImported(tx: Transaction, id: number, project: ImportedProject): Promise<boolean> {
  return (
    (await tx.run(
      sql`UPDATE projects SET status = 'ready', import = NULL, updated_at = now(), settings = ${JSON.stringify(project.settings)},
            description = ${project.description},
            name = CASE WHEN (import ->> 'named')::boolean THEN name ELSE ${project.name} END
          WHERE id = ${id} AND status = 'importing'`,
    )) === 1
  );
}

/** Said of one that failed through a fault of ours. Who still waits for it is told that it is not kept. */
export const IMPORT_KEPT = "The file is kept: have it imported again then.";

/** `key` null: its file is not kept. */
export type ImportFailure = Required<Pick<ImportState, "error" | "findings" | "total_findings">> & {
  readonly key?: null;
};

export async function markImportFailed(
  tx: Transaction,
  id: number,
  failure: ImportFailure,
): Promise<boolean> {
  return (
    (await tx.run(
      sql`UPDATE projects SET status = 'failed', updated_at = now(),
            import = import || ${JSON.stringify(failure)}::jsonb
          WHERE id = ${id} AND status = 'importing'`,
    )) === 1
  );
}

/** An import that failed through a fault of ours, and whose file is there, waits again. False where there is none. */
export async function markImportRetried(tx: Transaction, id: number): Promise<boolean> {
  const changed = await tx.run(
    sql`UPDATE projects SET status = 'importing', updated_at = now(),
          import = import - '{error,findings,total_findings}'::text[]
        WHERE id = ${id} AND status = 'failed' AND import ->> 'key' IS NOT NULL`,
  );
  return changed === 1;
}

/** An import that is under way or failed, for good. @returns what was known of it; undefined where it is ready meanwhile. */
export async function deleteImport(tx: Transaction, id: number): Promise<ImportState | undefined> {
  const row = await tx.row<{ import: ImportState }>(
    sql`DELETE FROM projects WHERE id = ${id} AND status <> 'ready' RETURNING import`,
  );
  return row?.import;
}
