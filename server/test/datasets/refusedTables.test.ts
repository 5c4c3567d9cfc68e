import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { accepted, refused, testLimits } from "../support/ingestBytes.ts";
import { table } from "./table.ts";

test("a missing column is named, with the nearest there is", async () => {
  const { findings } = await refused("timestamp_pc,b_x,by_,bzz\n1,2,3,4\n");
  assert.deepEqual(
    findings.map(({ code, column, line }) => [code, column, line]),
    [["column_missing", "b_z", 1]],
  );
  assert.match(findings[0].expected, /nearest in this file: "bzz"/);
  assert.equal(findings[0].value, "timestamp_pc,b_x,by_,bzz");
});

test("mixed forms of time are an error on each line that differs", async () => {
  const times = ["2025-06-05T11:24:40Z", "2025-06-05T11:24:41", "1749122680", "nonsense", ""];
  const { findings, total } = await refused(table(times.map((time) => [time, "1", "2", "3"])));
  assert.equal(total, 4);
  assert.deepEqual(
    findings.map(({ line, column, value, code }) => [line, column, value, code]),
    [
      [3, "timestamp_pc", "2025-06-05T11:24:41", "mixed_time"],
      [4, "timestamp_pc", "1749122680", "mixed_time"],
      [5, "timestamp_pc", "nonsense", "not_a_time"],
      [6, "timestamp_pc", "", "not_a_time"],
    ],
  );
  assert.match(findings[0].expected, /with a zone, as in the first row/);
});

test("a hundred findings are given and all are counted, each on its line", async () => {
  const rows = Array.from({ length: 150000 }, (_, i) => `${i},${i % 300 === 7 ? "oops" : "1.5"},2,3`);
  const text = `t,b_x,b_y,b_z\n# comment\n${rows.join("\r\n")}`;
  for (const threads of [0, 2]) {
    const { findings, total } = await refused(text, { threads });
    assert.equal(total, 500);
    assert.equal(findings.length, 100);
    assert.deepEqual(
      findings.map(({ line }) => line),
      Array.from({ length: 100 }, (_, i) => 10 + 300 * i),
    );
    assert.deepEqual([findings[0].column, findings[0].value], ["b_x", "oops"]);
  }
});

test("rows of another width, text for numbers and infinities are findings", async () => {
  const { findings } = await refused("t,b_x,b_y,b_z\n1,2,3\n1,2,3,4,5\n1,x,3,4\n1,1e999,3,4\n1,1.5.5,3,4\n");
  assert.deepEqual(
    findings.map(({ line, code, value }) => [line, code, value]),
    [
      [2, "row_width", "1,2,3"],
      [3, "row_width", "1,2,3,4,5"],
      [4, "not_a_number", "x"],
      [5, "not_a_number", "1e999"],
      [6, "not_a_number", "1.5.5"],
    ],
  );
});

test("an empty file, a header alone and one row have a defined answer", async () => {
  assert.equal((await refused("")).findings[0].code, "empty_file");
  assert.equal((await refused("\n\n# nothing\n")).findings[0].code, "empty_file");
  assert.equal((await refused("timestamp_pc,b_x,b_y,b_z\n")).findings[0].code, "no_rows");
  assert.equal((await refused("timestamp_pc,b_x,b_y,b_z")).findings[0].code, "no_rows");
  assert.equal((await refused("1,2,3,4\n2,3,4,5\n")).findings[0].code, "header_missing");
  const one = await accepted("timestamp_pc,b_x,b_y,b_z\n1,2,3,4");
  assert.equal(one.outcome.rows, 1);
  assert.equal(one.outcome.quality.sampling_rate_hz, null);
});

test("a first row that does not end is said to be too long, not to be missing", async () => {
  for (const [filling, code] of [
    ["7", "field_too_long"],
    ["7,", "field_too_long"],
    ['"7\n', "unclosed_quote"],
  ] as const) {
    const row = code === "unclosed_quote" ? `"${"7\n".repeat(2_500_000)}` : filling.repeat(5_000_000);
    const { findings } = await refused(`timestamp_pc,b_x,b_y,b_z\n1,${row}`);
    assert.deepEqual([findings[0].code, findings[0].line], [code, 2]);
  }
});

test("more than a thousand sensors are refused", async () => {
  const rows = Array.from({ length: 1001 }, (_, i) => `${i},1,2,3,s${i}\n`);
  const { findings } = await refused(`t,b_x,b_y,b_z,sensor_id\n${rows.join("")}`);
  assert.equal(findings[0].code, "too_many_sensors");
});

test("limits on columns, fields and unpacked size are findings", async () => {
  const wide = Array.from({ length: 101 }, (_, i) => `c${i}`).join();
  assert.equal((await refused(`${wide}\n${wide}\n`)).findings[0].code, "too_many_columns");
  const long = await refused(`t,b_x,b_y,b_z\n1,${"1".repeat(5000)},3,4\n`);
  assert.deepEqual(
    long.findings.map(({ code, line }) => [code, line]),
    [["field_too_long", 2]],
  );
  assert.ok(long.findings[0].value!.length <= 80);
  const bomb = gzipSync(`t,b_x,b_y,b_z\n${"1,2,3,4\n".repeat(4000000)}`);
  assert.equal((await refused(bomb)).findings[0].code, "decompression_limit");
  const small = { ...testLimits, maxDecompressedBytes: 1000, maxRatio: 1e9 };
  assert.equal(
    (await refused(gzipSync("1".repeat(5000)), { limits: small })).findings[0].code,
    "decompression_limit",
  );
});

test("what is no text is refused by name", async () => {
  const kinds = new Map<string, string | Uint8Array>([
    ["an empty ZIP", Buffer.from("504b050600000000", "hex")],
    ["ROS bag", "#ROSBAG V2.0\n"],
    ["WDC file", "BOU2606H0101   208 730 731 732 733\n"],
    ["ELF", Buffer.from("7f454c4602010100", "hex")],
    ["PDF", "%PDF-1.7\n"],
    ["PNG", Buffer.from("89504e470d0a1a0a", "hex")],
    ["JPEG", Buffer.from("ffd8ffe000104a46", "hex")],
    ["HTML", "  <!DOCTYPE html><html><body>Sign in</body></html>"],
    ["JSON", "[[1, 2]]"],
    ["Windows program", Buffer.concat([Buffer.from("MZ"), Buffer.alloc(80)])],
  ]);
  for (const [name, content] of kinds) {
    for (const packed of [content, gzipSync(content)]) {
      const { findings } = await refused(packed);
      assert.equal(findings[0].code, "unsupported_format");
      assert.match(findings[0].value!, new RegExp(name));
    }
  }
  const header = "t,b_x,b_y,b_z\n";
  const nul = await refused(`${header}1,2,3,4\n1,2,\0,4\n`);
  assert.deepEqual([nul.findings[0].code, nul.findings[0].line], ["binary_content", 3]);
  const latin = Buffer.from("t,b_x (µT),b_y,b_z\n1,2,3,4\n", "latin1");
  assert.equal((await accepted(latin)).outcome.source.encoding, "windows-1252");
  const damaged = Buffer.concat([
    Buffer.from("t,b_x (µT),b_y,b_z,"),
    Buffer.from([0xb5]),
    Buffer.from("\n1,2,3,4,5\n"),
  ]);
  assert.deepEqual((await refused(damaged)).findings[0].value, "byte 0xb5 at offset 20");
  const late = Buffer.concat([Buffer.from(header + "1,2,3,4\n".repeat(300000)), Buffer.from([0xff, 10])]);
  const [finding] = (await refused(late)).findings;
  assert.deepEqual(
    [finding.code, finding.line, finding.value],
    ["wrong_encoding", 300002, "byte 0xff at offset 2400014"],
  );
});

test("findings hold nothing that prints as something else", async () => {
  const { findings } = await refused("t,b_x,b_y,b_z\n1,\u202Eevil\u2028,3,4\n");
  assert.equal(findings[0].value, "\uFFFDevil\uFFFD");
});
