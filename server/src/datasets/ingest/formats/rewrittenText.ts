import { RefusedFile, UndecidedFile } from "../findings.ts";
import { threadsFor } from "../text/parseThreads.ts";
import { openTextInput } from "../text/textInput.ts";
import type { TableInput } from "../typed/tableInput.ts";
import type { IngestRequest, QualityNote, SourceFormat } from "../types.ts";

/** Records written as comma-separated text, to be read by the same code as any other table. */
export interface RewrittenText {
  readonly format: SourceFormat;
  /** The text; from its beginning, each time it is asked for. */
  readonly text: () => AsyncIterable<Uint8Array>;
  /** Lines of the text before the place where its lines are the file's again. */
  readonly linesAdded: number;
  readonly likelyBytes: number;
  /** Looked at when the rows have been read: the writer may add to it while it does. */
  readonly notes: readonly QualityNote[];
}

/** @throws {RefusedFile} as `openTextInput`, naming lines of the file. */
export async function openRewritten(rewritten: RewrittenText, request: IngestRequest): Promise<TableInput> {
  const { format, linesAdded, likelyBytes, notes, text } = rewritten;
  const { mapping, limits } = request;
  const threads = request.threads ?? threadsFor(likelyBytes, request.processors);
  const dialect = { delimiter: ",", decimal: ".", encoding: "utf-8", header_line: 1 } as const;
  const known = mapping === undefined ? undefined : { ...mapping, ...dialect };
  let table: TableInput;
  try {
    table = await openTextInput(text(), {
      mapping: known,
      limits,
      threads,
      filename: request.filename,
      reopen: text,
    });
  } catch (error) {
    if (!(error instanceof RefusedFile) || error instanceof UndecidedFile) throw error;
    throw new RefusedFile(
      ...error.findings.map((finding) =>
        finding.line === undefined ? finding : { ...finding, line: Math.max(1, finding.line - linesAdded) },
      ),
    );
  }
  return {
    ...table,
    linesBefore: table.linesBefore - linesAdded,
    source: { ...table.source, format, delimiter: null, decimal: null },
    get notes() {
      return [...table.notes, ...notes];
    },
  };
}

/** A cell of such a text. Line ends become spaces: a record is a line. */
export function quotedCell(text: string): string {
  return `"${text.replaceAll('"', '""').replace(/[\r\n]+/g, " ")}"`;
}
