import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { commands } from "../../src/cli/commands.ts";
import { variables } from "../../src/config.ts";
import { errorCodes, meaningOf } from "../../src/errors.ts";

const text = readFileSync(new URL("../../../docs/operations.md", import.meta.url), "utf8");

/** The cells of the table under a heading, without its head. */
function rowsUnder(heading: string): string[][] {
  const section = text.split(`\n## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  return lines
    .slice(2)
    .map((line) => line.split(" | ").map((cell) => cell.replace(/^\| ?| ?\|$/g, "").trim()));
}

test("the table of variables says what config.ts reads, in the same order", () => {
  const wanted = Object.entries(variables).map(([name, variable]) => [
    `\`${name}\``,
    variable.fallback === "" ? "" : `\`${variable.fallback}\``,
    `${variable.doc}${"secret" in variable ? " Secret." : ""}`,
  ]);
  assert.deepEqual(rowsUnder("Variables"), wanted);
});

test("the table of exit statuses has every error code at its status", () => {
  const told = new Map<string, number>();
  for (const [status, , codes = ""] of rowsUnder("Exit statuses")) {
    for (const [, code = ""] of codes.matchAll(/`(\w+)`/g)) told.set(code, Number(status));
  }
  const wanted = new Map(errorCodes().map((code) => [code as string, meaningOf(code).exit]));
  assert.deepEqual([...told].sort(), [...wanted].sort());
});

test("every command of the CLI is in the table of commands", () => {
  const told = rowsUnder("Starting").flatMap(([names = ""]) =>
    [...names.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
  );
  assert.deepEqual([...told].sort(), Object.keys(commands).sort());
});
