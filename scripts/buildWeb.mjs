// npm run build:web: builds web/dist, also when it is fresh.
import { ensureInstalled, ensureWebBuilt } from "./ensure.mjs";

await ensureInstalled();
await ensureWebBuilt({ force: true });
