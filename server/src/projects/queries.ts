import type { Project, ProjectRole, ProjectStatistics, ProjectStatus } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import type pg from "pg";
import type { ProjectAccess, ProjectRef } from "../access/policy.ts";
import { roleColumn } from "../access/roleColumn.ts";
import type { Page, PageRequest } from "../http/reply/page.ts";
import { pageBounds } from "../http/reply/page.ts";
import type { Statement } from "../platform/database/batch.ts";
import { type DatabaseAccess, readOneOnce, type Transaction } from "../platform/database/transaction.ts";

type ImportFailure = NonNullable<Project["import_failure"]>;

interface ProjectRow {
  /** What the asker is in it, where that was asked for. */
  role?: ProjectRole | null;
  id: number;
  organization_id: number;
  name: string;
  description: string;
  settings: Record<string, unknown>;
  status: ProjectStatus;
  import: Partial<ImportFailure> | null;
  created_at: Date;
  updated_at: Date;
  deleted_at: Date | null;
}

/** A project as stored. */
export type StoredProject = Omit<Project, "role"> & ProjectAccess & { readonly deletedAt: Date | null };

function projectOf(row: ProjectRow): StoredProject {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    settings: row.settings,
    organization: row.organization_id,
    status: row.status,
    ...failureOf(row),
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
    projectId: row.id,
    organizationId: row.organization_id,
    role: row.role ?? null,
    deletedAt: row.deleted_at,
  };
}

function failureOf({ status, import: state }: ProjectRow): Pick<Project, "import_failure"> {
  if (status !== "failed") return {};
  const { error = "", findings = [], total_findings = findings.length } = state ?? {};
  return { import_failure: { error, findings, total_findings } };
}

/** Of the function: in an empty page there is a row with the total alone. */
type ListedRow = { total: number } & (ProjectRow | { id: null });

type ListRequest = PageRequest & { readonly deleted?: boolean };

/** What the list is made of: one function of the database (migrations/0027_one_trip.sql). */
export function listStatement(page: ListRequest): Statement {
  const { limit, offset } = pageBounds(page);
  return {
    name: "listed_projects",
    text: "SELECT * FROM magtrace.listed_projects($1, $2, $3)",
    values: [page.deleted ?? false, limit, offset],
  };
}

/** Those that can be used, or those deleted. */
export async function listProjects(
  db: pg.Pool,
  access: DatabaseAccess,
  page: ListRequest,
): Promise<Page<StoredProject>> {
  const rows = await readOneOnce<ListedRow>(db, access, listStatement(page));
  return {
    rows: rows.flatMap((row) => (row.id === null ? [] : [projectOf(row)])),
    total: rows[0]!.total,
  };
}

/** Deleted ones too: the service decides who may still see them. */
export async function findProject(tx: Transaction, id: number): Promise<StoredProject | undefined> {
  const row = await tx.row<ProjectRow>(
    sql`SELECT projects.*, ${roleColumn("projects", "id")} FROM projects WHERE id = ${id}`,
  );
  return row && projectOf(row);
}

export interface NewProject {
  readonly organizationId: number;
  readonly name: string;
  readonly description: string;
  readonly settings: Record<string, unknown>;
}

/** The founder becomes the project's owner. */
export async function insertProject(tx: Transaction, project: NewProject): Promise<StoredProject> {
  const { id } = await tx.one<{ id: number }>(
    sql`SELECT found_project(${project.organizationId}, ${project.name}, ${project.description},
          ${JSON.stringify(project.settings)}::jsonb, 'ready', NULL) AS id`,
  );
  return (await findProject(tx, id))!;
}

export async function updateProject(
  tx: Transaction,
  id: number,
  change: { name?: string; description?: string; settings?: Record<string, unknown> },
): Promise<StoredProject> {
  const sets: RawBuilder<unknown>[] = [sql`updated_at = now()`];
  if (change.name !== undefined) sets.push(sql`name = ${change.name}`);
  if (change.description !== undefined) sets.push(sql`description = ${change.description}`);
  if (change.settings !== undefined) sets.push(sql`settings = ${JSON.stringify(change.settings)}`);
  return projectOf(
    await tx.one<ProjectRow>(sql`UPDATE projects SET ${sql.join(sets)} WHERE id = ${id} RETURNING *`),
  );
}

export async function setDeleted(tx: Transaction, id: number, deleted: boolean): Promise<void> {
  await tx.run(
    sql`UPDATE projects SET deleted_at = ${deleted ? sql`now()` : null}, updated_at = now() WHERE id = ${id}`,
  );
}

export async function putMember(
  tx: Transaction,
  projectRef: ProjectRef,
  userId: number,
  role: ProjectRole,
): Promise<void> {
  await tx.run(
    sql`INSERT INTO project_members (project_id, organization_id, user_id, role)
        VALUES (${projectRef.projectId}, ${projectRef.organizationId}, ${userId}, ${role})
        ON CONFLICT (project_id, user_id) DO UPDATE SET role = excluded.role`,
  );
}

export async function projectStatistics(tx: Transaction, id: number): Promise<ProjectStatistics> {
  const counts = await tx.one<Omit<ProjectStatistics, "annotations_by_category">>(
    sql`SELECT
      (SELECT count(*) FROM datasets WHERE project_id = ${id}) AS datasets,
      (SELECT coalesce(sum(total_records), 0)::bigint FROM datasets WHERE project_id = ${id}) AS total_records,
      (SELECT count(*) FROM annotations WHERE project_id = ${id} AND deleted_at IS NULL) AS annotations,
      (SELECT count(*) FROM label_categories WHERE project_id = ${id}) AS categories,
      (SELECT count(*) FROM models WHERE project_id = ${id}) AS models,
      (SELECT count(*) FROM training_sessions WHERE project_id = ${id}) AS training_sessions,
      (SELECT count(*) FROM predictions WHERE project_id = ${id}) AS predictions`,
  );
  const byCategory = await tx.rows<ProjectStatistics["annotations_by_category"][number]>(
    sql`SELECT c.id AS category, c.name, count(a.id) AS count,
          coalesce(sum(a.end_index - a.start_index + 1), 0)::bigint AS readings
        FROM label_categories c LEFT JOIN annotations a ON a.category_id = c.id AND a.deleted_at IS NULL
        WHERE c.project_id = ${id} GROUP BY c.id ORDER BY c.sort_order, c.id`,
  );
  return { ...counts, annotations_by_category: byCategory };
}
