import assert from "node:assert/strict";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { assertDamageIsSaid } from "../../../../../test/support/damagedFiles.ts";
import { accepted, refused, valuesOf } from "../../../../../test/support/ingestBytes.ts";

const lines = (rows: number): string =>
  Array.from(
    { length: rows },
    (_, i) => `{ "time": ${i / 10}, "mag": { "x": ${18000 + i}, "y": -780.5, "z": 45000 }, "spare": null }\n`,
  ).join("");

test("one object a line is a row, members of members are columns", async () => {
  const { outcome, series } = await accepted(lines(300));
  assert.deepEqual([outcome.source.format, outcome.rows, outcome.time.form], ["json_lines", 300, "seconds"]);
  assert.deepEqual(
    await valuesOf(series, "b_x"),
    Array.from({ length: 300 }, (_, i) => 18000 + i),
  );
  assert.equal((await accepted(gzipSync(lines(300)), { pieceBytes: 7 })).outcome.rows, 300);
});

test("a list of objects is read, however it is laid out", async () => {
  const objects = lines(50)
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  for (const text of [JSON.stringify(objects), `\ufeff${JSON.stringify(objects, null, 2)}`]) {
    const { outcome, series } = await accepted(text, { pieceBytes: 101 });
    assert.deepEqual([outcome.source.format, outcome.rows], ["json", 50]);
    assert.equal((await valuesOf(series, "b_x"))[49], 18049);
  }
});

test("findings name the line of the object", async () => {
  const broken = lines(10).replace("18004", '"high"');
  assert.deepEqual(
    (await refused(broken)).findings.map(({ code, line, column }) => [code, line, column]),
    [["not_a_number", 5, "mag.x"]],
  );
  const pretty = JSON.stringify(
    broken
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as unknown),
    null,
    2,
  );
  const line = pretty.slice(0, pretty.indexOf('"high"')).split("\n").length;
  const [finding] = (await refused(pretty)).findings;
  // The object begins with its brace, the time and the name of the inner object before the value.
  assert.equal(finding.line, line - 3);
  const syntax = await refused(lines(10).replace('"y": -780.5', '"y" -780.5'));
  assert.deepEqual([syntax.findings[0].code, syntax.findings[0].line], ["damaged_file", 1]);
  assert.equal((await refused(`${lines(3)}and more\n`)).findings[0].line, 4);
});

test("an object cut off is left out, one that appears late and one that never ends are said", async () => {
  const cut = await accepted(lines(10).slice(0, -20));
  assert.equal(cut.outcome.rows, 9);
  assert.ok(cut.outcome.quality.notes.some(({ code }) => code === "last_line_cut"));
  const late = await accepted(
    lines(250) + lines(1).replace("spare", "new").replace("null", "1").replace("0,", "25,"),
  );
  assert.deepEqual(late.outcome.quality.notes.find(({ code }) => code === "late_column")?.first_lines, [251]);
  const columns = `{"t": [${"1,".repeat(700_000)}1]}`;
  assert.equal((await refused(columns)).findings[0].code, "field_too_long");
});

test("objects whose values lie too deep are not called an empty file", async () => {
  const deep = `{"t": ${"[".repeat(10)}1${"]".repeat(10)}}\n`;
  const [finding] = (await refused(deep.repeat(2))).findings;
  assert.equal(finding.code, "no_rows");
  assert.match(finding.expected, /many lists deep is not read/);
});

test("names that JavaScript knows are names like others", async () => {
  const text =
    '{"t":0,"x":20000,"y":2,"z":45000,"__proto__":{"constructor":5}}\n{"t":1,"x":20000,"y":2,"z":45000}\n';
  const { outcome } = await accepted(text);
  assert.equal(outcome.rows, 2);
});

test("damage is read or said", async () => {
  await assertDamageIsSaid(Buffer.from(lines(40)), 3);
  await assertDamageIsSaid(
    Buffer.from(
      JSON.stringify(
        lines(40)
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as unknown),
      ),
    ),
    4,
  );
});
