import type { ModelType, ProjectRole, UserModel } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import type { ProjectAccess, ProjectRef } from "../access/policy.ts";
import { roleColumn } from "../access/roleColumn.ts";
import { type Page, type PageRequest, pageBounds } from "../http/reply/page.ts";
import type { Transaction } from "../platform/database/transaction.ts";

interface ModelRow {
  /** What the asker is in its project, where that was asked for. */
  role?: ProjectRole | null;
  id: number;
  project_id: number;
  organization_id: number;
  name: string;
  model_type: ModelType;
  description: string;
  hyperparameters: Record<string, unknown>;
  version: string;
  parent_model_id: number | null;
  version_notes: string;
  tags: string[];
  category: string;
  author: string;
  custom_metadata: Record<string, unknown>;
  performance_metrics: Record<string, unknown>;
  python_script: string | null;
  created_at: Date;
  updated_at: Date;
}

/** A model as stored, with where it belongs. */
export interface StoredModel extends ProjectAccess {
  readonly wire: UserModel;
}

function modelOf(row: ModelRow): StoredModel {
  return {
    projectId: row.project_id,
    organizationId: row.organization_id,
    role: row.role ?? null,
    wire: {
      id: row.id,
      project: row.project_id,
      name: row.name,
      model_type: row.model_type,
      description: row.description,
      hyperparameters: row.hyperparameters,
      version: row.version,
      parent_model: row.parent_model_id,
      version_notes: row.version_notes,
      tags: row.tags,
      category: row.category,
      author: row.author,
      custom_metadata: row.custom_metadata,
      performance_metrics: row.performance_metrics,
      ...(row.python_script === null ? {} : { python_script: row.python_script }),
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
    },
  };
}

const inLiveProject = sql`project_id IN (SELECT id FROM projects WHERE deleted_at IS NULL)`;

/** Everything but the two columns that can be large and that a list seldom needs. */
const summaryColumns = sql`id, project_id, organization_id, name, model_type, description, hyperparameters, version,
  parent_model_id, version_notes, tags, category, author, '{}'::jsonb AS custom_metadata, performance_metrics,
  NULL AS python_script, created_at, updated_at`;

export interface ModelFilter {
  readonly projectId?: number;
  /** A model must have all of them. */
  readonly tags: readonly string[];
  readonly category?: string;
  readonly summary: boolean;
}

export async function listModels(
  tx: Transaction,
  page: PageRequest,
  filter: ModelFilter,
): Promise<Page<UserModel>> {
  const { limit, offset } = pageBounds(page);
  const conditions = [inLiveProject];
  if (filter.projectId !== undefined) conditions.push(sql`project_id = ${filter.projectId}`);
  if (filter.tags.length > 0) conditions.push(sql`tags @> ${[...filter.tags]}::text[]`);
  if (filter.category !== undefined) conditions.push(sql`category = ${filter.category}`);
  const where = sql.join(conditions, sql` AND `);
  const rows = await tx.rows<ModelRow>(
    sql`SELECT ${filter.summary ? summaryColumns : sql`*`} FROM models WHERE ${where}
        ORDER BY id LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(sql`SELECT count(*) AS total FROM models WHERE ${where}`);
  return { rows: rows.map((row) => modelOf(row).wire), total };
}

export async function findModel(
  tx: Transaction,
  id: number,
  lock: "forUpdate" | "read" = "read",
): Promise<StoredModel | undefined> {
  const row = await tx.row<ModelRow>(
    sql`SELECT models.*, ${roleColumn("models")} FROM models WHERE id = ${id} AND ${inLiveProject} ${lock === "forUpdate" ? sql`FOR UPDATE` : sql``}`,
  );
  return row && modelOf(row);
}

/** What a new model starts with; JSON as text. */
export interface NewModel extends ProjectRef {
  readonly name: string;
  readonly modelType: ModelType;
  readonly description: string;
  readonly hyperparameters: string;
  readonly version: string;
  readonly parentModel: number | null;
  readonly versionNotes: string;
  readonly tags: readonly string[];
  readonly category: string;
  readonly author: string;
  readonly customMetadata: string;
  readonly pythonScript: string | null;
  readonly createdBy: number;
}

export async function insertModel(tx: Transaction, model: NewModel): Promise<UserModel> {
  return modelOf(
    await tx.one<ModelRow>(
      sql`INSERT INTO models (project_id, organization_id, name, model_type, description, hyperparameters, version,
            parent_model_id, version_notes, tags, category, author, custom_metadata, python_script, created_by)
          VALUES (${model.projectId}, ${model.organizationId}, ${model.name}, ${model.modelType}, ${model.description},
            ${model.hyperparameters}, ${model.version}, ${model.parentModel}, ${model.versionNotes}, ${[...model.tags]},
            ${model.category}, ${model.author}, ${model.customMetadata}, ${model.pythonScript}, ${model.createdBy})
          RETURNING *`,
    ),
  ).wire;
}

/** JSON as text. */
export interface ModelChange {
  readonly name?: string;
  readonly model_type?: ModelType;
  readonly description?: string;
  readonly hyperparameters?: string;
  readonly version_notes?: string;
  readonly tags?: readonly string[];
  readonly category?: string;
  readonly author?: string;
  readonly custom_metadata?: string;
  readonly python_script?: string;
  readonly performance_metrics?: string;
}

export async function updateModel(tx: Transaction, id: number, change: ModelChange): Promise<UserModel> {
  const sets: RawBuilder<unknown>[] = [sql`updated_at = now()`];
  for (const [column, value] of Object.entries(change)) {
    sets.push(sql`${sql.ref(column)} = ${value}`);
  }
  return modelOf(
    await tx.one<ModelRow>(sql`UPDATE models SET ${sql.join(sets)} WHERE id = ${id} RETURNING *`),
  ).wire;
}

/** A model's versions stay one family when it goes: its parent, or else its first child, takes its place. */
export async function deleteModel(tx: Transaction, id: number): Promise<void> {
  await tx.run(
    sql`UPDATE models SET parent_model_id = nullif(heir.id, models.id)
        FROM (SELECT coalesce(gone.parent_model_id,
                (SELECT min(child.id) FROM models child WHERE child.parent_model_id = gone.id)) AS id
              FROM models gone WHERE gone.id = ${id}) AS heir
        WHERE models.parent_model_id = ${id}`,
  );
  await tx.run(sql`DELETE FROM models WHERE id = ${id}`);
}

/** A model with all its versions, before and after it, the oldest first. */
export async function familyOf(tx: Transaction, id: number): Promise<UserModel[]> {
  const rows = await tx.rows<ModelRow>(
    sql`WITH RECURSIVE ancestors AS (
          SELECT id, parent_model_id FROM models WHERE id = ${id}
          UNION SELECT m.id, m.parent_model_id FROM models m JOIN ancestors a ON m.id = a.parent_model_id),
        family AS (
          SELECT id FROM ancestors WHERE parent_model_id IS NULL
          UNION SELECT m.id FROM models m JOIN family f ON m.parent_model_id = f.id)
        SELECT * FROM models WHERE id IN (SELECT id FROM family) ORDER BY id`,
  );
  return rows.map((row) => modelOf(row).wire);
}

/** Names of a project's models that begin so. */
export async function namesBeginning(
  tx: Transaction,
  projectId: number,
  start: string,
): Promise<Set<string>> {
  const rows = await tx.rows<{ name: string }>(
    sql`SELECT name FROM models WHERE project_id = ${projectId} AND starts_with(name, ${start})`,
  );
  return new Set(rows.map(({ name }) => name));
}

export async function distinctCategories(tx: Transaction, projectId: number | undefined): Promise<string[]> {
  const rows = await tx.rows<{ value: string }>(
    sql`SELECT DISTINCT category AS value FROM models WHERE category <> '' AND ${within(projectId)} ORDER BY 1`,
  );
  return rows.map(({ value }) => value);
}

export async function distinctTags(tx: Transaction, projectId: number | undefined): Promise<string[]> {
  const rows = await tx.rows<{ value: string }>(
    sql`SELECT DISTINCT unnest(tags) AS value FROM models WHERE ${within(projectId)} ORDER BY 1`,
  );
  return rows.map(({ value }) => value);
}

function within(projectId: number | undefined): RawBuilder<unknown> {
  return projectId === undefined ? inLiveProject : sql`project_id = ${projectId} AND ${inLiveProject}`;
}
