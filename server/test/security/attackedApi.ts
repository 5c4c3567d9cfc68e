// An api process to be attacked: its answers are held to their schemas, and its failures are told to the test, with
// their causes. Given --vulnerable, it also has the routes that are meant to be broken; given --unguarded, whoever
// gives wrong passwords need not wait, so that what lies behind is attacked and not the wait; given --unchecked, its
// answers are not held to anything, as when people use it. It tells on request how long its longest turn was.
import type { SignInGuard } from "../../src/accounts/signIn/signInGuard.ts";
import { startApi } from "../../src/api.ts";
import { readConfig } from "../../src/config.ts";
import { TurnWatch } from "./turnWatch.ts";
import { vulnerableRoutes } from "./vulnerableRoutes.ts";

const config = readConfig();
const unguarded: SignInGuard = {
  admit: async () => undefined,
  admitAgain: async () => undefined,
  succeeded: async () => "unknown",
  makeKnown: () => "unknown",
  succeededAgain: async () => undefined,
};
const api = await startApi(config, {
  checkResponses: !process.argv.includes("--unchecked"),
  extraRoutes: process.argv.includes("--vulnerable") ? vulnerableRoutes(config.DATABASE_APP_URL) : [],
  ...(process.argv.includes("--unguarded") ? { signInGuard: unguarded } : {}),
});
const watch = new TurnWatch();
process.on("message", (order: "start" | "stop") => {
  if (order === "start") watch.start();
  process.send?.({ longestTurnMs: order === "stop" ? watch.stop() : 0 });
});
process.send?.({ address: api.address });
process.once("disconnect", () => void api.stop().then(() => process.exit(0)));
