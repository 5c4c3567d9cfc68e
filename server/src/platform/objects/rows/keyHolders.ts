import { randomBytes } from "node:crypto";
import { readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type pg from "pg";
import type { Log } from "../../logs/log.ts";
import { processIdentity } from "../../processIdentity.ts";
import type { Keyring } from "../sealing/masterKey.ts";

/** A running process and the master keys it has. */
export interface KeyHolder {
  /** For people: `api 1234 on field-server`. */
  readonly process: string;
  readonly keyIds: readonly string[];
  readonly currentId: string;
  /** Where it looks for keys. */
  readonly lookedIn: string;
  /** Why it did not take the keys that lie there now. */
  readonly fault: string | null;
}

const LOOK_EVERY_MS = 3_000;
const TELL_EVERY_MS = 20_000;
/** One that is silent for longer has died, on a machine that cannot be asked. */
const SILENT_SECONDS = 75;

interface AnnouncedKeyring extends Keyring {
  readonly fault?: string | null;
}

/** Looks for new keys now and then, and tells the database which this process has, until stopped. */
export function announceKeys({
  pool,
  name,
  keyring,
  log,
}: {
  pool: pg.Pool;
  name: string;
  keyring: AnnouncedKeyring;
  log: Log;
}): { stop(): Promise<void> } {
  const process_ = `${name} ${process.pid} on ${hostname().slice(0, 100)} ${randomBytes(3).toString("hex")}`;
  let told = "";
  let toldAtMs = Number.NEGATIVE_INFINITY;
  let fault: string | null = null;

  async function look(): Promise<void> {
    await keyring.reload?.();
    const keyFault = keyring.fault ?? null;
    if (keyFault !== fault && keyFault !== null) {
      log.error(
        { fault: keyFault },
        "the master keys that lie there now are not taken; those of before go on",
      );
    }
    fault = keyFault;
    const ids = [...keyring.byId.keys()];
    const state = JSON.stringify([ids, keyring.current.id, fault]);
    if (state === told && performance.now() - toldAtMs < TELL_EVERY_MS) return;
    if (told !== "" && state !== told)
      log.info({ key_ids: ids, current: keyring.current.id }, "master keys changed");
    await tellHolder(pool, process_, { keyring, ids, fault });
    told = state;
    toldAtMs = performance.now();
  }

  const failed = (error: unknown) =>
    log.warn({ err: error }, "the master keys of this process could not be told");
  let looking = look().catch(failed);
  const timer = setInterval(() => {
    looking = looking.then(() => look().catch(failed));
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await looking;
      await pool
        .query("DELETE FROM objects.key_holders WHERE process = $1", [process_])
        .catch(() => undefined);
    },
  };
}

/** Only looks: for processes that another one, which tells, has started. */
export function watchKeys(keyring: Keyring): { stop(): Promise<void> } {
  const timer = setInterval(() => keyring.reload?.(), LOOK_EVERY_MS).unref();
  return {
    async stop() {
      clearInterval(timer);
    },
  };
}

async function tellHolder(
  pool: pg.Pool,
  name: string,
  { keyring, ids, fault }: { keyring: Keyring; ids: readonly string[]; fault: string | null },
): Promise<void> {
  await pool.query(
    `INSERT INTO objects.key_holders (process, host, pid, identity, key_ids, current_id, looked_in, fault)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
     ON CONFLICT (process) DO UPDATE SET key_ids = $5, current_id = $6, fault = $8, seen_at = now()`,
    [
      name,
      thisMachine(),
      process.pid,
      processIdentity(process.pid) ?? "",
      ids,
      keyring.current.id,
      (keyring.lookedIn ?? "").slice(0, 4_200),
      fault?.slice(0, 2_000) ?? null,
    ],
  );
}

/** Those that run, as far as it can be told; rows of others go. */
export async function keyHolders(pool: pg.Pool): Promise<KeyHolder[]> {
  await pool.query("DELETE FROM objects.key_holders WHERE seen_at < now() - make_interval(secs => $1)", [
    SILENT_SECONDS,
  ]);
  const { rows } = await pool.query(
    `SELECT process, host, pid, identity, key_ids, current_id, looked_in, fault FROM objects.key_holders
     ORDER BY process`,
  );
  const here = thisMachine();
  const isGone = (row: { host: string; pid: number; identity: string }) =>
    row.host === here && (processIdentity(row.pid) ?? "") !== row.identity;
  return rows
    .filter((row) => !isGone(row))
    .map(
      (row): KeyHolder => ({
        process: row.process.slice(0, row.process.lastIndexOf(" ")),
        keyIds: row.key_ids,
        currentId: row.current_id,
        lookedIn: row.looked_in,
        fault: row.fault,
      }),
    );
}

/** How many objects each master key has wrapped the key of. */
export async function objectsByMasterKey(pool: pg.Pool): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ id: string; n: number }>(
    "SELECT master_key_id AS id, count(*) AS n FROM objects.stored GROUP BY master_key_id",
  );
  return new Map(rows.map(({ id, n }) => [id, n]));
}

/** Process numbers mean something only among processes that see the same ones. */
function thisMachine(): string {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`.slice(0, 300);
  } catch {
    return hostname().slice(0, 300);
  }
}
