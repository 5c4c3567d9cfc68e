import { silentLog } from "../platform/logs/log.ts";
import { sweep } from "../system/sweep.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";
import { withObjects } from "./withObjects.ts";

export const command: Command = {
  help: "Does now what workers do each night: removes projects that were deleted more than 30 days ago, and objects that nothing has referred to for two days. Ends with 74 where something refers to an object that is not there.",
  options: dataDirOption,
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const report = await withObjects(config, (lent) => sweep({ ...lent, log: silentLog() }, Date.now()));
    const { purgedProjects, deletedObjects, deletedBytes, missing } = report;
    invocation.print(
      `Removed ${purgedProjects} projects and ${deletedObjects} objects, ${Math.round(deletedBytes / 1e6)} MB.`,
    );
    for (const place of missing) invocation.print(`MISSING  ${place}`);
    return missing.length > 0 ? 74 : 0;
  },
};
