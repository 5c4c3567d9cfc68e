import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { startTestInstallation } from "../support/testInstallation.ts";

const sources = fileURLToPath(new URL("../../src", import.meta.url));

test("routes that are meant to be broken are in no program that anybody runs", async (t) => {
  const { api } = await startTestInstallation(t);
  assert.ok(api.routes.length > 0);
  assert.ok(!api.routes.some(({ url }) => url.includes("vulnerable")));
  const naming = readdirSync(sources, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .filter((path) => /extraRoutes|vulnerable/.test(readFileSync(join(sources, path), "utf8")));
  assert.deepEqual(naming, ["api.ts"], "only the option itself names them");
});
