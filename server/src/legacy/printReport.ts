import type { ImportReport, ReportLine } from "./importReport.ts";

const MOST_PRINTED = 20;

export interface ReportHead {
  readonly source: string;
  readonly organization: { readonly id: number; readonly name: string };
  readonly dry_run: boolean;
}

/** Counts by table, then the first of what was changed and refused. */
export function reportLines(report: ImportReport, { dry_run }: ReportHead): string[] {
  const head = ["table", "found", dry_run ? "to bring" : "brought", "known", "changed", "refused"];
  const rows = [...report.counts].map(([table, { found, mapped, known, changed, refused }]) => [
    table,
    ...[found, mapped, known, changed, refused].map(String),
  ]);
  return [
    ...columns([head, ...rows]),
    ...some("Changed", report.changes, ({ change }) => change),
    ...some("Refused", report.refusals, ({ reason }) => reason),
    ...some(
      "Files left behind, since opening a trained model of the old MagTrace runs what is in it",
      report.files,
      ({ file, is_there }) => (is_there ? file : `${file} (not there)`),
    ),
  ];
}

export function reportJson(report: ImportReport, head: ReportHead): string {
  return `${JSON.stringify(
    {
      ...head,
      counts: Object.fromEntries(report.counts),
      mapped: report.mappedRows,
      changed: report.changes,
      refused: report.refusals,
      refused_files: report.files,
    },
    null,
    1,
  )}\n`;
}

function some<Line extends ReportLine>(
  title: string,
  lines: readonly Line[],
  said: (line: Line) => string,
): string[] {
  if (lines.length === 0) return [];
  const shown = lines.slice(0, MOST_PRINTED).map((line) => `  ${line.table} ${line.id}: ${said(line)}`);
  const more = lines.length - shown.length;
  return ["", `${title}:`, ...shown, ...(more > 0 ? [`  and ${more} more; --report FILE has them.`] : [])];
}

function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, at) => Math.max(...rows.map((row) => row[at]!.length)));
  return rows.map((row) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join("  "),
  );
}
