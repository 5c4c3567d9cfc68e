import assert from "node:assert/strict";
import { test } from "node:test";
import { numberStyle } from "./numberStyle.ts";

/** Decimal sign, thousands' sign, `?` where the size decides. */
function styleOf(rows: readonly string[]): string {
  const { decimal, grouping, open } = numberStyle(
    rows.map((row) => ({ cells: row.split(";") })),
    undefined,
  );
  return `${decimal}${grouping ?? ""}${open ? "?" : ""}`;
}

test("the sign before fractions and that between thousands are told by the cells of all rows", () => {
  const many = (row: string): string[] => Array.from({ length: 30 }, () => row);
  const styles: readonly (readonly [string[], string])[] = [
    [["1.5;2.25"], "."],
    [["1,5;2,25"], ","],
    [["18,432.50;-780.16"], ".,"],
    [["18.432,50;-780,16"], ",."],
    [["1,234,567"], ".,"],
    [["0,02;18.430;-780"], ",."],
    [["0.02;18,430;-780"], ".,"],
    [["1.5;2,5"], "."],
    [["7;18,430;20,780"], ",?"],
    [["7;18.430;20.780"], ".?"],
    [[...many("18,430"), "780"], ".,"],
    [[], "."],
  ];
  for (const [rows, expected] of styles) assert.equal(styleOf(rows), expected, rows[0]);
});
