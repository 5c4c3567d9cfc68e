import type { FindingInput } from "../findings.ts";
import type { CellCount } from "./rowBlock.ts";
import type { RowPlan } from "./rowPlan.ts";

const SPACE = 32;
const FINDINGS_KEPT = 100;
const PLACES_KEPT = 10;

/** A stretch of a block's bytes. */
export interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** What is noted of a block while its rows are read: what is wrong with it, and which cells are empty. */
export class RowNotes {
  readonly findings: FindingInput[] = [];
  totalFindings = 0;
  readonly missing: readonly CellCount[];
  readonly notNumbers: readonly CellCount[];
  readonly #bytes: Uint8Array;
  readonly #plan: RowPlan;

  constructor(bytes: Uint8Array, plan: RowPlan) {
    this.#bytes = bytes;
    this.#plan = plan;
    this.missing = plan.factors.map(() => ({ count: 0, lines: [] }));
    this.notNumbers = plan.factors.map(() => ({ count: 0, lines: [] }));
  }

  find(finding: FindingInput): void {
    this.totalFindings++;
    if (this.findings.length < FINDINGS_KEPT) this.findings.push(finding);
  }

  /** @param line From the block's first, 0-based. */
  fault(
    code: FindingInput["code"],
    { from, to }: Stretch,
    { line, column, expected }: { readonly line: number; readonly column: number; readonly expected: string },
  ): void {
    const value = this.text(from, Math.min(to, from + 400));
    const name = this.#plan.names[column];
    this.find({ code, line: line + 1, value, expected, ...(name === undefined ? {} : { column: name }) });
  }

  tooLong({ from, to }: Stretch, line: number, column: number): void {
    const expected = `cells of at most ${this.#plan.maxFieldBytes} bytes; this one has ${to - from}`;
    this.fault("field_too_long", { from, to: Math.min(to, from + 200) }, { line, column, expected });
  }

  /** Too many cells or too few; empty ones behind the last column are let pass. */
  width({ from, to }: Stretch, line: number, cells: number): void {
    const { roles, delimiter } = this.#plan;
    const bytes = this.#bytes;
    if (cells > roles.length) {
      let at = to;
      let surplus = cells - roles.length;
      while (surplus > 0 && at > from && (bytes[at - 1] === delimiter || bytes[at - 1] === SPACE)) {
        if (bytes[--at] === delimiter) surplus--;
      }
      if (surplus === 0) return;
    }
    this.find({
      code: "row_width",
      line: line + 1,
      value: this.text(from, Math.min(to, from + 400)),
      expected: `${roles.length} cells, as the header has; this row has ${cells}`,
    });
  }

  text(from: number, to: number): string {
    const bytes = this.#bytes;
    return Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString("utf8");
  }
}

/** @param line From the block's first, 0-based. */
export function countCell(cells: CellCount, line: number): void {
  cells.count++;
  if (cells.lines.length < PLACES_KEPT) cells.lines.push(line);
}
