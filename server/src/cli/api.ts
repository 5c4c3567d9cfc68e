import { setFlagsFromString } from "node:v8";
import { startApi } from "../api.ts";
import { bufferedOutput } from "../platform/logs/bufferedOutput.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption, listenOptions } from "./installationOptions.ts";
import { supervisedOption, withHanded } from "./supervisedOption.ts";
import { runUntilStopped } from "./watchForStop.ts";

/**
 * Windows pass through megabytes outside the heap, each for a moment. V8 stops everything for a full collection at every
 * 64 MiB of it, 300 times in 4,000 windows; counted as one with the heap it does so 71 times, and takes 5 % more memory.
 */
const COLLECT_LESS_OFTEN = "--external-memory-accounted-in-global-limit";

/**
 * A scavenge of the small young generation is over sooner than its helper threads have woken: where other processes keep
 * every core busy it waits for them. With 50 lists at once a request costs 15 % less without.
 */
const SCAVENGE_ALONE = "--no-parallel-scavenge";

export const command: Command = {
  help: "Runs one api process until it is asked to stop. It needs DATABASE_URL or the URLs of the runtime roles.",
  options: { ...listenOptions, ...dataDirOption, ...supervisedOption },
  run: async (invocation) => {
    const { config } = configOf(await withHanded(invocation));
    setFlagsFromString(COLLECT_LESS_OFTEN);
    setFlagsFromString(SCAVENGE_ALONE);
    return runUntilStopped(async () => {
      const { stop, drain } = await startApi(config, { logTo: bufferedOutput(), warm: true });
      return invocation.switches.has("supervised") ? { stop } : { stop, drain };
    }, config.STOP_SECONDS);
  },
};
