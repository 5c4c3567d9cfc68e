import assert from "node:assert/strict";
import { test } from "node:test";
import { formatTime } from "@magtrace/series";
import fc from "fast-check";
import { readingOf, scannedTime, scanTime } from "./parseTime.ts";

const POINT = 46;

/** Form and µs of a text read as the first of a file; null when it is no time. */
function read(text: string, usPerUnit: number | null = null): [form: string, us: number] | null {
  const reading = readingOf(text, POINT, usPerUnit);
  if (reading === null) return null;
  const bytes = Buffer.from(text);
  const us = scanTime(bytes, 0, bytes.length, reading, POINT, true);
  assert.equal(scannedTime(), bytes.length);
  return [reading.form, us];
}

const NOON = Date.UTC(2025, 5, 5, 12, 0, 0) * 1000;

test("every form of a date and time is read to the microsecond", () => {
  const texts = new Map([
    ["2025-06-05T12:00:00Z", NOON],
    ["2025-06-05T12:00:00.5Z", NOON + 500000],
    ["2025-06-05 12:00:00", NOON],
    ["2025-06-05 12:00:00.123456", NOON + 123456],
    ["2025-06-05 12:00:00.1234567", NOON + 123457],
    ["2025-06-05T14:30:00+02:30", NOON],
    ["2025-06-05T14:30:00+0230", NOON],
    ["2025-06-05T05:00:00-07", NOON],
    ["2025-06-05 12:00:00 UTC", NOON],
    ["2025-06-05 12:00:00,250", NOON + 250000],
    ["2025-06-05T12:00", NOON],
    ["2025/06/05 12:00:00", NOON],
    ["2025-06-05", NOON - 12 * 3600e6],
    ["2025-06-05T11:59:60Z", NOON],
  ]);
  for (const [text, us] of texts) assert.deepEqual(read(text), ["datetime", us], text);
});

test("a year that a series cannot hold is no time", () => {
  assert.equal(read("2254-12-31T23:59:59Z")?.[0], "datetime");
  for (const text of ["2255-12-31T23:59:59Z", "2300-01-01", "9999-12-31 23:59:59"])
    assert.equal(read(text), null);
});

test("numbers are told apart by magnitude, or by the header's unit", () => {
  assert.deepEqual(read("1749124800"), ["epoch_s", NOON]);
  assert.deepEqual(read("1749124800.25"), ["epoch_s", NOON + 250000]);
  assert.deepEqual(read("1749124800123"), ["epoch_ms", NOON + 123000]);
  assert.deepEqual(read("1749124800123456"), ["epoch_us", NOON + 123456]);
  assert.deepEqual(read("1749124800123456789"), ["epoch_ns", NOON + 123457]);
  assert.deepEqual(read("3.945427600E-2"), ["seconds", 39454]);
  assert.deepEqual(read("-1.5"), ["seconds", -1500000]);
  assert.deepEqual(read("250", 1e3), ["seconds", 250000]);
  assert.deepEqual(read("1749124800123", 1e3), ["epoch_ms", NOON + 123000]);
});

test("clock and spreadsheet times are relative", () => {
  assert.deepEqual(read("24:40.3"), ["minutes", 1480300000]);
  assert.deepEqual(read("4:05"), ["minutes", 245000000]);
  assert.deepEqual(read("13:24:40.3"), ["clock", 13 * 3600e6 + 1480300000]);
  assert.deepEqual(read("9:00:00"), ["clock", 9 * 3600e6]);
});

test("what is no time is not read as one", () => {
  const texts = [
    "",
    "abc",
    "24:61.0",
    "60:00.0",
    "24:00:00",
    "12:60:00",
    "2025-02-30",
    "2025-13-01",
    "2025-06-05T",
    "12:",
  ];
  texts.push(
    "2025-06-05T25:00:00",
    "2025-06-05T12:00:00+25:00",
    "1:2:3",
    "NaN",
    "inf",
    "1e30",
    "05.06.2025",
    "12:00:00.",
  );
  for (const text of texts) assert.equal(read(text), null, text);
});

test("a time with a zone and one without are of different forms", () => {
  const bytes = Buffer.from("2025-06-05T12:00:00Z");
  assert.ok(
    Number.isNaN(
      scanTime(bytes, 0, bytes.length, { form: "datetime", usPerUnit: 0, zone: false }, POINT, true),
    ),
  );
  const bare = Buffer.from("2025-06-05T12:00:00");
  assert.ok(
    Number.isNaN(scanTime(bare, 0, bare.length, { form: "datetime", usPerUnit: 0, zone: true }, POINT, true)),
  );
});

test("any time written out reads back as itself", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 5e14, max: 8e15 }),
      fc.integer({ min: -4e14, max: 4e14 }),
      (absolute, relative) => {
        assert.deepEqual(read(formatTime(absolute, "absolute")), ["datetime", absolute]);
        assert.deepEqual(read(formatTime(relative, "relative")), ["seconds", relative + 0]);
      },
    ),
    { numRuns: 2000, seed: 3 },
  );
});
