import type { Question } from "@magtrace/contracts";
import type { Finding, FindingCode } from "./types.ts";

const FINDINGS_KEPT = 100;
const VALUE_CHARACTERS = 80;

export interface FindingInput {
  readonly code: FindingCode;
  readonly expected: string;
  readonly line?: number;
  readonly column?: string;
  readonly value?: string;
}

/** Text of a file as it may stand in an answer: clipped, and without characters that print as something else. */
export function printable(text: string): string {
  // Control, format and bidirectional-override characters, and lone surrogates.
  const line = text.slice(0, 4 * VALUE_CHARACTERS).replace(/[\t\r\n]+/g, " ");
  const clean = line.replace(/[\p{C}\u2028\u2029]/gu, "\uFFFD");
  const characters = [...clean];
  if (characters.length <= VALUE_CHARACTERS) return clean;
  return `${characters.slice(0, VALUE_CHARACTERS - 1).join("")}…`;
}

/** Thrown where a file is so wrong that reading on makes no sense; `ingestFile` turns it into an outcome. */
export class RefusedFile extends Error {
  readonly findings: readonly FindingInput[];
  readonly questions: readonly Question[] = [];

  constructor(...findings: readonly FindingInput[]) {
    super(findings[0]?.expected);
    this.name = "RefusedFile";
    this.findings = findings;
  }
}

/** Thrown where the file can be meant in several ways and each would give other numbers. */
export class UndecidedFile extends RefusedFile {
  override readonly questions: readonly Question[];

  /** @param findings What is wrong, in words; without it, that an answer is wanted. */
  constructor(questions: readonly Question[], findings?: readonly FindingInput[]) {
    super(
      ...(findings ??
        questions.map(({ asked, reason, column }): FindingInput => {
          const at = column === null ? {} : { column };
          return { ...at, code: "question", expected: `an answer: ${asked} ${reason}` };
        })),
    );
    this.name = "UndecidedFile";
    this.questions = questions;
  }
}

/** The first hundred findings, and how many there are. */
export class FindingList {
  readonly kept: Finding[] = [];
  total = 0;

  add(finding: FindingInput): void {
    this.total++;
    if (this.kept.length >= FINDINGS_KEPT) return;
    this.kept.push({
      line: finding.line ?? null,
      column: finding.column === undefined ? null : printable(finding.column),
      value: finding.value === undefined ? null : printable(finding.value),
      expected: finding.expected,
      code: finding.code,
    });
  }

  /** Adds what another reader of the same file found: those it kept, and how many more there were. */
  addAll(findings: readonly FindingInput[], total: number): void {
    for (const finding of findings) this.add(finding);
    this.total += total - findings.length;
  }
}
