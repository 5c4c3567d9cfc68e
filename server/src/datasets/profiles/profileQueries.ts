import type { ProjectRole, ReadingProfile } from "@magtrace/contracts";
import { sql } from "kysely";
import type { ProjectAccess, ProjectRef } from "../../access/policy.ts";
import { roleColumn } from "../../access/roleColumn.ts";
import { type Page, type PageRequest, pageBounds } from "../../http/reply/page.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import type { ColumnMapping } from "../ingest/types.ts";

interface ProfileRow {
  /** What the asker is in its project, where that was asked for. */
  role?: ProjectRole | null;
  id: number;
  project_id: number;
  organization_id: number;
  name: string;
  header: string[];
  signature: string;
  mapping: ColumnMapping;
  created_by: number | null;
  created_at: Date;
  updated_at: Date;
}

export interface StoredProfile extends ProjectAccess {
  readonly signature: string;
  readonly wire: ReadingProfile;
}

function profileOf(row: ProfileRow): StoredProfile {
  return {
    projectId: row.project_id,
    organizationId: row.organization_id,
    role: row.role ?? null,
    signature: row.signature,
    wire: {
      id: row.id,
      project: row.project_id,
      name: row.name,
      header: row.header,
      mapping: row.mapping,
      created_by: row.created_by,
      created_at: row.created_at.toISOString(),
      updated_at: row.updated_at.toISOString(),
    },
  };
}

export async function listProfiles(
  tx: Transaction,
  query: PageRequest & { project_id?: number },
): Promise<Page<ReadingProfile>> {
  const { limit, offset } = pageBounds(query);
  const where =
    query.project_id === undefined
      ? sql`project_id IN (SELECT id FROM projects WHERE deleted_at IS NULL)`
      : sql`project_id = ${query.project_id}`;
  const rows = await tx.rows<ProfileRow>(
    sql`SELECT * FROM reading_profiles WHERE ${where} ORDER BY id LIMIT ${limit} OFFSET ${offset}`,
  );
  const { total } = await tx.one<{ total: number }>(
    sql`SELECT count(*) AS total FROM reading_profiles WHERE ${where}`,
  );
  return { rows: rows.map((row) => profileOf(row).wire), total };
}

export async function findProfile(tx: Transaction, id: number): Promise<StoredProfile | undefined> {
  const row = await tx.row<ProfileRow>(
    sql`SELECT reading_profiles.*, ${roleColumn("reading_profiles")} FROM reading_profiles WHERE id = ${id}`,
  );
  return row && profileOf(row);
}

/** All of a project: there are at most as many as a project may have. */
export async function projectProfiles(tx: Transaction, projectId: number): Promise<StoredProfile[]> {
  const rows = await tx.rows<ProfileRow>(
    sql`SELECT * FROM reading_profiles WHERE project_id = ${projectId} ORDER BY id`,
  );
  return rows.map(profileOf);
}

export interface NewProfile {
  readonly name: string;
  readonly header: readonly string[];
  readonly signature: string;
  readonly mapping: ColumnMapping;
}

export async function insertProfile(
  tx: Transaction,
  { projectId, organizationId }: ProjectRef,
  userId: number,
  profile: NewProfile,
): Promise<ReadingProfile> {
  return profileOf(
    await tx.one<ProfileRow>(
      sql`INSERT INTO reading_profiles (project_id, organization_id, name, header, signature, mapping, created_by)
          VALUES (${projectId}, ${organizationId}, ${profile.name}, ${[...profile.header]}, ${profile.signature},
            ${JSON.stringify(profile.mapping)}, ${userId})
          RETURNING *`,
    ),
  ).wire;
}

export async function updateProfile(
  tx: Transaction,
  id: number,
  change: Partial<NewProfile>,
): Promise<ReadingProfile> {
  const sets = [sql`updated_at = now()`];
  if (change.name !== undefined) sets.push(sql`name = ${change.name}`);
  if (change.header !== undefined) sets.push(sql`header = ${[...change.header]}`);
  if (change.signature !== undefined) sets.push(sql`signature = ${change.signature}`);
  if (change.mapping !== undefined) sets.push(sql`mapping = ${JSON.stringify(change.mapping)}`);
  return profileOf(
    await tx.one<ProfileRow>(sql`UPDATE reading_profiles SET ${sql.join(sets)} WHERE id = ${id} RETURNING *`),
  ).wire;
}

export async function deleteProfile(tx: Transaction, id: number): Promise<void> {
  await tx.run(sql`DELETE FROM reading_profiles WHERE id = ${id}`);
}
