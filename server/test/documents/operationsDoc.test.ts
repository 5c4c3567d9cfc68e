import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
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

/** `config.NAME`, or NAME taken out of it by name. What only hands it on under its own name reads nothing. */
function reads(source: string, name: string): boolean {
  const others = source.replaceAll(new RegExp(`\\b${name}: \\w+\\.${name}\\b`, "g"), "");
  return new RegExp(`\\bconfig\\.${name}\\b|[{,]\\s*${name}\\s*(: (?!undefined)[a-z]\\w*\\s*)?[,}]`).test(
    others,
  );
}

test("every variable has a reader in the sources", () => {
  const root = new URL("../../src/", import.meta.url);
  const sources = globSync("**/*.ts", { cwd: root })
    .filter((file) => file !== "config.ts" && !/\.test\.ts$|(^|\/)testing\//.test(file))
    .map((file) => readFileSync(new URL(file, root), "utf8"));
  const unread = Object.keys(variables).filter((name) => !sources.some((source) => reads(source, name)));
  assert.deepEqual(unread, []);
});

test("handing a variable on is not reading it", () => {
  assert.equal(reads("return { PORT: config.PORT };", "PORT"), false);
  assert.equal(reads("listen(config.PORT);", "PORT"), true);
  assert.equal(reads("const { HOST, PORT } = config;", "PORT"), true);
  assert.equal(reads("const { PORT: port } = config;", "PORT"), true);
  assert.equal(reads("return { ...environment, PORT: undefined };", "PORT"), false);
  assert.equal(reads('const said = "PORT";', "PORT"), false);
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
