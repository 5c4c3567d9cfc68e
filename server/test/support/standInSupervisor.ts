// Runs a supervisor with stand-ins in a process of its own, for tests that kill it. Prints its pids as JSON once
// everything runs, and again whenever something ended and runs again.
import { fileURLToPath } from "node:url";
import { watchForStop } from "../../src/cli/watchForStop.ts";
import { readConfig } from "../../src/config.ts";
import { AppError } from "../../src/errors.ts";
import { startSupervisor } from "../../src/supervisor.ts";

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));
const request = watchForStop(() => process.exit(130));
try {
  const supervisor = await startSupervisor({
    config: readConfig(process.env),
    environment: process.env,
    log: { info: () => {}, warn: () => {} },
    prepare: async () => ({ HANDED: "on" }),
    signal: request.signal,
    commands: {
      api: [process.execPath, here("standInApi.ts")],
      worker: [process.execPath, here("standInWorker.ts")],
    },
  });
  const say = () =>
    process.stdout.write(
      `${JSON.stringify({ ...supervisor.pids(), url: supervisor.ownerUrl, address: supervisor.address })}\n`,
    );
  say();
  const timer = setInterval(say, 100);
  await request.asked;
  clearInterval(timer);
  await supervisor.stop();
  process.exit(0);
} catch (error) {
  if (!(error instanceof AppError)) throw error;
  process.stderr.write(`${error.code}: ${error.message}\n`);
  process.exit(error.meaning.exit);
}
