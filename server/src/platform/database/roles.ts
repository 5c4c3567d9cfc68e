import { createHmac } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import { sqlState } from "./sqlState.ts";

/** The roles the running program connects as. None owns a table, none can bypass row-level security. */
export const runtimeRoles = ["magtrace_app", "magtrace_accounts", "magtrace_queue"] as const;
export type RuntimeRole = (typeof runtimeRoles)[number];

export interface RoleUrls {
  readonly app: string;
  readonly accounts: string;
  readonly queue: string;
}

/** Each role's password follows from the installation's secret, so that it need not be kept anywhere. */
export function rolePassword(secret: Uint8Array, role: RuntimeRole): string {
  return createHmac("sha256", secret).update(`postgresql role ${role}`).digest("base64url");
}

export function roleUrl(ownerUrl: string, secret: Uint8Array, role: RuntimeRole): string {
  const url = new URL(ownerUrl);
  url.username = role;
  url.password = rolePassword(secret, role);
  return url.href;
}

export function roleUrls(ownerUrl: string, secret: Uint8Array): RoleUrls {
  return {
    app: roleUrl(ownerUrl, secret, "magtrace_app"),
    accounts: roleUrl(ownerUrl, secret, "magtrace_accounts"),
    queue: roleUrl(ownerUrl, secret, "magtrace_queue"),
  };
}

/**
 * How long a statement of each role may run, and wait for a lock: far longer than any should, and no client keeps a
 * connection for ever. The accounts role also purges whole projects.
 */
const MOST_MINUTES: Readonly<Record<RuntimeRole, number>> = {
  magtrace_app: 10,
  magtrace_accounts: 60,
  magtrace_queue: 10,
};
const MOST_LOCK_MINUTES = 1;
const MOST_ATTEMPTS = 10;
const PAUSE_MS = 20;

/**
 * Makes the roles where they are missing and sets their passwords. The app and the accounts role may become the queue
 * role inside a transaction, to enqueue a job with the row it is for, but do not hold its rights otherwise.
 */
export async function ensureRoles(client: pg.Client, secret: Uint8Array | null): Promise<void> {
  for (const role of runtimeRoles) {
    const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = $1", [role]);
    if (rowCount === 0) await change(client, `CREATE ROLE ${role} NOINHERIT`);
    if (secret) {
      const password = pg.escapeLiteral(rolePassword(secret, role));
      await change(client, `ALTER ROLE ${role} LOGIN NOSUPERUSER NOBYPASSRLS PASSWORD ${password}`);
    }
    await change(client, `ALTER ROLE ${role} SET statement_timeout = '${MOST_MINUTES[role]}min'`);
    // A plan for any parameters is kept at once: making one anew costs several times what these statements do.
    await change(client, `ALTER ROLE ${role} SET plan_cache_mode = force_generic_plan`);
    await change(client, `ALTER ROLE ${role} SET lock_timeout = '${MOST_LOCK_MINUTES}min'`);
  }
  await change(client, "ALTER ROLE magtrace_app SET search_path = magtrace");
  await change(client, "ALTER ROLE magtrace_accounts SET search_path = accounts");
  for (const role of ["magtrace_app", "magtrace_accounts"]) {
    await change(client, `ALTER ROLE ${role} NOINHERIT`);
    await change(client, `GRANT magtrace_queue TO ${role}`);
  }
}

/** Roles are the whole server's: another database of it may be migrated at the same time. */
async function change(client: pg.Client, statement: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await client.query(statement);
      return;
    } catch (error) {
      const meanwhile = /tuple concurrently updated/.test((error as Error).message);
      if (["42710", "23505"].includes(sqlState(error))) return;
      if (!meanwhile || attempt === MOST_ATTEMPTS) throw error;
      await sleep(PAUSE_MS * attempt);
    }
  }
}
