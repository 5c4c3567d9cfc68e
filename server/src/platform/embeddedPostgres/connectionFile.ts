import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../errors.ts";

/** What `postgres.json` in the data folder holds. Mode 0600: it has the superuser's password. */
export interface ConnectionFile {
  readonly port: number;
  readonly password: string;
  /** Process number of the server, or 0 when it was stopped. */
  readonly pid: number;
  /** Folder of its Unix socket; absent where it has none. */
  readonly socketDir?: string | undefined;
}

export const ownerRole = "magtrace_owner";

export function connectionFilePath(dataDir: string): string {
  return join(dataDir, "postgres.json");
}

/** The stored connection, or undefined when there is none or it cannot be understood. */
export function readConnectionFile(dataDir: string): ConnectionFile | undefined {
  let text: string;
  try {
    text = readFileSync(connectionFilePath(dataDir), "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "EACCES") {
      throw new AppError(
        "not_allowed",
        "The data folder belongs to another system account. Use the account that runs MagTrace.",
        { cause },
      );
    }
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw cause;
  }
  try {
    const { port, password, pid, socketDir } = JSON.parse(text) as Partial<ConnectionFile>;
    if (!Number.isInteger(port) || typeof password !== "string" || !/^[\w-]{20,}$/.test(password))
      return undefined;
    return {
      port: Number(port),
      password,
      pid: Number.isInteger(pid) ? Number(pid) : 0,
      ...(typeof socketDir === "string" ? { socketDir } : {}),
    };
  } catch {
    return undefined;
  }
}

/** Replaces the file as a whole; a crash leaves the old one or the new one. */
export function writeConnectionFile(dataDir: string, connection: ConnectionFile): void {
  const path = connectionFilePath(dataDir);
  const partial = `${path}.${process.pid}.partial`;
  rmSync(partial, { force: true });
  writeFileSync(partial, `${JSON.stringify(connection)}\n`, { mode: 0o600, flush: true });
  renameSync(partial, path);
}

/** By its socket where it has one: a round trip takes half as long as over TCP. The rest is for programs that know no sockets. */
export function ownerUrl({ port, password, socketDir }: ConnectionFile, database: string): string {
  const socket = socketDir === undefined ? "" : `?host=${encodeURIComponent(socketDir)}`;
  return `postgresql://${ownerRole}:${password}@127.0.0.1:${port}/${database}${socket}`;
}
