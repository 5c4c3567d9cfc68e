import assert from "node:assert/strict";
import { test } from "node:test";
import { dateUs, dayOfYearUs, fullYear, gpsUs, monthNamed, usOfNanoseconds } from "./calendar.ts";

const utc = (text: string): number => Date.parse(text) * 1000;

test("GPS time is ahead of UTC by the leap seconds of its day", () => {
  assert.equal(gpsUs(0, 0), utc("1980-01-06T00:00:00Z"));
  // The second of 2016-12-31T23:59:60 lies between the last two.
  assert.equal(gpsUs(1930, 16e6), utc("2016-12-31T23:59:59Z"));
  assert.equal(gpsUs(1930, 18e6), utc("2017-01-01T00:00:00Z"));
  assert.equal(gpsUs(2423, 118_818e6), utc("2026-06-15T09:00:00Z"));
});

test("days are those of the calendar", () => {
  assert.equal(dayOfYearUs(2026, 166), utc("2026-06-15T00:00:00Z"));
  assert.equal(dayOfYearUs(2024, 366), utc("2024-12-31T00:00:00Z"));
  for (const [year, day] of [
    [2026, 366],
    [2026, 0],
    [2026, 1.5],
  ])
    assert.ok(Number.isNaN(dayOfYearUs(year, day)));
  assert.ok(Number.isNaN(dateUs(2026, 2, 29)));
  assert.equal(dateUs(2024, 2, 29), utc("2024-02-29T00:00:00Z"));
  assert.deepEqual([fullYear(26, 2), fullYear(99, 2), fullYear(2026, 4)], [2026, 1999, 2026]);
});

test("months have names in five languages, and Roman numerals", () => {
  const names = ["März", "mar", "MRZ.", "marzo", "mars", "March", "III", "maerz"];
  for (const name of names) assert.equal(monthNamed(name), 3, name);
  assert.deepEqual(["Dez", "dic", "déc.", "XII", "août", "lug"].map(monthNamed), [12, 12, 12, 12, 8, 7]);
  assert.ok(Number.isNaN(monthNamed("Mon")));
});

test("nanoseconds are rounded without passing through a double", () => {
  assert.equal(usOfNanoseconds(1718030736872000499n), 1718030736872000);
  assert.equal(usOfNanoseconds(1718030736872000500n), 1718030736872001);
  assert.equal(usOfNanoseconds(-1500n), -1);
});
