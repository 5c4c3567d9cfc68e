import type { CreateOrganization, Organization, SetStorage, UpdateOrganization } from "@magtrace/contracts";
import type pg from "pg";
import type { Actor } from "../access/actor.ts";
import { notFound, requireOrganization, requireScope } from "../access/policy.ts";
import { insertOrganization } from "../accounts/service.ts";
import { AppError } from "../errors.ts";
import type { Page, PageRequest } from "../http/reply/page.ts";
import { INSTALLATION, inAccounts } from "../platform/database/inAccounts.ts";
import { sqlState } from "../platform/database/sqlState.ts";
import * as queries from "./queries.ts";

export { readStorage, requireQuota } from "./storageQuota.ts";

export interface OrganizationsDeps {
  /** Connections of the accounts role. */
  readonly pool: pg.Pool;
}

const UNIQUE_VIOLATION = "23505";

/** One's own; all there are, without anything of what is in them, for administrators of the installation. */
export async function listOrganizations(
  { pool }: OrganizationsDeps,
  actor: Actor,
  { all = false, ...page }: PageRequest & { all?: boolean },
): Promise<Page<Organization>> {
  if (all) {
    requireScope(actor, "installation.manage");
    // One's own are nobody else's business; all of them are read as an administrator.
    const targets = [{ organizationId: INSTALLATION, projectId: null }];
    const reading = { action: "installation.manage", subject: null, targets, audited: new Set<string>() };
    return inAccounts(pool, { ...actor.database.author, reading }, (db) =>
      queries.listOrganizations(db, actor.userId, { ...page, all }),
    );
  }
  if (actor.onlyProject !== null) return { rows: [], total: 0 };
  return queries.listOrganizations(pool, actor.userId, { ...page, all });
}

export async function createOrganization(
  { pool }: OrganizationsDeps,
  actor: Actor,
  { name, owner = actor.userId }: CreateOrganization,
): Promise<Organization> {
  requireScope(actor, "installation.manage");
  try {
    return await inAccounts(pool, actor.database.author, async (db) => {
      if (!(await queries.userExists(db, owner))) throw notFound("user");
      const id = await insertOrganization(db, name, owner);
      return queries.readOrganization(db, actor.userId, id);
    });
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    throw new AppError(
      "conflict",
      "An organisation of this person has this name or a similar one already. Choose another name.",
      {
        cause: error,
      },
    );
  }
}

export async function readOrganization(
  { pool }: OrganizationsDeps,
  actor: Actor,
  id: number,
): Promise<Organization> {
  requireOrganization(actor, "organization.read", id);
  return inAccounts(pool, actor.database.author, (db) => queries.readOrganization(db, actor.userId, id));
}

export async function updateOrganization(
  { pool }: OrganizationsDeps,
  actor: Actor,
  id: number,
  change: UpdateOrganization,
): Promise<Organization> {
  requireOrganization(actor, "organization.change", id);
  return inAccounts(pool, actor.database.author, async (db) => {
    // Whoever demands it without having it would shut themselves out with the same request.
    if (change.require_two_factor && !(await queries.hasTwoFactor(db, actor.userId))) {
      throw new AppError(
        "conflict",
        "Your own account has no second factor yet. Turn two-factor sign-in on for yourself first.",
      );
    }
    await queries.updateOrganization(db, id, change);
    return queries.readOrganization(db, actor.userId, id);
  });
}

/** What its objects may take together. What is stored stays, also where it is more than that. */
export async function setStorage(
  { pool }: OrganizationsDeps,
  actor: Actor,
  id: number,
  { limit_bytes }: SetStorage,
): Promise<Organization> {
  requireScope(actor, "installation.manage");
  return inAccounts(pool, actor.database.author, async (db) => {
    if (!(await queries.setStorageLimit(db, id, limit_bytes))) throw notFound("organization");
    return queries.readOrganization(db, actor.userId, id);
  });
}
