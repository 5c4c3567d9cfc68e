import assert from "node:assert/strict";
import { test } from "node:test";
import pg from "pg";
import { createTestDatabase } from "../../../test/support/testDatabase.ts";
import { createPool } from "./pool.ts";

test("a time is read as PostgreSQL means it, in whatever form it is written", async (t) => {
  const pool = createPool({ url: (await createTestDatabase()).ownerUrl, size: 1, name: "test" });
  t.after(() => pool.end());
  const read = async (zone: string, text: string): Promise<Date> => {
    await pool.query(`SET TimeZone = '${zone}'`);
    return (await pool.query("SELECT $1::timestamptz AS at", [text])).rows[0].at;
  };
  for (const zone of ["UTC", "Europe/Berlin", "Asia/Kolkata"]) {
    for (const [text, ms] of [
      ["2026-11-27 15:15:59.123456+00", Date.UTC(2026, 10, 27, 15, 15, 59, 123)],
      ["2026-11-27 15:15:59.1+00", Date.UTC(2026, 10, 27, 15, 15, 59, 100)],
      ["2026-11-27 15:15:59+00", Date.UTC(2026, 10, 27, 15, 15, 59)],
      ["1969-12-31 23:59:59.5+00", -500],
      ["10000-01-01 00:00:00+00", Date.UTC(10_000, 0, 1)],
      ["0044-03-15 12:00:00+00 BC", Date.UTC(-43, 2, 15, 12)],
    ] as const)
      assert.equal((await read(zone, text)).getTime(), ms, `${text} in ${zone}`);
  }
  assert.equal(await read("UTC", "infinity"), Number.POSITIVE_INFINITY);
  assert.equal(pg.types.getTypeParser(1184, "text")("2026-11-27 15:15:59.999999+00").getTime() % 1000, 999);
});
