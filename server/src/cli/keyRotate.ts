import { join } from "node:path";
import { openObjects } from "../platform/objects/openObjects.ts";
import { databaseRows } from "../platform/objects/rows/queries.ts";
import { proveMasterKeys } from "../platform/objects/sealing/masterKeyMarks.ts";
import { rotateMasterKey } from "../platform/objects/sealing/rotateMasterKey.ts";
import { withAccounts } from "../supervisor/withAccounts.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Wraps the key of every object with the current master key, the first of the list. Every process must have been started with that list before. Changes rows of the database alone, beside a running installation; can be interrupted and run again.",
  options: dataDirOption,
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const inner = await openObjects(config);
    const keyring = await proveMasterKeys(inner, {
      keyText: config.MAGTRACE_MASTER_KEY,
      keyFile: join(config.MAGTRACE_DATA_DIR, "master.key"),
    });
    const { id } = keyring.current;
    const wrapped = await withAccounts(config, (pool) =>
      rotateMasterKey({ inner, rows: databaseRows(pool), keyring }),
    );
    invocation.print(`Wrapped ${wrapped} keys with master key ${id}. No object needs an older key.`);
    return 0;
  },
};
