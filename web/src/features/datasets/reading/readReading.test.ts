/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { describeChange, describeMapping } from "./describeMapping.ts";
import { assumedInShort, readAssumptions } from "./readAssumptions.ts";
import { fieldSentence, formatSentence, sourceColumns, trackRates } from "./readSource.ts";

const assumption = (subject: string, taken: string) => ({
  subject,
  taken,
  reason: "",
  column: null,
  others: [],
});

test("what was assumed of units and times is told in a few words", () => {
  const report = {
    assumptions: [
      assumption("field_unit", "µT, as the header says"),
      assumption("time_unit", "The times are milliseconds since the start."),
      assumption("time_zone", "The times are UTC."),
      assumption("encoding", "Windows-1252"),
    ],
  };
  assert.equal(assumedInShort(readAssumptions(report)), "µT, milliseconds since the start, UTC");
  assert.equal(assumedInShort(readAssumptions({ assumptions: [assumption("encoding", "x")] })), null);
});

test("a report that is strange in its assumptions says none of them", () => {
  assert.deepEqual(readAssumptions({}), []);
  assert.deepEqual(readAssumptions({ assumptions: [null, 3, { subject: "x" }] }), []);
  const [one] = readAssumptions({
    assumptions: [{ subject: "numbers", taken: "t", others: [{ label: 1 }, null] }],
  });
  assert.deepEqual(one?.others, []);
});

test("a mapping is told in words, and so is what changed", () => {
  assert.deepEqual(describeMapping({}), []);
  assert.deepEqual(
    describeMapping({
      unit: "µT",
      time: { zone: "+02:00", unit: "us" },
      missing: [-9999],
      columns: { timestamp_pc: "when", label: "activity" },
    }),
    [
      "field in µT",
      "times counted in µs",
      "times in UTC+02:00",
      "-9999 mean that there is no value",
      "time from “when”",
      "labels from “activity”",
    ],
  );
  assert.deepEqual(describeChange(null, { unit: "G" }), ["field in G"]);
  assert.deepEqual(describeChange({ unit: "G", time: { zone: "Z" } }, { unit: "nT" }), [
    "field in nT",
    "no longer: times in UTC",
  ]);
  assert.deepEqual(describeChange({ unit: "G" }, null), ["as the file itself says"]);
  assert.deepEqual(describeChange({ unit: "G" }, { unit: "G" }), ["the same again"]);
});

test("axes, a total field alone and further sensors are told apart", () => {
  assert.match(fieldSentence({ channels: ["b_x", "b_y", "b_z", "b"] }), /^Three axes/);
  assert.match(fieldSentence({ channels: ["b", "lat", "lon"] }), /^Total field alone/);
  assert.match(
    fieldSentence({ channels: ["b_x", "b_y", "b_z", "b", "b_x@2", "b_y@2", "b_z@2", "b@up"] }),
    /Further sensors in each row: 2 \(b_x@2, b_y@2, b_z@2\); up \(b@up\)\.$/,
  );
});

test("the format is told with what it is written by", () => {
  const text = {
    format: "text",
    compression: "gzip",
    encoding: "windows-1252",
    delimiter: ";",
    decimal: ",",
  };
  assert.equal(
    formatSentence({ source: text }),
    "Delimited text: packed with gzip, semicolons, decimal comma, Windows-1252",
  );
  assert.equal(formatSentence({ source: { format: "iaga_2002" } }), "IAGA-2002");
  assert.equal(formatSentence({ source: null }), null);
  assert.equal(formatSentence({ source: { format: 3 } }), null);
});

test("columns and rates of tracks are read as far as they are there", () => {
  const source = {
    columns: [{ name: "Bx", becomes: "b_x", unit: "µT" }, { name: "note", becomes: null }, 3],
  };
  assert.deepEqual(sourceColumns({ source }), [
    { name: "Bx", becomes: "b_x", unit: "µT" },
    { name: "note", becomes: null, unit: null },
  ]);
  assert.deepEqual(trackRates({ tracks: [{ sampling_rate_hz: 10 }, { sampling_rate_hz: null }, 3] }), [
    10,
    null,
    null,
  ]);
  assert.deepEqual(trackRates({}), []);
});
