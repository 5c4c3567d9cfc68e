import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { createRandom } from "@magtrace/signal";
import { assertDamageIsSaid } from "../../../../../test/support/damagedFiles.ts";
import { dataset, groupIn, hdf5File, lists } from "../../../../../test/support/hdf5Fixture.ts";
import {
  accepted,
  hostileSource,
  ingestBytes,
  refused,
  testLimits,
  timesOf,
  valuesOf,
} from "../../../../../test/support/ingestBytes.ts";
import { RefusedFile } from "../../findings.ts";
import { Hdf5File } from "./hdf5File.ts";
import { type Hdf5Module, loadHdf5, mountSource } from "./hdf5Library.ts";
import { openHdf5 } from "./openHdf5.ts";
import { THREAD_LIMITS } from "./threadedFile.ts";

const START_S = 1_700_000_000;
const numbers = (rows: number, numberAt: (i: number) => number): Float64Array =>
  Float64Array.from({ length: rows }, (_, i) => numberAt(i));

const axes = (rows: number): Map<string, unknown> =>
  new Map<string, unknown>([
    ["time", numbers(rows, (i) => START_S + i / 100)],
    ["b_x", Float32Array.from({ length: rows }, () => 20)],
    ["b_y", Float32Array.from({ length: rows }, () => 10)],
    ["b_z", numbers(rows, (i) => 40 + i / 1000)],
  ]);

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
    frame.create_dataset({
      name: "table",
      data: new Map<string, unknown>([
        ["index", times],
        [
          "values_block_0",
          lists(
            numbers(60, (i) => 1000 * (10 + (i % 3))),
            20,
          ),
        ],
      ]) as unknown as Float64Array,
      shape: [20],
      dtype: [
        ["index", "<q"],
        ["values_block_0", "<d", [3]],
      ],
    });
    const entity = frame.get("table") as unknown as { create_attribute(key: string, value: string): void };
    entity.create_attribute("index_kind", "datetime64");
    entity.create_attribute("values_block_0_kind", "(lp0\nVb_x\np1\naVb_y\np2\naVb_z\np3\na.");
  });
  const other = await accepted(table);
  assert.deepEqual([other.outcome.rows, (await valuesOf(other.series, "b_y"))[7]], [20, 11_000]);
  assert.equal((await timesOf(other.series))[19], (START_S + 19) * 1e6);
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

test("packed files, and rows that take no room, are refused before they are read", async () => {
  const file = await hdf5File((root) => dataset(root, "log", axes(10)));
  assert.match((await refused(gzipSync(file))).findings[0].expected, /not packed/);
  const empty = await hdf5File((root) => {
    for (const name of ["time", "b_x", "b_y", "b_z"]) {
      dataset(
        root,
        name,
        numbers(200_000, () => 0),
        { chunks: [200_000], compression: "gzip" },
      );
    }
  });
  const limits = { ...testLimits, maxRatio: 2 };
  assert.equal((await refused(empty, { limits })).findings[0].code, "decompression_limit");
});

test("memory and time are bounded, and a source that fails is no damaged file", async () => {
  const file = await hdf5File((root) => {
    for (const name of ["time", "b_x", "b_y", "b_z"]) {
      dataset(
        root,
        name,
        numbers(2_000_000, (i) => i),
        { chunks: [2_000_000] },
      );
    }
  });
  const request = {
    source: hostileSource(file, 1 << 20),
    limits: testLimits,
    openSink: assert.fail,
    scratch: assert.fail as never,
  };
  const read = async (limits: typeof THREAD_LIMITS): Promise<void> => {
    const table = await openHdf5({ source: request.source, request }, limits);
    for await (const _ of table.blocks);
  };
  await read(THREAD_LIMITS);
  await assert.rejects(read({ ...THREAD_LIMITS, memoryBytes: 24 * 1024 * 1024 }), RefusedFile);
  await assert.rejects(read({ ...THREAD_LIMITS, answerMs: 1 }), (error: RefusedFile) =>
    /no answer within/.test(error.findings[0].value!),
  );
  const failing = { size: file.length, read: () => Promise.reject(new Error("the disk is gone")) };
  await assert.rejects(
    openHdf5({ source: failing, request: { ...request, source: failing } }),
    /the disk is gone/,
  );
});

test("500 damaged files are read or refused", async (t) => {
  // The library prints what it stumbles over.
  t.mock.method(process.stderr, "write", () => true);
  const { library, module } = await loadHdf5();
  const fixture = await hdf5File((root) => {
    dataset(root, "log", axes(60));
    const group = groupIn(root, "survey");
    dataset(
      group,
      "time",
      numbers(60, (i) => i),
      { attributes: { units: "s" }, chunks: [20], compression: "gzip" },
    );
    for (const axis of "xyz")
      dataset(
        group,
        `b_${axis}`,
        numbers(60, () => 1),
        { chunks: [20], compression: "gzip" },
      );
    dataset(
      group,
      "name",
      Array.from({ length: 60 }, (_, i) => `s${i}`),
    );
  });
  const random = createRandom(11);
  const below = (limit: number): number => Math.floor(random() * limit);
  const ends = { read: 0, refused: 0 };
  for (let n = 0; n < 500; n++) {
    let bytes: Uint8Array = Uint8Array.from(fixture);
    if (n % 5 === 0) bytes = bytes.subarray(0, below(bytes.length));
    for (let flips = 1 + below(8); flips > 0; flips--) bytes[below(bytes.length)] = below(256);
    ends[readAll(module, library, bytes, n)]++;
  }
  assert.ok(ends.read > 50 && ends.refused > 50, JSON.stringify(ends));
});

function readAll(
  module: Hdf5Module,
  library: Awaited<ReturnType<typeof loadHdf5>>["library"],
  bytes: Uint8Array,
  n: number,
): "read" | "refused" {
  const source = {
    size: bytes.length,
    read: (at: number, into: Uint8Array): number => {
      into.set(bytes.subarray(at, at + into.length));
      return into.length;
    },
  };
  let file: Hdf5File | null = null;
  try {
    file = new Hdf5File(library, module, mountSource(module, source, `damaged${n}.h5`));
    for (const { columns, rows } of file.tables()) file.read(columns, 0, Math.min(rows, 1000));
    return "read";
  } catch (error) {
    assert.ok(error instanceof Error, `damage ${n}: ${error}`);
    return "refused";
  } finally {
    file?.close();
  }
}

test("damage is read or said", async () => {
  await assertDamageIsSaid(await hdf5File((root) => dataset(root, "log", axes(40))), 5, 8);
});
