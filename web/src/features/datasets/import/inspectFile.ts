import type { ColumnMapping, Inspection } from "@magtrace/contracts";
import { send } from "../../../api/client.ts";
import { isEmptyMapping } from "./mappingParts.ts";

const MIB = 1024 * 1024;
/** Of a text no more is looked at. */
const TEXT_HEAD_BYTES = MIB;
/** A file of another kind is looked at as a whole, and only up to this size. */
const WHOLE_FILE_BYTES = 16 * MIB;
const SHOWS_ITS_KIND_BYTES = 4096;

export type Inspect = (file: File, mapping: ColumnMapping, signal: AbortSignal) => Promise<Inspection>;

/** How a project's server would read a file, by as much of it as is looked at. */
export function inspectFor(projectId: number): Inspect {
  return async (file, mapping, signal) => {
    const form = new FormData();
    form.append("project", String(projectId));
    form.append("filename", file.name);
    form.append("total_bytes", String(file.size));
    if (!isEmptyMapping(mapping)) form.append("mapping", JSON.stringify(mapping));
    form.append("file", await headOf(file), file.name);
    const response = await send("datasets/inspect/", { method: "POST", form, signal });
    return (await response.json()) as Inspection;
  };
}

async function headOf(file: File): Promise<Blob> {
  if (file.size <= TEXT_HEAD_BYTES) return file;
  const start = new Uint8Array(await file.slice(0, SHOWS_ITS_KIND_BYTES).arrayBuffer());
  const isWhole = file.size <= WHOLE_FILE_BYTES && !isTextOrPacked(start);
  return isWhole ? file : file.slice(0, TEXT_HEAD_BYTES);
}

/** gzip, Zstandard, or text: only where characters are two bytes wide, behind a mark, are there zero bytes in it. */
function isTextOrPacked(start: Uint8Array): boolean {
  const begins = (...bytes: number[]) => bytes.every((byte, at) => start[at] === byte);
  if (begins(0x1f, 0x8b) || begins(0x28, 0xb5, 0x2f, 0xfd)) return true;
  return begins(0xff, 0xfe) || begins(0xfe, 0xff) || !start.includes(0);
}
