import { existsSync, readFileSync } from "node:fs";
import { listBackups } from "../backup/backupStore.ts";
import { createBackup } from "../backup/createBackup.ts";
import { usualRule } from "../backup/keepRule.ts";
import { noteBackup } from "../backup/lastBackups.ts";
import { pruneBackups } from "../backup/pruneBackups.ts";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { installationSecret } from "../platform/installationSecret.ts";
import { givenMasterKeys, masterKeySource } from "../platform/objects/masterKeySource.ts";
import { openObjects } from "../platform/objects/openObjects.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import { withOwnerUrl } from "../supervisor/withOwnerUrl.ts";
import { megabytes, withBackups } from "./backupParts.ts";
import type { Command, Invocation } from "./command.ts";
import { dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Makes a backup at BACKUP_TO, encrypted for BACKUP_RECIPIENTS, while everything runs: of the database as it is at one moment, and of every object it speaks of that no earlier backup has there.",
  options: {
    ...dataDirOption,
    since: { value: "TIME", help: "Only if no good one was begun since, as 2026-11-27T02:30:00Z." },
    prune: { help: "Then deletes what 7 daily, 4 weekly and 6 monthly backups leave over." },
  },
  run: async (invocation) => {
    const { config, store } = await withBackups(invocation);
    try {
      return await create(invocation, config, store);
    } catch (error) {
      noteBackup(config.MAGTRACE_DATA_DIR, { failed_at: new Date().toISOString() });
      throw error;
    }
  },
};

async function create(invocation: Invocation, config: Config, store: ObjectStore): Promise<number> {
  // Whoever started it is gone: a backup that nobody waits for would stand in the way of the next.
  if (process.connected) process.once("disconnect", () => process.exit(1));
  process.channel?.unref();
  const { since } = invocation.values;
  const newest = since === undefined ? undefined : await newestSince(store, since);
  if (newest) {
    noteBackup(config.MAGTRACE_DATA_DIR, { succeeded_at: newest.toISOString() });
    invocation.print(`There is a good backup since ${since}.`);
    return 0;
  }
  const recipients = config.BACKUP_RECIPIENTS.split(",")
    .map((one) => one.trim())
    .filter((one) => one !== "");
  if (recipients.length === 0) {
    throw new AppError(
      "invalid_config",
      "BACKUP_RECIPIENTS is empty. Make a key with `age-keygen`, and give its public key, age1….",
    );
  }
  const { keyFile } = masterKeySource(config);
  const secret = installationSecret(await givenMasterKeys(config), "backup");
  const inner = await openObjects(config);
  return withOwnerUrl(config, async (ownerUrl) => {
    const { id, startedAt, database, objects } = await createBackup({
      ownerUrl,
      inner,
      target: store,
      recipients,
      version: config.version,
      masterKeyFile: config.MAGTRACE_MASTER_KEY === "" && existsSync(keyFile) ? readFileSync(keyFile) : null,
      secret,
      now: () => new Date(),
    });
    noteBackup(config.MAGTRACE_DATA_DIR, { succeeded_at: startedAt });
    invocation.print(
      `Backup ${id}: ${database.rows} rows in ${megabytes(database.bytes)}, ${objects.count} objects of ${megabytes(objects.bytes)}, of which ${objects.copied} of ${megabytes(objects.copiedBytes)} were copied.`,
    );
    for (const key of objects.missing) invocation.print(`Missing, and so not in the backup: ${key}`);
    if (invocation.switches.has("prune")) {
      const pruned = await pruneBackups({ ownerUrl, store, rule: usualRule, now: () => new Date() });
      invocation.print(
        `Deleted ${pruned.deleted.length} backups and ${pruned.objects} objects; ${pruned.kept} backups stay.`,
      );
    }
    return objects.missing.length === 0 ? 0 : 74;
  });
}

/** When the newest good one was begun, where that was not before `since`. */
async function newestSince(store: ObjectStore, since: string): Promise<Date | undefined> {
  const time = Date.parse(since);
  if (Number.isNaN(time)) throw new AppError("bad_request", `--since is a time, not "${since}".`);
  const all = await listBackups(store);
  const newest = all.findLast(({ state }) => state === "ok")?.startedAt;
  return newest !== undefined && newest.getTime() >= time ? newest : undefined;
}
