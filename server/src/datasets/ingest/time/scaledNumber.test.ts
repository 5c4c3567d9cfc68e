import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { scaledTo, scanScaled } from "./scaledNumber.ts";

function scan(text: string, usPerUnit: number): number {
  const bytes = Buffer.from(text);
  const us = scanScaled(bytes, 0, bytes.length, usPerUnit, 46);
  assert.equal(scaledTo(), bytes.length, text);
  return us;
}

test("nanoseconds since 1970 are rounded from all their digits", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 10n ** 17n, max: 9n * 10n ** 18n }), (ns) => {
      assert.equal(scan(String(ns), 1e-3), Number((ns + 500n) / 1000n));
    }),
    { numRuns: 2000, seed: 1 },
  );
  assert.equal(scan("1718030736872000000", 1e-3), 1718030736872000);
  assert.equal(scan("1718030736872000499", 1e-3), 1718030736872000);
  assert.equal(scan("1718030736872000500", 1e-3), 1718030736872001);
});

test("seconds with any fraction are rounded to the nearest µs", () => {
  const digits = fc.tuple(
    fc.integer({ min: 0, max: 4e9 }),
    fc.integer({ min: 0, max: 999_999 }),
    fc.boolean(),
  );
  fc.assert(
    fc.property(digits, ([whole, us, negative]) => {
      const text = `${negative ? "-" : ""}${whole}.${String(us).padStart(6, "0")}`;
      assert.equal(scan(text, 1e6), (negative ? -1 : 1) * (whole * 1e6 + us) + 0);
    }),
    { numRuns: 2000, seed: 2 },
  );
  assert.equal(scan("1718030736.8726954999", 1e6), 1718030736872695);
  assert.equal(scan("1.5e3", 1e3), 1_500_000);
  assert.equal(scan(".5", 1e6), 500_000);
  assert.equal(scan("-0.0004", 1), 0);
});

test("what is no number is none", () => {
  const bytes = Buffer.from("abc");
  assert.ok(Number.isNaN(scanScaled(bytes, 0, 3, 1, 46)));
  assert.equal(scaledTo(), 0);
});
