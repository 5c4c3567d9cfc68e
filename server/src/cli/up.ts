import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { collectWhenIdle } from "../platform/memory/collectWhenIdle.ts";
import { startBackupSchedule } from "../supervisor/backupSchedule.ts";
import { fileLog } from "../supervisor/fileLog.ts";
import type { PreparedInstallation } from "../supervisor/prepareInstallation.ts";
import type { ProcessEnd } from "../supervisor/supervisedProcess.ts";
import { type Supervisor, startSupervisor } from "../supervisor.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption, listenOptions, workersOption } from "./installationOptions.ts";
import { watchForStop } from "./watchForStop.ts";

export const command: Command = {
  help: "Runs PostgreSQL (unless DATABASE_URL is set), the api and the workers until Ctrl-C. Ctrl-C twice stops at once.",
  options: { ...listenOptions, ...workersOption, ...dataDirOption },
  run: async (invocation) => {
    const { environment, config } = configOf(invocation);
    let supervisor: Supervisor | undefined;
    let prepared: PreparedInstallation | undefined;
    const request = watchForStop(() => {
      supervisor?.kill();
      process.exit(130);
    });
    const log = fileLog(join(config.MAGTRACE_DATA_DIR, "logs", "supervisor.log"), () => new Date());
    // Read while the other processes start; it is not needed before PostgreSQL answers.
    const preparation = setImmediate().then(() => import("../supervisor/prepareInstallation.ts"));
    supervisor = await startSupervisor({
      config,
      environment,
      log,
      prepare: async (ownerUrl) => {
        const { prepareInstallation } = await preparation;
        prepared = await prepareInstallation(config, ownerUrl);
        return prepared.environment;
      },
      onEnd: (end) => invocation.print(describeEnd(end)),
      signal: request.signal,
    });
    collectWhenIdle();
    const address = config.PUBLIC_URL === "" ? supervisor.address : config.PUBLIC_URL;
    log.info({ address, version: config.version }, "everything runs");
    invocation.print(`MagTrace ${config.version} runs at ${address}/app/`);
    if (prepared?.setupToken) {
      const token = encodeURIComponent(prepared.setupToken);
      invocation.print(`Make the first administrator at ${address}/app/setup?token=${token}`);
    }
    const { BACKUP_AT: at, MAGTRACE_DATA_DIR } = config;
    const backups =
      at === "" ? null : startBackupSchedule({ at, environment: { ...environment, MAGTRACE_DATA_DIR }, log });
    invocation.print("Stop it with Ctrl-C.");
    await request.asked;
    invocation.print("Stopping.");
    await backups?.stop();
    await supervisor.stop();
    return 0;
  },
};

function describeEnd({ name, code, signal, pauseMs }: ProcessEnd): string {
  return `${name} ended (${signal ?? `status ${code}`}); it is started again in ${pauseMs / 1000} s. See logs in the data folder.`;
}
