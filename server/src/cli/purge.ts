import { withAccounts } from "../supervisor/withAccounts.ts";
import { purge } from "../system/sweep.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Does now what workers do each night: removes projects that were deleted more than 30 days ago, with all that is in them, and imports that failed as long ago. Their objects go with the next sweep.",
  options: dataDirOption,
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const purged = await withAccounts(config, (pool) => purge(pool, Date.now()));
    invocation.print(`Removed ${purged} projects.`);
    return 0;
  },
};
