import assert from "node:assert/strict";
import { test } from "node:test";
import { inspectFile } from "../../src/datasets/ingest/inspectFile.ts";
import { accepted, testLimits } from "../support/ingestBytes.ts";

const AXES = "18430.5,-780.2,45319.3";

/** Files of many kinds, each with what an inspection could leave out of its mapping. */
const FILES: Readonly<Record<string, string>> = {
  "codes that mean no value": table("time (s),Bx (nT),By (nT),Bz (nT)", (i) =>
    i % 9 === 4 ? `${i / 50},99999,99999,99999` : `${i / 50},${AXES}`,
  ),
  "rows of zeros": table("time (s),Bx (nT),By (nT),Bz (nT)", (i) =>
    i % 9 === 4 ? `${i / 50},0,0,0` : `${i / 50},${AXES}`,
  ),
  "two sensors": table("time (s),B1x (nT),B1y (nT),B1z (nT),B2x (nT),B2y (nT),B2z (nT)", (i) => {
    return `${i / 50},${AXES},${AXES}`;
  }),
  "the same names twice": table("time (s),Bx,By,Bz,Bx,By,Bz", (i) => `${i / 50},${AXES},${AXES}`),
  "totals of two sensors": table("time (s),mag_upper (nT),mag_lower (nT)", (i) => `${i / 50},48213.5,48300`),
  "no unit": table("time,x,y,z", (i) => `2026-06-15 09:00:0${i % 10}.${i},18.43,-0.78,45.32`),
  "units in cells": table("t (ms),Bx,By,Bz", (i) => `${i * 20},18.43 uT,-0.78 uT,45.32 uT`),
  "unusual times": table("time,Bx (nT),By (nT),Bz (nT)", (i) => `2026-6-15 9:0:${i},${AXES}`),
  durations: table("time,Bx (nT),By (nT),Bz (nT)", (i) => `${i * 20} ms,${AXES}`),
  parts: table("hour,minute,second,ms,Bx (nT),By (nT),Bz (nT)", (i) => `9,0,${i},5,${AXES}`),
  "AM and PM beside": table(
    "Date,Time,AM/PM,Bx (nT),By (nT),Bz (nT)",
    (i) => `6/15/2026,9:00:${two(i)},PM,${AXES}`,
  ),
  "Julian days": table(
    "JD,Bx (nT),By (nT),Bz (nT)",
    (i) => `${(2_461_206.875 + i / 86_400).toFixed(8)},${AXES}`,
  ),
  "a row of units": `Time,Bx,By,Bz\ns,uT,uT,uT\n${table("", (i) => `${i / 50},18.43,-0.78,45.32`).trim()}\n`,
  "a title above the names": `Survey of the field\n\n${table("time (s),Bx (nT),By (nT),Bz (nT)", (i) => `${i / 50},${AXES}`)}`,
  "an exact count beside a clock": table("clock,monotonic_s,Bx (nT),By (nT),Bz (nT)", (i) => {
    return `2026-06-15 09:00:${two(Math.floor(i / 10))},${(27138.06674 + i / 10).toFixed(5)},${AXES}`;
  }),
  thousands: table("t (ms);Bx (nT);By (nT);Bz (nT)", (i) => `${i * 20};18.430,5;-780,2;45.319,3`),
};

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function table(names: string, row: (i: number) => string): string {
  return `${names}\n${Array.from({ length: 45 }, (_, i) => row(i)).join("\n")}\n`;
}

for (const [kind, content] of Object.entries(FILES)) {
  test(`sent back, the mapping of an inspection reads a file as it was: ${kind}`, async () => {
    const bytes = Buffer.from(content);
    const { mapping } = await inspectFile({ head: { bytes, complete: true }, limits: testLimits });
    const plain = await accepted(content);
    const mapped = await accepted(content, { mapping });
    assert.deepEqual([...mapped.files.files.keys()].sort(), [...plain.files.files.keys()].sort());
    for (const [name, written] of plain.files.files)
      assert.deepEqual(Buffer.from(mapped.files.files.get(name)!), Buffer.from(written), name);
  });
}
