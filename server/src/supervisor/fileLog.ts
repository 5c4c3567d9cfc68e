import { appendFileSync, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { EventLog } from "../platform/embeddedPostgres/startEmbeddedPostgres.ts";
import { boundLog } from "../platform/logs/boundLog.ts";

/** The supervisor's own log: a few lines a day, written at once, so that the last one before a crash is there. */
export function fileLog(path: string, now: () => Date): EventLog {
  const write = (level: string, fields: object, message: string) => {
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      boundLog(path);
      const line = { time: now().toISOString(), level, pid: process.pid, msg: message, ...fields };
      appendFileSync(path, `${JSON.stringify(line)}\n`, { mode: 0o600 });
    } catch {
      // A full disk must not end what still runs.
    }
  };
  return {
    info: (fields, message) => write("info", fields, message),
    warn: (fields, message) => write("warn", fields, message),
  };
}
