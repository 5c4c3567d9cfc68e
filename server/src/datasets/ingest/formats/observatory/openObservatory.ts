import type { TimeReading } from "../../cells/parseTime.ts";
import { type FindingInput, RefusedFile } from "../../findings.ts";
import type { TableInput } from "../../typed/tableInput.ts";
import type { QualityNote, SourceFormat } from "../../types.ts";
import type { FormatInput } from "../formatReader.ts";
import { type FormatRow, openRowTable } from "../rowTable.ts";
import { type TextLine, textLines } from "../textLines.ts";
import type { ElementColumns } from "./elements.ts";

/** Date and time are universal time by definition. */
const TIME: TimeReading = { form: "datetime", usPerUnit: 1, zone: true };

/** A file of an observatory, read line by line. */
export interface ObservatoryLines {
  rowsOf(lines: readonly TextLine[]): FormatRow[];
  /** Null until its header has been read. */
  readonly columns: ElementColumns | null;
  readonly notes: readonly QualityNote[];
  /** Called behind the last line. */
  end?(): void;
}

/**
 * Reads on until the columns are known; the rows that came with them wait.
 *
 * @throws {RefusedFile} `headless`, where the file ends before that.
 */
export async function openObservatory(
  file: ObservatoryLines,
  { bytes, request }: FormatInput,
  { format, headless }: { readonly format: SourceFormat; readonly headless: FindingInput },
): Promise<TableInput> {
  const batches = textLines(bytes, "latin1");
  let waiting: FormatRow[] = [];
  while (file.columns === null) {
    const next = await batches.next();
    if (next.done) throw new RefusedFile(headless);
    waiting = file.rowsOf(next.value);
  }
  async function* rows(): AsyncGenerator<FormatRow[]> {
    if (waiting.length > 0) yield waiting;
    for await (const lines of batches) {
      const some = file.rowsOf(lines);
      if (some.length > 0) yield some;
    }
    file.end?.();
  }
  return openRowTable(
    {
      format,
      header: ["timestamp_pc", ...file.columns.header],
      time: TIME,
      isText: true,
      rows: rows(),
      get assumptions() {
        return file.columns?.assumptions ?? [];
      },
      get notes() {
        return [...file.notes, ...(file.columns?.notes ?? [])];
      },
    },
    request,
  );
}
