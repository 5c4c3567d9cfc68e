import assert from "node:assert/strict";
import { test } from "node:test";
import {
  axes,
  dataset,
  groupIn,
  hdf5File,
  numbers,
  START_S,
} from "../../../../../test/support/hdf5Fixture.ts";
import {
  accepted,
  ingestBytes,
  refused,
  timesOf,
  valuesOf,
} from "../../../../../test/support/ingestBytes.ts";
import { findTables } from "./findTables.ts";

test("a compound dataset is a table", async () => {
  const file = await hdf5File((root) => dataset(root, "log", axes(500)));
  const { outcome, series } = await accepted(file, { pieceBytes: 1000, mapping: { unit: "µT" } });
  assert.deepEqual([outcome.source.format, outcome.rows, outcome.time.kind], ["hdf5", 500, "absolute"]);
  assert.equal((await timesOf(series))[499], START_S * 1e6 + 4_990_000);
  assert.ok(Math.abs((await valuesOf(series, "b_z"))[499] - 40_499) < 1e-6);
});

test("equally long datasets of a group are a table, in the units that attributes say, packed or not", async () => {
  const file = await hdf5File((root) => {
    const group = groupIn(root, "survey");
    dataset(
      group,
      "time",
      numbers(3000, (i) => i / 100),
      { attributes: { units: "s" }, chunks: [700], compression: "gzip" },
    );
    for (const [axis, value] of [
      ["x", 2e-5],
      ["y", 1e-5],
      ["z", 4e-5],
    ] as const) {
      const data = numbers(3000, (i) => (i === 7 ? -1 : value));
      dataset(group, `mag_${axis}`, data, {
        attributes: { units: "T", _FillValue: -1 },
        chunks: [100],
        compression: "gzip",
      });
    }
    dataset(
      group,
      "temperature",
      numbers(3000, () => 20),
    );
    dataset(
      group,
      "calibration",
      numbers(12, () => 1),
    );
  });
  const { outcome, series } = await accepted(file);
  assert.deepEqual([outcome.source.unit, outcome.rows, outcome.time.kind], ["T", 3000, "relative"]);
  const x = await valuesOf(series, "b_x");
  assert.ok(Math.abs(x[0] - 20_000) < 1e-9 && Number.isNaN(x[7]));
  assert.ok(outcome.channels.includes("temperature"));
  assert.equal((await timesOf(series))[2999], 29_990_000);
});

test("times that say what they are counted from, and whole nanoseconds, are exact", async () => {
  const cf = await hdf5File((root) => {
    dataset(
      root,
      "time",
      numbers(10, (i) => 60 + i),
      { attributes: { units: "seconds since 2026-01-01 00:00:00" } },
    );
    for (const axis of "xyz")
      dataset(
        root,
        `b_${axis}`,
        numbers(10, () => 20_000),
        { attributes: { units: "nT" } },
      );
  });
  assert.equal((await timesOf((await accepted(cf)).series))[0], Date.UTC(2026, 0, 1, 0, 1) * 1000);
  const ns = await hdf5File((root) => {
    const times = BigInt64Array.from(
      { length: 10 },
      (_, i) => BigInt(START_S) * 1_000_000_000n + BigInt(i) * 1_000_001_000n,
    );
    dataset(root, "timestamp", times);
    for (const axis of "xyz")
      dataset(
        root,
        `b_${axis}`,
        numbers(10, () => 20_000),
        { attributes: { units: "nT" } },
      );
  });
  assert.equal((await timesOf((await accepted(ns)).series))[9], START_S * 1e6 + 9 * 1_000_001);
});

test("frames of pandas are read in both of its layouts", async () => {
  const times = BigInt64Array.from({ length: 20 }, (_, i) => BigInt(START_S + i) * 1_000_000_000n);
  const fixed = await hdf5File((root) => {
    const frame = groupIn(root, "df", { pandas_type: "frame" });
    dataset(frame, "axis0", ["b_x", "b_y", "b_z"]);
    dataset(frame, "axis1", times, { attributes: { kind: "datetime64" } });
    dataset(frame, "block0_items", ["b_x", "b_y", "b_z"]);
    dataset(
      frame,
      "block0_values",
      numbers(60, (i) => 1000 * (10 + (i % 3))),
      { shape: [20, 3] },
    );
  });
  const one = await accepted(fixed);
  assert.deepEqual([one.outcome.rows, (await valuesOf(one.series, "b_z"))[19]], [20, 12_000]);
  assert.equal((await timesOf(one.series))[1], (START_S + 1) * 1e6);
  assert.ok(one.outcome.quality.assumptions.some(({ subject }) => subject === "time_zone"));
  const table = await hdf5File((root) => {
    const frame = groupIn(root, "df", { pandas_type: "frame_table" });
    const columns = [...axes(20)].filter(([name]) => name !== "time");
    dataset(frame, "table", new Map<string, unknown>([["index", times], ...columns]), {
      attributes: { index_kind: "datetime64", b_x_kind: "(lp0\nVb_x\np1\na." },
    });
  });
  const other = await accepted(table, { mapping: { unit: "µT" } });
  assert.equal((await timesOf(other.series))[19], (START_S + 19) * 1e6);
});

test("columns that pandas keeps as lists are named by what it pickles", () => {
  const number = { type: 1, size: 8, signed: true, vlen: false, total_size: 1, shape: [] };
  const list = { ...number, type: 10, size: 24, array_type: { ...number, total_size: 3, shape: [3] } };
  const members = [
    { ...number, name: "index", offset: 0 },
    { ...list, name: "values_block_0", offset: 8 },
  ];
  const pickled = "(lp0\nVb_x\np1\naVb_y\np2\naV\\u00b5\np3\na.";
  const stored = {
    path: "/df/table",
    name: "table",
    type: { ...number, type: 6, size: 32, total_size: 20, shape: [20], compound_type: { members } },
    attribute: (name: string) => (name === "values_block_0_kind" ? pickled : null),
    texts: () => [],
  };
  const [table] = findTables({ path: "/", datasets: [stored], groups: [], attribute: () => null });
  assert.deepEqual(
    table.columns.map(({ name, offset, stride }) => [name, offset, stride]),
    [
      ["index", 0, 32],
      ["b_x", 8, 32],
      ["b_y", 16, 32],
      ["µ", 24, 32],
    ],
  );
});

test("MATLAB's arrays lie on their side, behind text, and its characters are no column", async () => {
  const plain = await hdf5File((root) => {
    const attributes = { MATLAB_class: "double" };
    dataset(
      root,
      "t",
      numbers(50, (i) => i / 10),
      { shape: [1, 50], attributes },
    );
    const field = numbers(150, (i) => 1000 * (10 + Math.floor(i / 50)));
    dataset(root, "B", field, { shape: [3, 50], attributes });
    dataset(
      root,
      "note",
      numbers(50, () => 65),
      { shape: [1, 50], attributes: { MATLAB_class: "char" } },
    );
  });
  const { outcome, series } = await accepted(plain);
  assert.deepEqual(
    [outcome.rows, (await valuesOf(series, "b_y"))[3], (await valuesOf(series, "b_z"))[49]],
    [50, 11_000, 12_000],
  );
  assert.ok(!outcome.channels.includes("note"));
  // The superblock may stand behind 512 bytes; addresses count from it.
  const text = Buffer.alloc(512, 32);
  text.write("MATLAB 7.3 MAT-file, Platform: GLNXA64");
  const behind = await ingestBytes(Buffer.concat([text, plain]));
  assert.ok(behind.outcome.ok, JSON.stringify(behind.outcome));
});

test("time and axes in groups of their own are joined by their length, and that is said", async () => {
  const file = await hdf5File((root) => {
    dataset(
      groupIn(root, "clock"),
      "time",
      numbers(30, (i) => START_S + i),
    );
    const mag = groupIn(root, "mag");
    for (const axis of "xyz")
      dataset(
        mag,
        axis,
        numbers(30, () => 20_000),
      );
  });
  const { outcome } = await accepted(file);
  assert.equal(outcome.rows, 30);
  assert.ok(outcome.quality.assumptions.some(({ reason }) => /groups of their own/.test(reason)));
});

test("several recordings are asked about, and one can be named; a file of others is refused with what it has", async () => {
  const file = await hdf5File((root) => {
    for (const name of ["first", "second"]) dataset(root, name, axes(name === "first" ? 10 : 20));
  });
  const { outcome } = await ingestBytes(file);
  assert.ok(!outcome.ok);
  assert.deepEqual(
    outcome.questions[0].choices.map(({ mapping }) => mapping.member),
    ["/first", "/second"],
  );
  const mapping = { unit: "µT", ...outcome.questions[0].choices[1].mapping } as const;
  assert.equal((await accepted(file, { mapping })).outcome.rows, 20);
  const other = await hdf5File((root) => {
    dataset(
      root,
      "p",
      numbers(10, (i) => i),
    );
    dataset(
      root,
      "q",
      numbers(10, (i) => i),
    );
  });
  assert.match((await refused(other)).findings[0].value!, /p,q/);
  assert.match((await refused(await hdf5File(() => undefined))).findings[0].expected, /compound dataset/);
});
