// An api process to be attacked: its answers are held to their schemas, and its failures are told to the test, with
// their causes. Given --vulnerable, it also has the routes that are meant to be broken.
import { startApi } from "../../src/api.ts";
import { readConfig } from "../../src/config.ts";
import { vulnerableRoutes } from "./vulnerableRoutes.ts";

const config = readConfig();
const extraRoutes = process.argv.includes("--vulnerable") ? vulnerableRoutes(config.DATABASE_APP_URL) : [];
const api = await startApi(config, { checkResponses: true, extraRoutes });
process.send?.({ address: api.address });
process.once("disconnect", () => void api.stop().then(() => process.exit(0)));
