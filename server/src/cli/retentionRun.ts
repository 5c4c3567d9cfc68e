import { silentLog } from "../platform/logs/log.ts";
import { applyRetention } from "../retention/applyRetention.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";
import { withObjects } from "./withObjects.ts";

export const command: Command = {
  help: "Does now what workers do each night by every organisation's policies: what is due goes out of sight and can be brought back for the policy's days; what has been so for these days goes for good.",
  options: dataDirOption,
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const auditKeepDays = config.AUDIT_KEEP_DAYS;
    const report = await withObjects(config, ({ accountsPool, objects }) =>
      applyRetention({ accountsPool, objects, log: silentLog(), auditKeepDays }, Date.now()),
    );
    const { expiredOriginals, expiredPredictions, removedOriginals, removedPredictions } = report;
    const months = report.droppedMonths;
    const dropped = months.length === 0 ? "none" : months.join(", ");
    invocation.print(`Out of sight: ${expiredOriginals} originals, ${expiredPredictions} predictions.`);
    invocation.print(
      `Gone for good: ${removedOriginals} originals, ${removedPredictions} predictions; months of the audit: ${dropped}.`,
    );
    return 0;
  },
};
