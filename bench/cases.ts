import { resolve } from "node:path";
import { parseArgs } from "node:util";
import type { Print } from "./bench.ts";
import { type DrawnFile, drawFile } from "./cases/drawFile.ts";
import { type Reading, readCase } from "./cases/readCase.ts";
import { type JudgedCase, readSharedCases, type Verdict } from "./cases/sharedCases.ts";

export const name = "cases";

/**
 * Whether files as instruments write them come out right, are asked about, are refused clearly, or come out wrong: the
 * recorded cases where they are present, and files drawn from all kinds of dialects, forms of time, units, missing values
 * and preambles. Options: --files N (2000), --seed N (1), --folder DIR (../shared/data/cases), --show (each that is not
 * right, with what was said of it), --list (each recorded case with its result, as rows of a table).
 */
export async function run(args: string[], print: Print): Promise<void> {
  const options = {
    files: { type: "string" },
    seed: { type: "string" },
    folder: { type: "string" },
    show: { type: "boolean" },
    list: { type: "boolean" },
  } as const;
  const { values } = parseArgs({ args, options });
  const folder = resolve(values.folder ?? "../shared/data/cases");
  const recorded = await readSharedCases(folder);
  if (recorded === null) console.log(`No recorded cases in ${folder}: left out.`);
  else {
    for (const verdict of ["right", "asked", "refused", "wrong"] as const)
      print(`cases_recorded_${verdict}`, recorded.filter((one) => one.verdict === verdict).length, "files");
    print(
      "cases_recorded_allowed",
      recorded.filter((one) => one.allowed).length,
      `of ${recorded.length} files`,
    );
    for (const one of recorded) {
      if (values.list) console.log(rowOf(one));
      if (values.show || !one.allowed)
        console.log(`${one.allowed ? "ok " : "NOT"} ${one.verdict} ${one.file}: ${one.said} [${one.right}]`);
    }
  }

  const [files, seed] = [Number(values.files ?? 2000), Number(values.seed ?? 1)];
  const counts: Record<Verdict, number> = { right: 0, asked: 0, refused: 0, wrong: 0 };
  const known = { all: 0, right: 0 };
  for (let i = 0; i < files; i++) {
    const file = drawFile(seed * 1_000_000 + i);
    const reading = await readCase(file, file.expected);
    const verdict = verdictOf(file, reading);
    counts[verdict]++;
    if (file.known) {
      known.all++;
      if (verdict === "right") known.right++;
    }
    if (verdict === "wrong" || (values.show && file.known && verdict !== "right"))
      console.log(
        `${verdict} seed ${seed * 1_000_000 + i}: ${file.family}: ${[...reading.differences, reading.said].join(" | ")}`,
      );
  }
  for (const [verdict, count] of Object.entries(counts))
    print(`cases_drawn_${verdict}`, count, `of ${files} files`);
  print("cases_drawn_known_right", known.right / Math.max(known.all, 1), `of ${known.all} files`);
}

/** A case as a row of Markdown: what it is, what became of it, and what was said. */
function rowOf({ file, wanted, verdict, said }: JudgedCase): string {
  const plain = (text: string) => text.replaceAll("|", "·").replace(/\s+/g, " ").trim();
  const id = /^s\d+[a-z]?/.exec(file)?.[0] ?? file;
  const short = said.length > 150 ? `${said.slice(0, 149)}…` : said;
  return `| ${id}${file.endsWith("mapping") ? " (mapped)" : ""} | ${plain(wanted)} | ${verdict} | ${plain(short)} |`;
}

export function verdictOf(file: DrawnFile, reading: Reading): Verdict {
  if (reading.outcome !== "accepted") return reading.outcome;
  if (file.unreadable) return "wrong";
  if (reading.differences.length === 0) return "right";
  // Where the file cannot say, one of the readings may be taken if that is said and can be changed.
  const said = reading.assumptions.some(({ others }) => others.length > 0);
  return file.mayAssume && said ? "asked" : "wrong";
}
