import type { Finding } from "@magtrace/contracts";

const MOST_SHOWN = 100;
const LONGEST_VALUE = 80;

export type ArchiveFault =
  | "not_a_project_file"
  | "newer_format"
  | "damaged_file"
  | "too_large"
  | "unknown_entry"
  | "missing_entry"
  | "unknown_table"
  | "wrong_count"
  | "wrong_row"
  | "wrong_object";

/** Where in a file something is wrong, and what belongs there. */
export interface Fault {
  readonly code: ArchiveFault;
  /** Entry of the file, and the column where it is about one. */
  readonly at?: string | undefined;
  readonly line?: number | undefined;
  readonly value?: unknown;
  readonly expected: string;
}

/** A file that cannot be imported, with everything that was found wrong with it. */
export class ArchiveRefused extends Error {
  readonly findings: readonly Finding[];
  readonly total: number;

  constructor(findings: readonly Finding[], total = findings.length) {
    super(findings[0]?.expected ?? "the file cannot be imported");
    this.findings = findings;
    this.total = total;
  }
}

export function refusal(fault: Fault): ArchiveRefused {
  return new ArchiveRefused([findingOf(fault)]);
}

/** Faults of a whole file: the first are kept, all are counted. */
export class FaultList {
  readonly #findings: Finding[] = [];
  #total = 0;

  add(fault: Fault): void {
    this.#total++;
    if (this.#findings.length < MOST_SHOWN) this.#findings.push(findingOf(fault));
  }

  /** @throws {ArchiveRefused} if there is any. */
  refuseIfAny(): void {
    if (this.#total > 0) throw new ArchiveRefused(this.#findings, this.#total);
  }
}

function findingOf({ code, at, line, value, expected }: Fault): Finding {
  return { code, column: at ?? null, line: line ?? null, value: printable(value), expected };
}

function printable(value: unknown): string | null {
  if (value === undefined) return null;
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text
    .toWellFormed()
    .replaceAll(/\p{Cc}/gu, "�")
    .slice(0, LONGEST_VALUE);
}
