import assert from "node:assert/strict";
import { test } from "node:test";
import { splitText } from "./dialect.ts";
import { dialectOf } from "./findHeader.ts";
import { lastRecordEnd, lineEndOf } from "./splitRecords.ts";

const known = (header: readonly string[]): number => header.filter((cell) => cell.startsWith("b_")).length;

test("the delimiter is the one that makes the header known, whatever else the rows hold", () => {
  const dialects = new Map([
    ["t,b_x,b_y\n1,2,3\n", [",", "."]],
    ["t;b_x;b_y\n1,5;2,5;3,5\n", [";", ","]],
    ["t;b_x;b_y\n1.5;2,5;3.5\n", [";", "."]],
    ["t\tb_x\tb_y\n2025-06-05 11:24:40,5\t1\t2\n", ["\t", "."]],
    ["t|b_x|a,b;c\n1|2|x,y\n", ["|", "."]],
    ['"t,1","b_x"\n1,2\n', [",", "."]],
    ["t ; b_x ; b_y ; b_z\n1 ; 2 ; 3 ; 4\n", [";", "."]],
  ]);
  for (const [text, expected] of dialects) {
    const dialect = dialectOf(text, known);
    assert.deepEqual([dialect?.delimiter, dialect?.style.decimal], expected, text);
  }
  assert.equal(dialectOf("# nothing\n\n", known), null);
});

test("records keep their lines past comments, quotes and every line end", () => {
  const text = '# one\r\na,"b\nc"\r\r\n\rd,"e ""x"""\n/ no\nf,';
  assert.deepEqual(
    splitText(text, ",").map(({ line, cells }) => [line, cells]),
    [
      [2, ["a", "b\nc"]],
      [5, ["d", 'e "x"']],
      [7, ["f", ""]],
    ],
  );
});

test("a line of 200,000 cells set apart by blanks, or in a comment, is one record", () => {
  assert.equal(splitText(`${"y ".repeat(2e5)}\n`, " ")[0]?.cells.length, 2e5);
  assert.equal(splitText(`# ${"y,".repeat(2e5)}\n`, ",", 1, true)[0]?.cells.length, 2e5 + 1);
});

test("a record ends at a line end outside of quotes only", () => {
  const end = (text: string): number => lastRecordEnd(Buffer.from(text), lineEndOf(Buffer.from(text)));
  assert.equal(end("a\nb\nc"), 4);
  assert.equal(end('a\n"b\nc'), 2);
  assert.equal(end('a,"b\nc"\nd'), 8);
  assert.equal(end('# it"s\nb\nc'), 9);
  assert.equal(end("a\rb\rc"), 4);
  assert.equal(end("a\rb\r"), 2);
  assert.equal(end("none"), 0);
});
