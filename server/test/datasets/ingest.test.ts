import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { ColumnMapping } from "@magtrace/contracts";
import { seriesCsv } from "@magtrace/series";
import fc from "fast-check";
import type { ingestFile } from "../../src/datasets/ingest/ingest.ts";
import { accepted, hostileSource, ingestBytes, refused, timesOf, valuesOf } from "../support/ingestBytes.ts";
import { table } from "./table.ts";

const ROWS = [
  ["2025-06-05T11:24:40.000Z", "7746.664", "9395.448", "14682.022"],
  ["2025-06-05T11:24:40.100Z", "-6830.5", "9892.699", "14027.742"],
  ["2025-06-05T11:24:40.200Z", "6935.357", "", "15126.931"],
];
const START_US = Date.UTC(2025, 5, 5, 11, 24, 40) * 1000;

async function assertSameRows(content: string | Uint8Array): Promise<void> {
  for (const pieceBytes of [65521, 7]) {
    const { series, outcome } = await accepted(content, { pieceBytes });
    assert.deepEqual(outcome.channels, ["b_x", "b_y", "b_z", "b"]);
    assert.deepEqual(await timesOf(series), [START_US, START_US + 100000, START_US + 200000]);
    assert.deepEqual(await valuesOf(series, "b_x"), [7746.664, -6830.5, 6935.357]);
    assert.deepEqual(await valuesOf(series, "b_y"), [9395.448, 9892.699, Number.NaN]);
    const [first, , third] = await valuesOf(series, "b");
    assert.ok(Math.abs(first - Math.hypot(7746.664, 9395.448, 14682.022)) < 1e-9);
    assert.ok(Number.isNaN(third));
  }
}

test("every delimiter is told by the content", async () => {
  for (const delimiter of [",", ";", "\t", "|"]) await assertSameRows(table(ROWS, delimiter));
});

test("every line end is one, and the last line needs none", async () => {
  for (const lineEnd of ["\n", "\r\n", "\r", "\r\r\n", "\n\n", " \n"])
    await assertSameRows(table(ROWS, ",", lineEnd));
  await assertSameRows(table(ROWS).trimEnd());
});

test("a decimal comma is read where another delimiter leaves room for it", async () => {
  const rows = ROWS.map(([time, ...cells]) => [time, ...cells.map((cell) => cell.replace(".", ","))]);
  await assertSameRows(table(rows, ";"));
  const { outcome } = await accepted(table(rows, ";"));
  assert.equal(outcome.source.decimal, ",");
});

test("byte order marks, UTF-16, quotes, comments and trailing delimiters do not matter", async () => {
  const text = table(ROWS);
  await assertSameRows(`\uFEFF${text}`);
  await assertSameRows(Buffer.from(`\uFEFF${text}`, "utf16le"));
  await assertSameRows(Buffer.from(`\uFEFF${text}`, "utf16le").swap16());
  await assertSameRows(
    `# made by a logger "x\n\n/ more\n${text.replace("\n", '\n# in between, with " a quote\n')}`,
  );
  await assertSameRows(text.replaceAll(/[^,\n]+/g, '"$&"'));
  await assertSameRows(text.replaceAll("\n", ",\n"));
  await assertSameRows(text.replaceAll(",", " , "));
  await assertSameRows(`${text},,,\n,,,\n`);
});

test("gzip and zstd are unpacked, also in several members", async () => {
  const text = table(ROWS);
  await assertSameRows(gzipSync(text));
  await assertSameRows(zstdCompressSync(text));
  await assertSameRows(Buffer.concat([gzipSync(text.slice(0, 50)), gzipSync(text.slice(50))]));
  const { outcome } = await accepted(zstdCompressSync(text));
  assert.equal(outcome.source.compression, "zstd");
});

test("names are matched by alias, units convert to nT, and the report says what became of what", async () => {
  const { outcome, series } = await accepted(
    '"Time (s)","Magnetic Field x (µT)","Magnetic field y (μT)","Magnetic field z (uT)","Alt","my Extra!","note"\n' +
      "3.945427600E-2,-1.25E1,2,3,100,7,hello\n0.05,1,2,3,,x,world\n",
  );
  assert.deepEqual(outcome.channels, ["b_x", "b_y", "b_z", "b", "altitude", "my_Extra"]);
  assert.deepEqual(await valuesOf(series, "b_x"), [-12500, 1000]);
  assert.deepEqual(await valuesOf(series, "my_Extra"), [7, Number.NaN]);
  assert.deepEqual(await timesOf(series), [39454, 50000]);
  assert.equal(outcome.time.kind, "relative");
  assert.equal(outcome.source.unit, "µT");
  assert.equal(outcome.source.unit_from, "header");
  assert.deepEqual(outcome.quality.missing, [{ channel: "altitude", count: 1, first_lines: [3] }]);
  const codes = outcome.quality.notes.map(({ code }) => code);
  assert.ok(codes.includes("text_column_ignored"));
  const text = outcome.quality.notes.find(({ code }) => code === "not_a_number");
  assert.deepEqual([text?.column, text?.count, text?.first_lines], ["my_Extra", 1, [3]]);
});

test("a canonical name wins over an alias; two aliases are ambiguous; a mapping decides", async () => {
  const rows = "1,10,20,30,99\n";
  const { series } = await accepted(`time,bx,b_x,b_y,b_z\n1,10,20,30,99\n`);
  assert.deepEqual(await valuesOf(series, "b_x"), [20]);
  assert.deepEqual(await valuesOf(series, "bx"), [10]);
  const { findings } = await refused(`time,bx,mag_x,b_y,b_z\n${rows}`);
  assert.deepEqual(
    findings.map(({ code, column, value }) => [code, column, value]),
    [["column_ambiguous", "b_x", "bx, mag_x"]],
  );
  const mapped = await accepted(`time,bx,mag_x,b_y,b_z\n${rows}`, {
    mapping: { columns: { b_x: "MAG_X" }, unit: "µT" },
  });
  assert.deepEqual(await valuesOf(mapped.series, "b_x"), [20000]);
  assert.equal(mapped.outcome.source.unit_from, "mapping");
  const unknown = await refused(`time,bx,b_y,b_z\n1,2,3,4\n`, { mapping: { columns: { b_x: "west" } } });
  assert.equal(unknown.findings[0].code, "column_unknown");
  assert.match(unknown.findings[0].expected, /"bx"/);
});

test("extra columns keep their names as far as those are free and safe", async () => {
  const { outcome } = await accepted(
    "t,b_x,b_y,b_z,b,b_x_min,temp °C,temp °C,1st,gap,\n1,2,3,4,5,6,7,8,9,10,\n",
  );
  assert.deepEqual(outcome.channels.slice(4), [
    "b_2",
    "b_x_min_2",
    "temp_C",
    "temp_C_2",
    "column_1st",
    "gap_2",
  ]);
});

test("a file without a unit is read in the one that makes its field the Earth's, and the report says so", async () => {
  const { outcome, series } = await accepted("time (s),x,y,z\n0,30,20,-30\n1,30,20,-31\n");
  assert.deepEqual(await valuesOf(series, "b_x"), [30000, 30000]);
  const assumption = outcome.quality.assumptions.find(({ subject }) => subject === "field_unit");
  assert.equal(assumption?.taken, "µT");
  assert.ok(assumption?.others.some(({ mapping }) => mapping.unit === "nT"));
  const fine = await accepted("time (s),x,y,z\n0,30000,20000,-30000\n1,30000,20000,-30000\n");
  assert.equal(fine.outcome.source.unit, "nT");
});

test("Sensor Logger is known by its header, and writes µT", async () => {
  const { outcome, series } = await accepted(
    "time,seconds_elapsed,z,y,x\n1663562598302710300,0.0017,-20.5,-38,7.5\n",
  );
  assert.deepEqual(await valuesOf(series, "b_z"), [-20500]);
  assert.deepEqual(await timesOf(series), [1663562598302710]);
  assert.equal(outcome.source.unit_from, "app");
  assert.ok(outcome.quality.notes.some(({ code }) => code === "unit_by_app"));
});

test("spreadsheet times roll over with the hour and count from the first row", async () => {
  const times = ["59:58.0", "59:59.5", "00:00.5", "59:59.9", "00:01.0", "30:00.0", "10:00.0"];
  const { outcome, series } = await accepted(table(times.map((time) => [time, "1", "2", "3"])));
  const expected = [0, 1.5, 2.5, 1.9, 3, 1802, 602].map((s) => s * 1e6);
  assert.deepEqual(await timesOf(series), expected);
  assert.deepEqual(outcome.quality.rollovers, { count: 2, first_lines: [4, 6] });
  assert.equal(outcome.time.form, "minutes");
  assert.equal(outcome.time.first_value, "59:58.0");
  assert.equal(outcome.quality.backward_steps.count, 2);
});

test("clock times roll over at midnight, for each sensor by itself", async () => {
  const csv =
    "time,b_x,b_y,b_z,sensor_id\n23:59:59.0,1,2,3,a\n23:59:59.5,1,2,3,b\n00:00:00.0,1,2,3,a\n00:00:00.5,1,2,3,b\n00:00:01,1,2,3,c\n";
  const { outcome, series } = await accepted(csv);
  assert.deepEqual(await timesOf(series), [0, 1e6, 500000, 1500000, 2e6]);
  assert.equal(outcome.quality.rollovers.count, 2);
  assert.deepEqual(outcome.tracks, [
    { sensor_id: "a", start_index: 0, end_index: 1 },
    { sensor_id: "b", start_index: 2, end_index: 3 },
    { sensor_id: "c", start_index: 4, end_index: 4 },
  ]);
});

test("cells without a value are gaps, counted by channel", async () => {
  const { outcome, series } = await accepted("t,b_x,b_y,b_z\n1,NaN,3,4\n2,null,3,4\n3,NA,,4\n4,5,6,7\n");
  assert.deepEqual(await valuesOf(series, "b_x"), [NaN, NaN, NaN, 5]);
  assert.deepEqual(outcome.quality.missing, [
    { channel: "b_x", count: 3, first_lines: [2, 3, 4] },
    { channel: "b_y", count: 1, first_lines: [4] },
  ]);
});

test("positions off the globe count as missing", async () => {
  const { outcome, series } = await accepted("t,b_x,b_y,b_z,lat,lon\n1,2,3,4,999,-999\n2,2,3,4,45,7\n");
  assert.deepEqual(await valuesOf(series, "lat"), [NaN, 45]);
  assert.equal(outcome.quality.notes.filter(({ code }) => code === "position_out_of_range").length, 2);
});

test("interleaved sensors become tracks in order of appearance, each in the file's order", async () => {
  const rows = Array.from({ length: 3000 }, (_, i) => `${i},${i},0,0,s${(i * i) % 7}`);
  const { outcome, series, scratch } = await accepted(`t,b_x,b_y,b_z,sensor_id\n${rows.join("\n")}\n`);
  const order = [...new Set(rows.map((row) => row.split(",")[4]))];
  assert.deepEqual(
    outcome.tracks.map(({ sensor_id }) => sensor_id),
    order,
  );
  const grouped = order.flatMap((sensor) => rows.filter((row) => row.endsWith(`,${sensor}`)));
  assert.deepEqual(
    await valuesOf(series, "b_x"),
    grouped.map((row) => Number(row.split(",")[1])),
  );
  for (const { start_index, end_index } of outcome.tracks) assert.ok(end_index >= start_index);
  assert.equal(outcome.tracks.at(-1)?.end_index, 2999);
  assert.equal(scratch.files.size, 0);
});

test("threads give what one thread gives, quoted line ends included", async () => {
  const rows = Array.from({ length: 120000 }, (_, i) => {
    const note = i % 5000 === 1 ? '"a ""quoted""\nnote, with commas"' : "plain";
    return `${i * 10},${Math.sin(i) * 1e4},${i % 11 === 0 ? "" : i / 3},-5,${note},${i % 2 === 0 ? "a" : '"b,2"'}`;
  });
  const text = `t,b_x,b_y,b_z,note,sensor_id\n${rows.join("\n")}`;
  const one = await accepted(text, { threads: 0 });
  const two = await accepted(text, { threads: 2 });
  assert.deepEqual(two.outcome, one.outcome);
  for (const [name, bytes] of one.files.files) assert.deepEqual(two.files.files.get(name), bytes, name);
  assert.equal(one.outcome.rows, 120000);
  assert.deepEqual(
    one.outcome.tracks.map(({ sensor_id }) => sensor_id),
    ["a", "b,2"],
  );
  assert.equal(one.outcome.quality.missing[0].first_lines[1], 13 + 1);
});

test("progress runs to 1, and a relative file's report has no dates", async () => {
  const seen: number[] = [];
  const { outcome } = await accepted(table(ROWS), { onProgress: (fraction) => seen.push(fraction) });
  assert.equal(seen.at(-1), 1);
  assert.deepEqual(
    [outcome.time.start, outcome.time.end],
    ["2025-06-05T11:24:40.000Z", "2025-06-05T11:24:40.200Z"],
  );
  assert.equal((await accepted("t,b_x,b_y,b_z\n0,1,2,3\n")).outcome.time.start, null);
});

test("failures of source and sink, and aborting, are thrown, and nothing stays open", async () => {
  const bytes = Buffer.from(`t,b_x,b_y,b_z\n${"1,2,3,4\n".repeat(400000)}`);
  for (const content of [bytes, gzipSync(bytes)]) {
    let reads = 0;
    const broken = {
      size: content.length,
      async read(start: number, length: number): Promise<Uint8Array> {
        if (reads++ > 1) throw new Error("disk gone");
        return content.subarray(start, start + Math.min(length, content.length / 4));
      },
    };
    for (const threads of [0, 1]) {
      reads = 0;
      const { files } = await failing({ source: broken, threads }, /disk gone/, bytes);
      assert.equal(files.size, 0);
    }
  }
  const controller = new AbortController();
  let pieces = 0;
  const source = hostileSource(bytes);
  await failing(
    {
      signal: controller.signal,
      source: {
        size: source.size,
        read(start, length) {
          if (pieces++ === 5) controller.abort(new Error("cancelled by user"));
          return source.read(start, length);
        },
      },
    },
    /cancelled by user/,
    bytes,
  );
  await failing(
    {
      openSink: async (name) => ({
        write: () => Promise.reject(new Error("disk full")),
        close: async () => undefined,
        abort: async () => void name,
      }),
    },
    /disk full/,
    bytes,
  );
});

async function failing(
  options: Partial<Parameters<typeof ingestFile>[0]>,
  message: RegExp,
  bytes: Uint8Array,
): Promise<{ files: Set<string> }> {
  const open = new Set<string>();
  await assert.rejects(
    ingestBytes(bytes, {
      openSink: async (name) => {
        open.add(name);
        const drop = async (): Promise<void> => void open.delete(name);
        return { write: async () => undefined, close: drop, abort: drop };
      },
      ...options,
    }),
    message,
  );
  assert.equal(open.size, 0);
  return { files: open };
}

/** No number is too large for a field, and none means that there is none. */
const BY_THE_LETTER: ColumnMapping = { unit: "nT", missing: [] };

test("any table written as CSV comes back with the same numbers and times", async () => {
  const cell = fc.oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e150, max: 1e150 }),
    fc.integer({ min: -100000, max: 100000 }).map((value) => value / 1000),
    fc.constant(Number.NaN),
  );
  const row = fc.record({ step: fc.integer({ min: 0, max: 1e7 }), x: cell, y: cell, z: cell, extra: cell });
  const files = fc.record({
    rows: fc.array(row, { minLength: 1, maxLength: 60 }),
    absolute: fc.boolean(),
    sensor: fc.string({ minLength: 1, maxLength: 12 }),
  });
  await fc.assert(
    fc.asyncProperty(files, async ({ rows, absolute }) => {
      let us = absolute ? START_US : 0;
      const lines = rows.map((one) => {
        us += one.step;
        const time = absolute
          ? `${new Date(Math.floor(us / 1000)).toISOString().slice(0, -1)}${String(us % 1000).padStart(3, "0")}Z`
          : String(us / 1e6);
        const cells = [one.x, one.y, one.z, one.extra].map((value) =>
          Number.isNaN(value) ? "" : String(value),
        );
        return [time, ...cells].join();
      });
      const first = await accepted(`timestamp_pc,b_x,b_y,b_z,temp\n${lines.join("\n")}\n`, {
        mapping: BY_THE_LETTER,
      });
      let csv = "";
      for await (const part of seriesCsv(first.series, { startIndex: 0, endIndex: rows.length })) csv += part;
      const second = await accepted(csv, { mapping: { columns: {}, ...BY_THE_LETTER } });
      assert.deepEqual(await timesOf(second.series), await timesOf(first.series));
      for (const channel of ["b_x", "b_y", "b_z", "b", "temp"]) {
        const again = await valuesOf(second.series, channel === "b" ? "b_2" : channel);
        assert.deepEqual(again, await valuesOf(first.series, channel));
      }
      const zeroed = rows.map(({ x }) => x + 0);
      assert.deepEqual(await valuesOf(first.series, "b_x"), zeroed);
    }),
    { numRuns: 60, seed: 4 },
  );
});
