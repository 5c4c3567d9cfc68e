import pg from "pg";
import { AppError } from "../errors.ts";
import { BACKUP_LOCK } from "../platform/objects/rows/queries.ts";

export interface BackupLock {
  /** @throws AppError where it was lost meanwhile: objects may have gone since. */
  requireHeld(): Promise<void>;
  release(): Promise<void>;
}

/**
 * One backup, or one clearing up of backups, at a time; and no stored object goes while it is held (see
 * SealedObjects.delete). It is a lock of a transaction that stays open, which nobody who has died keeps.
 * @throws AppError already_running.
 */
export async function lockBackups(ownerUrl: string): Promise<BackupLock> {
  const client = new pg.Client({
    connectionString: ownerUrl,
    application_name: "magtrace backup lock",
    keepAlive: true,
  });
  let broken: Error | undefined;
  client.on("error", (error) => {
    broken = error;
  });
  await client.connect();
  const requireHeld = async () => {
    try {
      if (broken) throw broken;
      await client.query("SELECT 1");
    } catch (cause) {
      const message =
        "The connection that keeps stored files from being deleted broke during the backup. Try again.";
      throw new AppError("dependency_unavailable", message, { cause });
    }
  };
  try {
    await client.query("BEGIN");
    await client.query("SET LOCAL idle_in_transaction_session_timeout = 0");
    const text = "SELECT pg_try_advisory_xact_lock($1) AS got";
    const { rows } = await client.query<{ got: boolean }>(text, [BACKUP_LOCK]);
    if (rows[0]?.got !== true) {
      throw new AppError(
        "already_running",
        "A backup, or a clearing up of backups, is under way. Try again when it has ended.",
      );
    }
  } catch (error) {
    await client.end();
    throw error;
  }
  return { requireHeld, release: () => client.end() };
}
