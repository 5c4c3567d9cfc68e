import type { Organization, OrganizationRole } from "@magtrace/contracts";
import { type RawBuilder, sql } from "kysely";
import { type Page, type PageRequest, pageBounds } from "../http/reply/page.ts";
import { type AccountsDb, rows } from "../platform/database/inAccounts.ts";

interface OrganizationRow {
  id: number;
  name: string;
  role: OrganizationRole | null;
  require_two_factor: boolean;
  large_uploads: boolean;
  storage_used_bytes: number;
  storage_limit_bytes: number | null;
  members: number;
  created_at: Date;
}

function organizationOf({ created_at, ...row }: OrganizationRow): Organization {
  return { ...row, created_at: created_at.toISOString() };
}

/** Organisations with what `userId` is in each. */
function selectOrganizations(userId: number): RawBuilder<OrganizationRow> {
  return sql`SELECT o.id, o.name, o.require_two_factor, o.large_uploads, o.storage_limit_bytes, o.created_at, m.role,
      coalesce((SELECT bytes FROM objects.usage WHERE organization_id = o.id), 0) AS storage_used_bytes,
      (SELECT count(*) FROM members WHERE organization_id = o.id) AS members
    FROM organizations o LEFT JOIN members m ON m.organization_id = o.id AND m.user_id = ${userId}`;
}

export async function listOrganizations(
  db: AccountsDb,
  userId: number,
  page: PageRequest & { all: boolean },
): Promise<Page<Organization>> {
  const { limit, offset } = pageBounds(page);
  const found = await rows<OrganizationRow>(
    db,
    sql`${selectOrganizations(userId)} WHERE ${page.all} OR m.role IS NOT NULL
        ORDER BY o.id LIMIT ${limit} OFFSET ${offset}`,
  );
  const [counted] = await rows<{ total: number }>(
    db,
    page.all
      ? sql`SELECT count(*) AS total FROM organizations`
      : sql`SELECT count(*) AS total FROM members WHERE user_id = ${userId}`,
  );
  return { rows: found.map(organizationOf), total: counted!.total };
}

export async function readOrganization(db: AccountsDb, userId: number, id: number): Promise<Organization> {
  const [row] = await rows<OrganizationRow>(db, sql`${selectOrganizations(userId)} WHERE o.id = ${id}`);
  return organizationOf(row!);
}

export async function updateOrganization(
  db: AccountsDb,
  id: number,
  change: { name?: string; require_two_factor?: boolean; large_uploads?: boolean },
): Promise<void> {
  await rows(
    db,
    sql`UPDATE organizations SET name = coalesce(${change.name ?? null}, name),
          require_two_factor = coalesce(${change.require_two_factor ?? null}, require_two_factor),
          large_uploads = coalesce(${change.large_uploads ?? null}, large_uploads)
        WHERE id = ${id}`,
  );
}

/** False where there is no such organisation. */
export async function setStorageLimit(db: AccountsDb, id: number, bytes: number | null): Promise<boolean> {
  const changed = await rows(
    db,
    sql`UPDATE organizations SET storage_limit_bytes = ${bytes}::bigint WHERE id = ${id} RETURNING id`,
  );
  return changed.length === 1;
}

export async function hasTwoFactor(db: AccountsDb, userId: number): Promise<boolean> {
  const [row] = await rows<{ enabled: boolean | null }>(
    db,
    sql`SELECT two_factor_enabled AS enabled FROM users WHERE id = ${userId}`,
  );
  return row?.enabled === true;
}

export async function userExists(db: AccountsDb, id: number): Promise<boolean> {
  return (await rows(db, sql`SELECT FROM users WHERE id = ${id}`)).length === 1;
}
