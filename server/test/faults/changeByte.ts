import { readFileSync, writeFileSync } from "node:fs";
import type { Draw } from "../../../bench/cases/draw.ts";

/** Changes one bit of a file. @returns which byte it is in, and what changes it back. */
export function changeByte(path: string, draw: Draw): { readonly at: number; undo(): void } {
  const at = draw.integer(0, readFileSync(path).length - 1);
  const flip = 1 << draw.integer(0, 7);
  const change = () => {
    const bytes = readFileSync(path);
    bytes[at]! ^= flip;
    writeFileSync(path, bytes);
  };
  change();
  return { at, undo: change };
}
