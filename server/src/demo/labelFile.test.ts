import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../errors.ts";
import { readLabelFile } from "./labelFile.ts";

test("labels are read whatever the order of columns, the line ends, a BOM or quotes", () => {
  const expected = [
    { startIndex: 0, endIndex: 10, category: "Fan noise" },
    { startIndex: 12, endIndex: 12, category: 'a, "b"' },
  ];
  assert.deepEqual(
    readLabelFile("f", 'start_index,end_index,category\n0,10,Fan noise\n12,12,"a, ""b"""\n'),
    expected,
  );
  assert.deepEqual(
    readLabelFile("f", '\uFEFFcategory,id,end_index,start_index\r\nFan noise,,10,0\r\n"a, ""b""",7,12,12'),
    expected,
  );
});

test("what is not a label is refused with its line", () => {
  for (const [text, message] of [
    ["", /line 1/],
    ["start,end,category\n", /line 1: the columns/],
    ["start_index,end_index,category\n", /line 2/],
    ["start_index,end_index,category\n1,2,a\n3,b,a\n", /line 3: two row numbers/],
    ["start_index,end_index,category\n5,4,a\n", /line 2: two row numbers/],
    ["start_index,end_index,category\n-1,4,a\n", /line 2: two row numbers/],
    ["start_index,end_index,category\n1,4,\n", /line 2: a category/],
    ["start_index,end_index,category\n1\n", /line 2/],
  ] as const) {
    assert.throws(
      () => readLabelFile("labels.csv", text),
      (error) =>
        error instanceof AppError && message.test(error.message) && error.message.startsWith("labels.csv"),
      JSON.stringify(text),
    );
  }
});
