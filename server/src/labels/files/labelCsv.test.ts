import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type LabelFault, readLabelCsv } from "./readLabelCsv.ts";
import { CSV_HEADER, csvLine, type ExportedLabel } from "./writeLabelCsv.ts";

const label: ExportedLabel = {
  start_index: 0,
  end_index: 9,
  category: "Motor",
  confidence: 0.25,
  notes: "",
  created_by: "Ana",
  created_at: "2026-01-02T03:04:05.000Z",
};

function faultsOf(text: string): LabelFault[] {
  return [...readLabelCsv(text)].filter((each) => "expected" in each);
}

test("a line has the columns of the header", () => {
  assert.equal(CSV_HEADER, "start_index,end_index,category,confidence,notes,created_by,created_at\r\n");
  assert.equal(csvLine(label), "0,9,Motor,0.25,,Ana,2026-01-02T03:04:05.000Z\r\n");
});

test("no text begins like a formula, and texts with separators are quoted", () => {
  for (const start of ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", "\n="]) {
    const line = csvLine({ ...label, notes: `${start}cmd`, category: `${start}x`, created_by: `${start}y` });
    const cells = line.split(",").map((cell) => cell.replace(/^"/, ""));
    for (const cell of [cells[2], cells[4], cells[5]]) assert.match(cell!, /^'/);
  }
  assert.match(csvLine({ ...label, notes: 'a "b", c' }), /,"a ""b"", c",/);
  assert.match(csvLine({ ...label, created_by: null }), /,,2026/);
});

test("what is written is read as it was, whatever the texts are", () => {
  const text = fc.string({
    unit: fc.constantFrom("a", "'", "=", "-", "＝", "\t", "\r", "\n", '"', ",", ";"),
    maxLength: 5,
  });
  fc.assert(
    fc.property(text, text, fc.double({ min: 0, max: 1, noNaN: true }), (notes, more, confidence) => {
      const category = `c${more}c`;
      const written = CSV_HEADER + csvLine({ ...label, notes, category, confidence });
      const [read, ...rest] = [...readLabelCsv(written)];
      assert.equal(rest.length, 0);
      assert.deepEqual(read, {
        at: "line 2",
        line: 2,
        start_index: 0,
        end_index: 9,
        category,
        confidence,
        notes,
      });
    }),
    { numRuns: 500, seed: 3 },
  );
});

test("columns stand in any order, unknown ones are passed over, and what is not said is certain and without notes", () => {
  const text = '\uFEFFCategory, END_INDEX ,extra,start_index\r\n"Fan noise",12,?,3\r\n\r\n';
  assert.deepEqual(
    [...readLabelCsv(text)],
    [
      {
        at: "line 2",
        line: 2,
        start_index: 3,
        end_index: 12,
        category: "Fan noise",
        confidence: 1,
        notes: "",
      },
    ],
  );
});

test("semicolons and TABs separate too, then with a decimal comma", () => {
  for (const separator of [";", "\t"]) {
    const text = "start_index,end_index,category,confidence\n1,2,Motor,0.5"
      .replaceAll(",", separator)
      .replace("0.5", "0,5");
    const [read] = [...readLabelCsv(text)];
    assert.equal(read && "confidence" in read && read.confidence, 0.5);
  }
});

test("a header of another kind of file is refused with the one expected", () => {
  for (const text of ["label,label_start,label_end\nwalk,1,2", "", "1,2,Motor"]) {
    const [fault, ...rest] = faultsOf(text);
    assert.equal(rest.length, 0);
    assert.equal(fault?.code, "missing_column");
    assert.match(fault.expected, /start_index,end_index,category/);
    assert.equal(fault.line, 1);
  }
  assert.match(faultsOf("start_index,end_index,category,category\n")[0]!.expected, /twice/);
});

test("each wrong cell is told with its line and column", () => {
  const text = [
    "start_index,end_index,category,confidence,notes",
    "-1,2,Motor,1,",
    "1,2.5,Motor,1,",
    "1,,Motor,1,",
    "1,2, ,1,",
    "1,2,Motor,1.01,",
    "1,2,Motor,certain,",
    "1,2,Motor,.,",
    "1,2,Motor,1,\0",
    "1,2,Motor",
    "99999999999999999999,2,Motor,1,",
    `1,2,Motor,1,${"n".repeat(20_001)}`,
  ].join("\n");
  assert.deepEqual(
    faultsOf(text).map(({ line, column }) => [line, column]),
    [
      [2, "start_index"],
      [3, "end_index"],
      [4, "end_index"],
      [5, "category"],
      [6, "confidence"],
      [7, "confidence"],
      [8, "confidence"],
      [9, "notes"],
      [10, null],
      [11, "start_index"],
      [12, "notes"],
    ],
  );
});

test("a quote without an end is told with its line", () => {
  const [fault] = faultsOf('start_index,end_index,category\n1,2,"Motor\n3,4,Motor\n');
  assert.equal(fault?.code, "not_csv");
  assert.equal(fault.line, 2);
});

test("a cell of very many digits is refused at once", () => {
  const begun = performance.now();
  const digits = "1".repeat(100_000);
  const [fault] = faultsOf(`start_index,end_index,category,confidence\n0,1,a,${digits}x\n`);
  assert.equal(fault?.column, "confidence");
  // Trying every way to share the digits out takes some 40 s.
  assert.ok(performance.now() - begun < 10_000);
});
