import { chownSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import type { Account } from "./serverAccount.ts";

/** The path of a socket has at most 107 bytes on Linux and 103 on macOS, and data folders may lie deep. */
const PARENT = "/tmp";
const PREFIX = "magtrace-socket-";

/**
 * A new folder for a server's socket that nobody else can enter; undefined where there are no Unix sockets.
 *
 * @param wished The one of the last start, so that processes which outlive a restart of the server find it again.
 */
export function makeSocketFolder(
  account: Account | undefined,
  wished: string | undefined,
): string | undefined {
  if (process.platform === "win32") return undefined;
  try {
    const folder = madeAnew(wished) ?? mkdtempSync(join(PARENT, PREFIX));
    if (account) chownSync(folder, account.uid, account.gid);
    return folder;
  } catch {
    // A machine without such a folder, or one that may not be written: then over TCP.
    return undefined;
  }
}

/** Whoever else has taken its name meanwhile keeps it. */
function madeAnew(folder: string | undefined): string | undefined {
  if (folder === undefined || !basename(folder).startsWith(PREFIX)) return undefined;
  try {
    mkdirSync(folder, { mode: 0o700 });
    return folder;
  } catch {
    return undefined;
  }
}

/** Of a server that has ended. Nothing but what we made. */
export function removeSocketFolder(folder: string | undefined): void {
  if (folder === undefined || !basename(folder).startsWith(PREFIX)) return;
  rmSync(folder, { recursive: true, force: true });
}
