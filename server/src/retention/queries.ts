import type {
  LegalHold,
  PlaceHold,
  RetentionKind,
  RetentionPolicy,
  RetentionPreview,
} from "@magtrace/contracts";
import type { AccountsDb } from "../platform/database/inAccounts.ts";

export interface OrganizationPolicy extends RetentionPolicy {
  readonly organization: number;
}

const DAY_MS = 86_400_000;
const POLICY_COLUMNS = "organization_id AS organization, kind, keep_days, recoverable_days";
const HOLD_COLUMNS = "id, project_id AS project, reason, placed_by, placed_at, lifted_by, lifted_at";

interface HoldRow extends Omit<LegalHold, "placed_at" | "lifted_at"> {
  placed_at: Date;
  lifted_at: Date | null;
}

function holdOf(row: HoldRow): LegalHold {
  return {
    ...row,
    placed_at: row.placed_at.toISOString(),
    lifted_at: row.lifted_at?.toISOString() ?? null,
  };
}

export async function policiesOf(db: AccountsDb, organizationId: number): Promise<RetentionPolicy[]> {
  const { rows } = await db.query<OrganizationPolicy>(
    `SELECT ${POLICY_COLUMNS} FROM retention.policies WHERE organization_id = $1 ORDER BY kind`,
    [organizationId],
  );
  return rows.map(({ organization: _, ...policy }) => policy);
}

export async function allPolicies(db: AccountsDb): Promise<OrganizationPolicy[]> {
  const { rows } = await db.query<OrganizationPolicy>(
    `SELECT ${POLICY_COLUMNS} FROM retention.policies ORDER BY organization_id, kind`,
  );
  return rows;
}

/** Only what differs is written, so that the audit tells what was changed. */
export async function setPolicies(
  db: AccountsDb,
  organizationId: number,
  policies: readonly RetentionPolicy[],
): Promise<void> {
  await db.query("DELETE FROM retention.policies WHERE organization_id = $1 AND kind <> ALL ($2::text[])", [
    organizationId,
    policies.map(({ kind }) => kind),
  ]);
  for (const { kind, keep_days, recoverable_days } of policies) {
    await db.query(
      `INSERT INTO retention.policies AS p (organization_id, kind, keep_days, recoverable_days) VALUES ($1, $2, $3, $4)
       ON CONFLICT (organization_id, kind) DO UPDATE
         SET keep_days = excluded.keep_days, recoverable_days = excluded.recoverable_days, updated_at = now()
         WHERE (p.keep_days, p.recoverable_days) <> (excluded.keep_days, excluded.recoverable_days)`,
      [organizationId, kind, keep_days, recoverable_days],
    );
  }
}

export async function holdsOf(db: AccountsDb, organizationId: number): Promise<LegalHold[]> {
  const { rows } = await db.query<HoldRow>(
    `SELECT ${HOLD_COLUMNS} FROM retention.holds WHERE organization_id = $1 ORDER BY lifted_at IS NOT NULL, id DESC LIMIT 1000`,
    [organizationId],
  );
  return rows.map(holdOf);
}

export async function insertHold(
  db: AccountsDb,
  { organizationId, userId, hold }: { organizationId: number; userId: number; hold: PlaceHold },
): Promise<LegalHold> {
  const { rows } = await db.query<HoldRow>(
    `INSERT INTO retention.holds (organization_id, project_id, reason, placed_by) VALUES ($1, $2, $3, $4)
     RETURNING ${HOLD_COLUMNS}`,
    [organizationId, hold.project ?? null, hold.reason, userId],
  );
  return holdOf(rows[0]!);
}

export async function liftHolds(
  db: AccountsDb,
  { organizationId, userId, project }: { organizationId: number; userId: number; project: number | null },
): Promise<LegalHold[]> {
  const { rows } = await db.query<HoldRow>(
    `UPDATE retention.holds SET lifted_by = $3, lifted_at = now()
     WHERE organization_id = $1 AND project_id IS NOT DISTINCT FROM $2 AND lifted_at IS NULL
     RETURNING ${HOLD_COLUMNS}`,
    [organizationId, project, userId],
  );
  return rows.map(holdOf);
}

interface PreviewRow {
  count: number;
  bytes: number;
  oldest: Date | null;
  first: RetentionPreview["first"];
}

export async function previewOf(
  db: AccountsDb,
  organizationId: number,
  { kind, keep_days }: Pick<RetentionPolicy, "kind" | "keep_days">,
): Promise<Omit<RetentionPreview, "kind" | "keep_days">> {
  const before = new Date(Date.now() - keep_days * DAY_MS);
  const { rows } =
    kind === "audit"
      ? await db.query<PreviewRow>(
          "SELECT count, 0 AS bytes, oldest, first FROM retention.audit_preview($1, $2)",
          [organizationId, before],
        )
      : await db.query<PreviewRow>("SELECT count, bytes, oldest, first FROM retention.preview($1, $2, $3)", [
          organizationId,
          kind,
          before,
        ]);
  const recoverable = await db.query<{ count: number; oldest: Date | null }>(
    "SELECT count, oldest FROM retention.recoverable($1, $2)",
    [organizationId, kind],
  );
  const { count, bytes, oldest, first } = rows[0]!;
  const [back] = recoverable.rows;
  return {
    count: Number(count),
    bytes: Number(bytes),
    oldest: oldest?.toISOString() ?? null,
    first,
    recoverable: { count: Number(back!.count), oldest: back!.oldest?.toISOString() ?? null },
  };
}

export async function restore(db: AccountsDb, organizationId: number, kind: RetentionKind): Promise<number> {
  const { rows } = await db.query("SELECT retention.restore($1, $2) AS n", [organizationId, kind]);
  return Number(rows[0].n);
}

interface ExpireRequest {
  readonly organizationId: number;
  readonly kind: RetentionKind;
  readonly before: Date;
  readonly at: Date;
  readonly most: number;
}

export async function expireSome(
  db: AccountsDb,
  { organizationId, kind, before, at, most }: ExpireRequest,
): Promise<number> {
  const { rows } = await db.query("SELECT retention.expire($1, $2, $3, $4, $5) AS n", [
    organizationId,
    kind,
    before,
    at,
    most,
  ]);
  return Number(rows[0].n);
}

interface RemoveRequest {
  readonly organizationId: number;
  readonly expiredBefore: Date;
  readonly most: number;
}

/** @returns keys of objects that no row speaks of any more. */
export async function removeOriginals(
  db: AccountsDb,
  { organizationId, expiredBefore, most }: RemoveRequest,
): Promise<string[]> {
  const { rows } = await db.query<{ key: string }>(
    "SELECT * FROM retention.remove_originals($1, $2, $3) AS key",
    [organizationId, expiredBefore, most],
  );
  return rows.map(({ key }) => key);
}

export async function removePredictions(
  db: AccountsDb,
  { organizationId, expiredBefore, most }: RemoveRequest,
): Promise<{ intervals: number; predictions: number }> {
  const { rows } = await db.query(
    "SELECT intervals, predictions FROM retention.remove_predictions($1, $2, $3)",
    [organizationId, expiredBefore, most],
  );
  return { intervals: Number(rows[0].intervals), predictions: Number(rows[0].predictions) };
}

export async function dropAuditMonth(
  db: AccountsDb,
  at: Date,
  installationDays: number,
): Promise<string | null> {
  const { rows } = await db.query<{ month: string | null }>(
    "SELECT retention.drop_audit_month($1, $2) AS month",
    [at, installationDays],
  );
  return rows[0]!.month;
}

export async function projectIsOf(
  db: AccountsDb,
  organizationId: number,
  projectId: number,
): Promise<boolean> {
  const { rows } = await db.query("SELECT retention.is_of($1, $2) AS is_of", [organizationId, projectId]);
  return rows[0].is_of;
}
