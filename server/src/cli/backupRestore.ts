import { chooseBackup } from "../backup/backupStore.ts";
import { placeMasterKeys } from "../backup/placeMasterKeys.ts";
import { restoreBackup } from "../backup/restoreBackup.ts";
import { AppError } from "../errors.ts";
import { runtimeUrls } from "../platform/database/runtimeUrls.ts";
import { masterKeySource } from "../platform/objects/masterKeySource.ts";
import { openObjects } from "../platform/objects/openObjects.ts";
import { withOwnerUrl } from "../supervisor/withOwnerUrl.ts";
import { chosenOptions, megabytes, readIdentities, requireMasterKeys, withBackups } from "./backupParts.ts";
import type { Command } from "./command.ts";
import { dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Restores a backup into an empty installation, of the same version or a newer one, that does not run: the database, the objects, and the file of master keys where there is none. Refuses one in which anybody has an account. Can be interrupted and run again.",
  options: {
    ...chosenOptions,
    organization: { value: "ID", help: "Only this organisation and its members." },
    ...dataDirOption,
  },
  run: async (invocation) => {
    const { values, print } = invocation;
    const identities = readIdentities(values.identity ?? "");
    const organizationId = values.organization === undefined ? null : idOf(values.organization);
    const { config, store } = await withBackups(invocation);
    const manifest = await chooseBackup(store, values.backup);
    return withOwnerUrl(config, async (ownerUrl) => {
      if (config.MAGTRACE_MASTER_KEY === "" && manifest.hasMasterKeyFile) {
        const { keyFile: path } = masterKeySource(config);
        const placed = await placeMasterKeys({ store, manifest, identities, path });
        if (placed.length > 0) print(`Master keys ${placed.join(", ")} came with the backup.`);
      }
      await requireMasterKeys(config, manifest);
      const { roleSecret } = runtimeUrls(config, ownerUrl);
      const inner = await openObjects(config);
      const { database, objects } = await restoreBackup({
        store,
        manifest,
        identities,
        ownerUrl,
        roleSecret,
        inner,
        organizationId,
      });
      const rows = [...database.rows.values()].reduce((sum, count) => sum + count, 0);
      print(
        `Restored backup ${manifest.id}, begun ${manifest.startedAt}: ${rows} rows, ${objects.copied} objects of ${megabytes(objects.bytes)}; ${objects.present} objects were there already.`,
      );
      for (const key of manifest.objects.missing)
        print(`Not in the backup, since it was missing then: ${key}`);
      print("Start MagTrace. What was done after the backup began is not in it.");
      return 0;
    });
  },
};

function idOf(text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new AppError("bad_request", "--organization must be the id of one.");
  return Number(text);
}
