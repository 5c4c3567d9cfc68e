import { chooseBackup } from "../backup/backupStore.ts";
import { verifyBackup, withScratchDatabase } from "../backup/verifyBackup.ts";
import { AppError } from "../errors.ts";
import { withOwnerUrl } from "../supervisor/withOwnerUrl.ts";
import { chosenOptions, megabytes, readIdentities, withBackups } from "./backupParts.ts";
import type { Command } from "./command.ts";
import { dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Restores a backup's database into a scratch database, compares every table with what was copied, and reads every object of the backup. The scratch database is made beside the embedded one; of an external PostgreSQL give an empty one.",
  options: {
    ...chosenOptions,
    "scratch-url": { value: "URL", help: "An empty database that is emptied afterwards, as its owner." },
    ...dataDirOption,
  },
  run: async (invocation) => {
    const { values, print } = invocation;
    const identities = readIdentities(values.identity ?? "");
    const { config, store } = await withBackups(invocation);
    const manifest = await chooseBackup(store, values.backup);
    const verify = (scratchUrl: string) =>
      verifyBackup({ store, manifest, identities, scratchUrl, now: () => new Date() });
    const given = values["scratch-url"];
    if (given === undefined && config.DATABASE_URL !== "") {
      throw new AppError(
        "bad_request",
        "--scratch-url is missing: the database is an external one, and an empty one beside it is needed.",
      );
    }
    const verified = await (given === undefined
      ? withOwnerUrl(config, (ownerUrl) => withScratchDatabase(ownerUrl, verify))
      : verify(given));
    for (const fault of verified.faults) print(`FAIL  ${fault}`);
    const { tables, rows, objects, bytes } = verified;
    print(
      `${verified.faults.length === 0 ? "ok  " : "FAIL"}  backup ${manifest.id}: ${tables} tables of ${rows} rows restored and compared, ${objects} objects of ${megabytes(bytes)} read`,
    );
    return verified.faults.length === 0 ? 0 : 74;
  },
};
