import { createHash } from "node:crypto";
import { splitText } from "../text/dialect.ts";
import { headText } from "./headText.ts";

/** A header stands within these. */
const LINES_LOOKED_AT = 200;
const BYTES_LOOKED_AT = 256 * 1024;
const DELIMITERS = [",", ";", "\t", "|"];

/** What tells files of one kind by: the names of their columns, in their order, but for case and outer spaces. */
export function headerSignature(header: readonly string[]): string {
  const names = header.map((name) => name.trim().toLowerCase());
  // A sign that makes the line a comment is not part of the first name.
  names[0] = names[0]!.replace(/^[#%/\s]+/, "");
  return createHash("sha256").update(names.join("\u001f")).digest("hex");
}

/** The signature that each of the first lines would have as a header, whatever delimits its cells. */
export function possibleSignatures(head: Uint8Array): Set<string> {
  const text = headText(head.subarray(0, BYTES_LOOKED_AT));
  const found = new Set<string>();
  for (const line of text.split(/\r?\n|\r/, LINES_LOOKED_AT)) {
    const plain = line.replace(/^[\uFEFF#%/\s]+/, "");
    for (const delimiter of DELIMITERS) {
      if (!plain.includes(delimiter)) continue;
      const cells = splitText(plain, delimiter, 1)[0]?.cells ?? [];
      if (cells.length > 1) found.add(headerSignature(cells));
    }
    const words = plain.trim().split(/\s+/, 1001);
    if (words.length > 1) found.add(headerSignature(words));
  }
  return found;
}
