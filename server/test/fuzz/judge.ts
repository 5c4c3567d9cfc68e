import { openSeries, type Series } from "@magtrace/series";
import type { DrawnFile } from "../../../bench/cases/drawFile.ts";
import { readCase } from "../../../bench/cases/readCase.ts";
import { verdictOf } from "../../../bench/cases.ts";
import { memoryFiles } from "../../../packages/series/test/memoryFiles.ts";
import { ingestFile } from "../../src/datasets/ingest/ingest.ts";
import { inspectFile } from "../../src/datasets/ingest/inspectFile.ts";
import type { Finding, FindingCode, IngestAccepted, IngestOutcome } from "../../src/datasets/ingest/types.ts";
import { hostileSource } from "../support/ingestBytes.ts";
import type { FuzzFile } from "./fuzzFile.ts";
import type { Truth } from "./grammarTable.ts";
import { PRODUCT_LIMITS } from "./limits.ts";
import { numbersOfText, strangeValue } from "./numbersOfText.ts";

export type Verdict = "values equal" | "read" | "asked" | "refused";

export interface Judged {
  readonly verdict: Verdict;
  /** Whether the values of a mutated text were held against a parse of our own. */
  readonly held: boolean;
  /** What is wrong with how the product took it; empty where nothing is. */
  readonly failures: readonly string[];
}

/** Of these a text always has a place: a line, or the column that has the fault throughout. */
const PLACED: ReadonlySet<FindingCode> = new Set([
  "not_a_number",
  "not_a_time",
  "row_width",
  "field_too_long",
  "unclosed_quote",
]);

/** Reads a file as an upload and as a preview, and says what is wrong with either. */
export async function judge(file: FuzzFile): Promise<Judged> {
  if (file.drawn !== null) return judgeDrawn(file, file.drawn);
  const failures: string[] = [];
  const written = memoryFiles(1 << 20);
  const scratch = memoryFiles(1 << 20);
  const { bytes, filename } = file;
  const outcome = await ingestFile({
    source: hostileSource(bytes, 1 + ((bytes.length * 31) % 65_521)),
    filename,
    limits: PRODUCT_LIMITS,
    openSink: written.openSink,
    scratch,
    threads: 0,
  });
  if (written.open.size + scratch.open.size > 0) failures.push("leaves a file open");
  if (!outcome.ok && written.files.size > 0) failures.push("is refused and leaves files");
  await inspect(file, outcome, failures);
  if (!outcome.ok) {
    failures.push(...outcome.findings.flatMap((finding) => faultsOf(finding, bytes)));
    if (outcome.findings.length === 0) failures.push("is refused without a finding");
    const asked = outcome.questions.length > 0;
    const said = outcome.findings
      .map(({ line, column, expected }) => `${line}:${column} ${expected}`)
      .join(" | ");
    if (file.truth !== null)
      failures.push(`is sound, and ${asked ? "asked about" : "refused"}: ${said.slice(0, 400)}`);
    return { verdict: asked ? "asked" : "refused", held: false, failures };
  }
  // Where the fault came to be in the last line, that one is left out, and said.
  const without = outcome.quality.assumptions.some(({ subject }) => subject === "last_line");
  if (file.mustRefuse && !without) failures.push("is accepted, and may not be");
  const series = await openSeries({ open: written.openSource });
  if (file.truth !== null) {
    failures.push(...(await differences(series, outcome, file.truth)));
    return { verdict: "values equal", held: true, failures };
  }
  return { verdict: "read", held: await holdAgainst(series, outcome, bytes, failures), failures };
}

/** As the bench `cases` judges them; what cannot be known may be asked. */
async function judgeDrawn(file: FuzzFile, drawn: DrawnFile): Promise<Judged> {
  const reading = await readCase(file, drawn.expected);
  const wrong = verdictOf(drawn, reading) === "wrong";
  const failures = wrong ? [`reads wrong: ${[...reading.differences, reading.said].join(", ")}`] : [];
  const verdict = reading.outcome === "accepted" ? "values equal" : reading.outcome;
  return { verdict, held: false, failures };
}

function faultsOf({ expected, value, line, column, code }: Finding, bytes: Uint8Array): string[] {
  const faults: string[] = [];
  if (expected.length === 0 || expected.length > 4000)
    faults.push(`a finding of ${expected.length} characters`);
  if ((value ?? "").length > 160) faults.push(`a value of ${value!.length} characters`);
  if (line !== null && (line < 1 || line > bytes.length + 1)) faults.push(`line ${line}`);
  const isText =
    !bytes.subarray(0, 400).includes(0) && bytes[0] !== 0x1f && bytes[0] !== 0x28 && bytes[0] !== 0x89;
  if (isText && PLACED.has(code) && line === null && column === null)
    faults.push(`${code} without a place: ${expected.slice(0, 200)}`);
  return faults;
}

/** A preview of the whole, or of a part as a browser would send it. */
async function inspect(file: FuzzFile, outcome: IngestOutcome, failures: string[]): Promise<void> {
  const { bytes, filename } = file;
  // A preview takes as long as the upload: half of the files are enough.
  if (bytes.length % 2 === 0) return;
  const complete = bytes.length % 3 !== 0;
  const head = complete ? bytes : bytes.subarray(0, Math.floor(bytes.length / 2));
  const inspected = await inspectFile({
    head: { bytes: head, complete },
    filename,
    limits: PRODUCT_LIMITS,
    totalBytes: bytes.length,
  });
  // What is packed and damaged is previewed as far as it could be unpacked.
  if (!inspected.complete || inspected.no_preview !== null) return;
  if (inspected.readable !== outcome.ok)
    failures.push(
      `its preview says ${inspected.readable ? "readable" : "unreadable"}, its upload the opposite`,
    );
  const rows = inspected.readings?.estimated_rows ?? null;
  if (outcome.ok && rows !== outcome.rows) failures.push(`its preview has ${rows} rows, not ${outcome.rows}`);
}

async function differences(series: Series, outcome: IngestAccepted, truth: Truth): Promise<string[]> {
  const rows = truth.timeUs.length;
  if (outcome.rows !== rows || series.rows !== rows) return [`has ${outcome.rows} rows, not ${rows}`];
  const names = ["b_x", "b_y", "b_z"] as const;
  const absent = names.filter((name) => !outcome.channels.includes(name));
  if (absent.length > 0) return [`has no ${absent.join(", ")}`];
  const { timeUs, columns } = await series.readRows(0, rows, names);
  const found: string[] = [];
  if ((outcome.time.kind === "absolute") !== truth.absolute) found.push(`has ${outcome.time.kind} times`);
  const [origin, wantedOrigin] = truth.absolute ? [0, 0] : [timeUs[0]!, truth.timeUs[0]!];
  for (let row = 0; row < rows && found.length < 3; row++) {
    const [got, wanted] = [timeUs[row]! - origin, truth.timeUs[row]! - wantedOrigin];
    if (got !== wanted) found.push(`time of row ${row} is ${got}, not ${wanted} µs`);
    for (const [axis, name] of names.entries()) {
      const [value, right] = [columns[axis]![row]!, truth[name][row]!];
      const equal = Number.isNaN(right) ? Number.isNaN(value) : Math.abs(value - right) <= truth.withinNt;
      if (!equal) found.push(`${name} of row ${row} is ${value}, not ${right}`);
    }
  }
  return found;
}

/** Whether a mutated file could be held against a parse of our own. */
async function holdAgainst(
  series: Series,
  outcome: IngestAccepted,
  bytes: Uint8Array,
  failures: string[],
): Promise<boolean> {
  if (series.rows !== outcome.rows) failures.push(`a series of ${series.rows} rows, not ${outcome.rows}`);
  const axes = ["b_x", "b_y", "b_z"].filter((axis) => outcome.channels.includes(axis));
  const { timeUs, columns } = await series.readRows(0, outcome.rows, axes);
  if (!timeUs.every(Number.isSafeInteger)) failures.push("a time that is no number");
  let held = false;
  for (const [i, axis] of axes.entries()) {
    const values = [...columns[i]!];
    if (values.some((value) => value === Number.POSITIVE_INFINITY || value === Number.NEGATIVE_INFINITY))
      failures.push(`an endless value of ${axis}`);
    const written = numbersOfText(bytes, outcome.source, axis);
    if (written === null) continue;
    held = true;
    const strange = strangeValue(values, written);
    if (strange !== null) failures.push(`${axis} has ${strange}, which is not in the file`);
  }
  return held;
}
