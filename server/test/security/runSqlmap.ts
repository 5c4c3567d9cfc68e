import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";

export interface SqlmapVerdict {
  /** Its own words for what it found; empty when it found nothing. */
  readonly injections: string;
  readonly requests: number;
  /** All it said, where it came to no verdict. */
  readonly trouble: string | null;
}

const OPTIONS = [
  "--batch",
  "--flush-session",
  "--disable-coloring",
  "--dbms=PostgreSQL",
  "--level=1",
  "--risk=1",
  "--threads=4",
  "--retries=0",
  "--skip-waf",
  "--ignore-code=401",
  "--ignore-stdin",
  // A route that answers 404 at first is attacked all the same.
  "--answers=quit=N",
  "--union-cols=1-6",
];

/**
 * How it looks: by answers (boolean, error, union), or by time alone, within a statement or in one stacked behind it.
 * What answers take is learnt from thirty of them first, so a busy machine is not taken for a fault easily.
 */
export const techniques = {
  answers: ["--technique=BEU"],
  time: ["--technique=ST", "--time-sec=5"],
  /** To look again: what a burst of other work looked like once. */
  longerTime: ["--technique=ST", "--time-sec=12"],
} as const;

/** Lets sqlmap loose on every marked place of one request. */
export async function runSqlmap(
  name: string,
  request: string,
  { folder, technique }: { folder: string; technique: keyof typeof techniques },
): Promise<SqlmapVerdict> {
  const file = join(folder, `${name}.request`);
  const traffic = join(folder, `${name}.traffic`);
  writeFileSync(file, request);
  const args = [
    ...OPTIONS,
    ...techniques[technique],
    "-r",
    file,
    "-t",
    traffic,
    `--output-dir=${join(folder, name)}`,
  ];
  const child = spawn("sqlmap", args, {
    stdio: ["ignore", "pipe", "pipe"],
    timeout: 300_000,
    env: { ...process.env, TERM: "dumb" },
  });
  const [said, complained] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, "close"),
  ]);
  const found = /identified the following injection point[\s\S]*/.exec(said)?.[0] ?? "";
  const isClean = /all tested parameters do not appear to be injectable/.test(said);
  return {
    injections: found,
    requests: readFileSync(traffic, "latin1").match(/^HTTP request \[#\d+\]/gm)?.length ?? 0,
    trouble: found !== "" || isClean ? null : said + complained,
  };
}
