// An api process to be attacked: its answers are held to their schemas, and its failures are told to the test, with
// their causes. Given --vulnerable, it also has the routes that are meant to be broken; given --unchecked, its answers
// are not held to anything, as when people use it, and it tells on request how long its longest turn was.
import { startApi } from "../../src/api.ts";
import { readConfig } from "../../src/config.ts";
import { TurnWatch } from "./turnWatch.ts";
import { vulnerableRoutes } from "./vulnerableRoutes.ts";

const config = readConfig();
const extraRoutes = process.argv.includes("--vulnerable") ? vulnerableRoutes(config.DATABASE_APP_URL) : [];
const checkResponses = !process.argv.includes("--unchecked");
const api = await startApi(config, { checkResponses, extraRoutes });
const watch = new TurnWatch();
process.on("message", (order: "start" | "stop") => {
  if (order === "start") watch.start();
  process.send?.({ longestTurnMs: order === "stop" ? watch.stop() : 0 });
});
process.send?.({ address: api.address });
process.once("disconnect", () => void api.stop().then(() => process.exit(0)));
