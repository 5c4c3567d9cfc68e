import { type BackupEntry, listBackups } from "../backup/backupStore.ts";
import { fromOption, megabytes, withBackups } from "./backupParts.ts";
import type { Command } from "./command.ts";

export const command: Command = {
  help: "Lists the backups, oldest first: whether each is good, what it holds, and when it was last verified.",
  options: fromOption,
  run: async (invocation) => {
    const { store } = await withBackups(invocation);
    const entries = await listBackups(store);
    for (const entry of entries) invocation.print(lineOf(entry));
    if (entries.length === 0) invocation.print("There is no backup there.");
    return 0;
  },
};

function lineOf({ id, state, startedAt, manifest, reason, verifiedAt }: BackupEntry): string {
  const when = `${startedAt.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const begin = `${state.padEnd(10)}  ${id}  ${when}`;
  if (manifest === null) {
    return `${begin}  ${reason ?? "It is under way, or was cut short."}`;
  }
  const { database, objects, version } = manifest;
  const seconds = Math.round((Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt)) / 1000);
  const holds = `${database.rows} rows in ${megabytes(database.bytes)}, ${objects.count} objects of ${megabytes(objects.bytes)}`;
  const lacks = objects.missing.length === 0 ? "" : `, ${objects.missing.length} missing`;
  const checked = verifiedAt === null ? "not verified" : `verified ${verifiedAt.toISOString().slice(0, 10)}`;
  return `${begin}  ${holds}${lacks}, MagTrace ${version}, ${seconds} s, ${checked}`;
}
