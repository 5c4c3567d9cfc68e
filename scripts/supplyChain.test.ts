import assert from "node:assert/strict";
import { test } from "node:test";
// @ts-expect-error a script in JavaScript, for whatever Node the machine has
import { supplyFaults } from "./supplyChain.mjs";

const good = { version: "1.0.0", license: "MIT", integrity: "sha512-x" };

function faultsOf(entry: Record<string, unknown>, allowScripts = {}): string[] {
  return supplyFaults({ packages: { "": {}, "node_modules/x": { ...good, ...entry } } }, allowScripts);
}

test("a package under a free licence and a checksum is let in", () => {
  assert.deepEqual(faultsOf({}), []);
  assert.deepEqual(faultsOf({ license: "(GPL-3.0 OR MIT)" }), []);
});

test("a licence that binds what it is part of, or none, is not", () => {
  for (const license of ["GPL-3.0", "AGPL-3.0-only", "MIT AND GPL-2.0", "SEE LICENSE IN x", undefined]) {
    assert.equal(faultsOf({ license }).length, 1, String(license));
  }
});

test("neither is a package without a checksum, from elsewhere, or with a script nobody allowed", () => {
  assert.match(faultsOf({ integrity: undefined })[0]!, /no checksum/);
  assert.match(faultsOf({ resolved: "git+ssh://git@example.com/x.git" })[0]!, /comes from/);
  assert.match(faultsOf({ hasInstallScript: true })[0]!, /script at install/);
  assert.deepEqual(faultsOf({ hasInstallScript: true }, { x: true }), []);
});
