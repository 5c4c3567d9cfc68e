import { startWorker } from "../worker.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";
import { supervisedOption, withHanded } from "./supervisedOption.ts";
import { runUntilStopped } from "./watchForStop.ts";

export const command: Command = {
  help: "Runs one worker process until it is asked to stop. It needs DATABASE_URL or the URLs of the runtime roles.",
  options: { ...dataDirOption, ...supervisedOption },
  run: async (invocation) => {
    const { config } = configOf(await withHanded(invocation));
    return runUntilStopped(() => startWorker(config), config.STOP_SECONDS);
  },
};
