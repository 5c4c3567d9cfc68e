// An api process to be attacked: its answers are held to their schemas, and its failures are told to the test, with
// their causes. Sent `{ vulnerable: true }` by its arguments, it also has the routes that are meant to be broken.
import { startApi } from "../../src/api.ts";
import { readConfig } from "../../src/config.ts";

const api = await startApi(readConfig(), { checkResponses: true });
process.send?.({ address: api.address });
process.once("disconnect", () => void api.stop().then(() => process.exit(0)));
