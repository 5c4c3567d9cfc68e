import type { ReadableFile } from "../../../platform/archive/readable.ts";
import { type Manifest, readableName } from "../format.ts";

/** What somebody reads who has the file and no MagTrace. */
export function readmeOf(manifest: Manifest, readable: readonly ReadableFile[]): string {
  const { project, tables, unfinished } = manifest;
  const lines = [
    "# A project of MagTrace",
    "",
    `Exported by MagTrace ${manifest.program_version}, form ${manifest.version}. Its name, description and settings are in \`magtrace.json\`.`,
    "",
    `- name: ${JSON.stringify(project.name)}`,
    ...Object.entries(tables).map(([table, rows]) => `- ${table}: ${rows}${leftBehind(unfinished[table])}`),
    "",
    "## To be read by people and other programs",
    "",
    ...(readable.length === 0 ? ["This file was exported without that part.", ""] : []),
    ...readable.map(({ name, about }) => `- \`${readableName(name)}\`: ${about}.`),
    "",
    "Fields are in nT, times in UTC. Cells that a spreadsheet would run begin with an apostrophe. Rows of each kind are",
    "numbered 1, 2, 3 … in the order they were made; a number after the last one is of a row that was deleted.",
    "",
    "## To be imported",
    "",
    "`tables/` has every row as JSON lines, `objects/` every stored file: originals as they were uploaded, readings as",
    "Arrow (`base.arrow`), frozen labels, trained models. MagTrace reads these and nothing of `readable/`.",
    "`SHA256SUMS` has the SHA-256 of every other entry: `sha256sum --check SHA256SUMS`.",
    "",
  ];
  return lines.join("\n");
}

function leftBehind(rows: number | undefined): string {
  return rows === undefined ? "" : ` (and ${rows} whose work had not ended, which are not here)`;
}
