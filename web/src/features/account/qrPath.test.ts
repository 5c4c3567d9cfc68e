/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "uqr";
import { qrPath } from "./qrPath.ts";

test("runs of dark squares become rectangles, to the last column", () => {
  assert.equal(
    qrPath([
      [true, true, false],
      [false, false, false],
      [true, false, true],
    ]),
    "M0 0h2v1h-2zM0 2h1v1h-1zM2 2h1v1h-1z",
  );
  assert.equal(qrPath([]), "");
});

test("the path covers as many squares as the code has dark ones", () => {
  const { data } = encode("otpauth://totp/MagTrace:ada@example.org?secret=JBSWY3DPEHPK3PXP", { border: 2 });
  const dark = data.flat().filter(Boolean).length;
  const covered = [...qrPath(data).matchAll(/h(\d+)v1/g)].reduce((sum, [, width]) => sum + Number(width), 0);
  assert.ok(dark > 100);
  assert.equal(covered, dark);
});
