import { createHash, randomUUID } from "node:crypto";
import type { ArchivedRow, ArchivedTable, ObjectColumn } from "../../../platform/archive/declaration.ts";
import type { ObjectStore } from "../../../platform/objects/types.ts";
import { linesOf } from "../archiveLines.ts";
import { objectColumnsOf } from "../columnsOf.ts";
import { MOST_DOCUMENT_BYTES } from "../format.ts";
import { refusal } from "../importing/archiveFindings.ts";
import type { CheckedArchive } from "../importing/checkArchive.ts";
import { convertRow } from "../importing/convertRow.ts";
import { NewIds } from "../importing/importNumbers.ts";

/** Where an object of the file is now. */
export interface Copied {
  /** Key, or prefix. */
  readonly place: string;
  /** Of a document, which became another. */
  readonly sha256?: string;
}

export interface Copying {
  readonly checked: CheckedArchive;
  readonly tables: readonly ArchivedTable[];
  readonly ids: ReadonlyMap<string, Float64Array>;
  readonly objects: ObjectStore;
  readonly organizationId: number;
  readonly signal: AbortSignal;
}

/**
 * Makes every object of a checked file anew, under keys that nothing had before. Whatever fails, what was made is
 * deleted; a process that is killed leaves it to the sweep, because no row speaks of it.
 * @returns by their names in the file.
 */
export async function copyObjects(copying: Copying): Promise<Map<string, Copied>> {
  const copied = new Map<string, Copied>();
  try {
    for (const table of copying.tables) await copyTable(table, copying, copied);
    return copied;
  } catch (error) {
    await deleteCopies(copying.objects, copied);
    throw error;
  }
}

export async function deleteCopies(objects: ObjectStore, copied: ReadonlyMap<string, Copied>): Promise<void> {
  for (const { place } of copied.values()) {
    if (place.endsWith("/")) await objects.deletePrefix(place);
    else await objects.delete(place);
  }
}

async function copyTable(table: ArchivedTable, copying: Copying, copied: Map<string, Copied>): Promise<void> {
  const columns = objectColumnsOf(table);
  if (columns.length === 0) return;
  const references = new NewIds(copying.ids, new Map());
  for await (const { text } of linesOf(copying.checked.archive, table.name)) {
    const row = JSON.parse(text) as ArchivedRow;
    const converted = convertRow(table, row, { references, people: new Map() });
    for (const [name, column] of columns) {
      const entry = row[name];
      if (typeof entry !== "string") continue;
      copying.signal.throwIfAborted();
      const place = column.newPlace(converted, randomUUID());
      // Known before it is made, so that half of it is deleted, too.
      copied.set(entry, { place });
      copied.set(entry, await copyObject(column, { entry, place, row, references }, copying));
    }
  }
}

interface Subject {
  readonly entry: string;
  readonly place: string;
  readonly row: ArchivedRow;
  readonly references: NewIds;
}

async function copyObject(
  { content }: ObjectColumn,
  { entry, place, row, references }: Subject,
  { checked, objects, organizationId, signal }: Copying,
): Promise<Copied> {
  const { archive, contents } = checked;
  switch (content.kind) {
    case "blob":
      await objects.put(place, archive.stream(entry), { organizationId });
      return { place };
    case "document": {
      const bytes = content.translate(await archive.read(entry, MOST_DOCUMENT_BYTES), references);
      await objects.put(place, inOnePiece(bytes), { organizationId });
      return { place, sha256: createHash("sha256").update(bytes).digest("hex") };
    }
    case "files":
      try {
        await content.remake({
          row,
          contents,
          signal,
          open: async (name) => archive.open(`${entry}/${name}`),
          openSink: (name) => objects.createWriter(place + name, { organizationId }),
        });
        return { place };
      } catch (error) {
        if (!(error instanceof RangeError)) throw error;
        throw refusal({
          code: "wrong_object",
          at: entry,
          expected: `objects that can be read: ${error.message}`,
        });
      }
  }
}

async function* inOnePiece(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
