import type {
  LegalHold,
  PlaceHold,
  Retention,
  RetentionKind,
  RetentionPolicy,
  RetentionPreview,
} from "@magtrace/contracts";
import type pg from "pg";
import type { Actor } from "../access/actor.ts";
import { notFound, requireOrganization } from "../access/policy.ts";
import { AppError } from "../errors.ts";
import { type AccountsDb, inAccounts } from "../platform/database/inAccounts.ts";
import * as queries from "./queries.ts";

export interface RetentionDeps {
  /** Connections of the accounts role. */
  readonly pool: pg.Pool;
}

/** What everybody has, whatever an organisation says. */
const LEAST_PROJECT_DAYS = 30;

export async function readRetention({ pool }: RetentionDeps, actor: Actor, id: number): Promise<Retention> {
  requireOrganization(actor, "organization.retention", id);
  return inAccounts(pool, actor.database.author, (db) => retentionOf(db, id));
}

async function retentionOf(db: AccountsDb, id: number): Promise<Retention> {
  return { policies: await queries.policiesOf(db, id), holds: await queries.holdsOf(db, id) };
}

export async function setRetention(
  { pool }: RetentionDeps,
  actor: Actor,
  id: number,
  policies: readonly RetentionPolicy[],
): Promise<Retention> {
  requireOrganization(actor, "organization.retention", id);
  if (new Set(policies.map(({ kind }) => kind)).size < policies.length) {
    throw new AppError("validation_failed", "body/policies must have each kind once.");
  }
  const tooShort = policies.find(({ kind, keep_days }) => {
    return kind === "deleted_projects" && keep_days < LEAST_PROJECT_DAYS;
  });
  if (tooShort) {
    throw new AppError(
      "validation_failed",
      `body/policies: a deleted project can be restored for ${LEAST_PROJECT_DAYS} days at least.`,
    );
  }
  return inAccounts(pool, actor.database.author, async (db) => {
    await queries.setPolicies(db, id, policies);
    return retentionOf(db, id);
  });
}

/** What would go now: by the policies, or by another one of the asker's. */
export async function previewRetention(
  { pool }: RetentionDeps,
  actor: Actor,
  id: number,
  asked: { kind?: RetentionKind; keep_days?: number },
): Promise<RetentionPreview[]> {
  requireOrganization(actor, "organization.retention", id);
  if (asked.keep_days !== undefined && asked.kind === undefined) {
    throw new AppError("validation_failed", "query/kind must say of what keep_days is.");
  }
  return inAccounts(pool, actor.database.author, async (db) => {
    const policies =
      asked.kind !== undefined && asked.keep_days !== undefined
        ? [{ kind: asked.kind, keep_days: asked.keep_days }]
        : await queries.policiesOf(db, id);
    const wanted = policies.filter(({ kind }) => asked.kind === undefined || kind === asked.kind);
    const previews: RetentionPreview[] = [];
    for (const { kind, keep_days } of wanted) {
      previews.push({ kind, keep_days, ...(await queries.previewOf(db, id, { kind, keep_days })) });
    }
    return previews;
  });
}

export async function placeHold(
  { pool }: RetentionDeps,
  actor: Actor,
  id: number,
  hold: PlaceHold,
): Promise<LegalHold> {
  requireOrganization(actor, "organization.retention", id);
  return inAccounts(pool, actor.database.author, async (db) => {
    if (typeof hold.project === "number" && !(await queries.projectIsOf(db, id, hold.project))) {
      throw notFound("project");
    }
    return queries.insertHold(db, { organizationId: id, userId: actor.userId, hold });
  });
}

/** @returns those that were in force; none where there were none. */
export async function liftHolds(
  { pool }: RetentionDeps,
  actor: Actor,
  id: number,
  project: number | null,
): Promise<LegalHold[]> {
  requireOrganization(actor, "organization.retention", id);
  return inAccounts(pool, actor.database.author, async (db) => {
    if (project !== null && !(await queries.projectIsOf(db, id, project))) throw notFound("project");
    return queries.liftHolds(db, { organizationId: id, userId: actor.userId, project });
  });
}

export async function restoreExpired(
  { pool }: RetentionDeps,
  actor: Actor,
  id: number,
  kind: RetentionKind,
): Promise<{ restored: number }> {
  requireOrganization(actor, "organization.retention", id);
  return inAccounts(pool, actor.database.author, async (db) => {
    return { restored: await queries.restore(db, id, kind) };
  });
}
