import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CsvSyntaxError, csvRecords } from "./csvRecords.ts";

const read = (text: string, delimiter = ",") => [...csvRecords(text, delimiter)];

test("a text without records has none", () => {
  for (const text of ["", "\uFEFF", "\n", "\r\n\r\n", "  \n"]) assert.deepEqual(read(text), []);
});

test("lines end with LF, CRLF, CR or the text", () => {
  const expected = [
    { line: 1, cells: ["a", "b"] },
    { line: 2, cells: ["c", ""] },
  ];
  for (const text of ["a,b\nc,", "a,b\r\nc,\r\n", "a,b\rc,\r", "\uFEFFa,b\nc,\n"]) {
    assert.deepEqual(read(text), expected);
  }
});

test("quoted cells hold separators, quotes and line breaks, and later records keep their line numbers", () => {
  assert.deepEqual(read('"a,""b""","x\r\ny"\nz,"\n"\n\nlast,'), [
    { line: 1, cells: ['a,"b"', "x\r\ny"] },
    { line: 3, cells: ["z", "\n"] },
    { line: 6, cells: ["last", ""] },
  ]);
});

test("a quote within an unquoted cell is itself", () => {
  assert.deepEqual(read('5" pipe,x')[0]?.cells, ['5" pipe', "x"]);
});

test("a quote without an end is told with its line, as is text after an end", () => {
  for (const text of ['a\n"b', 'a\n"b"c']) {
    assert.throws(
      () => read(text),
      (error) => error instanceof CsvSyntaxError && error.line === 2,
    );
  }
});

test("any table that is written with quotes is read as it was", () => {
  const cell = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", "\r", " ", "é"), maxLength: 6 });
  const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 });
  fc.assert(
    fc.property(table, fc.constantFrom("\n", "\r\n", "\r"), (rows, end) => {
      const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
      const text = rows.map((row) => row.map(quoted).join(",") + end).join("");
      assert.deepEqual(
        read(text).map(({ cells }) => cells),
        rows,
      );
    }),
    { numRuns: 300, seed: 11 },
  );
});

test("a line that would keep its reader busy is refused, quoted or not, in one cell or in many", () => {
  const most = 256 * 1024;
  assert.equal(read(`a,${"x".repeat(most - 10)}\nb`).length, 2);
  const pair = '""';
  for (const long of [
    "x".repeat(most),
    ",".repeat(most + 1),
    `"${"\n".repeat(most)}"`,
    `"${pair.repeat(most)}`,
  ]) {
    assert.throws(
      () => read(`a,b\n${long}`),
      (error) => error instanceof CsvSyntaxError && error.line === 2 && /at most 262144/.test(error.message),
    );
  }
});

test("empty lines are passed over in any number that means something", () => {
  assert.equal(read(`a${"\n".repeat(100_000)}b`).length, 2);
  assert.throws(() => read(" \n".repeat(100_001)), /empty line number 100001/);
});
