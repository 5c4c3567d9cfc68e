import { appendFileSync, mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "../../config.ts";
import { boundLog } from "./boundLog.ts";

/** Something a watcher over the installation wants to know at once. docs/operations.md has the format of the lines. */
export interface SecurityEvent {
  /** `sign_in_failed` */
  readonly event: string;
  readonly ip: string | null;
  /** The user's id, or what somebody claimed to be. */
  readonly user?: number | string | null;
  readonly request?: string | null;
  readonly detail?: string | null;
}

export interface SecurityLog {
  write(event: SecurityEvent): void;
}

const LONGEST_VALUE = 200;
const LINES_BETWEEN_LOOKS = 100;

/** Where the installation keeps it. */
export function securityLogOf({ MAGTRACE_DATA_DIR }: Pick<Config, "MAGTRACE_DATA_DIR">): SecurityLog {
  return openSecurityLog(join(MAGTRACE_DATA_DIR, "logs", "security.log"));
}

/** Lines for programs such as fail2ban, in a file of their own that is kept below 15 MiB, with ten older ones. */
export function openSecurityLog(path: string, now: () => Date = () => new Date()): SecurityLog {
  let lines = 0;
  return {
    write(event) {
      try {
        if (lines === 0) mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        if (lines++ % LINES_BETWEEN_LOOKS === 0) boundLog(path);
        appendFileSync(path, `${securityLine(event, now())}\n`, { mode: 0o600 });
      } catch {
        // A full disk must not keep people from signing in.
      }
    },
  };
}

/** One line. Whatever a client sent stays inside its own field: spaces, equals signs and line breaks are escaped. */
export function securityLine({ event, ip, user, request, detail }: SecurityEvent, at: Date): string {
  const fields = { event, ip, user, request, detail };
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${fieldOf(value)}`);
  return `${at.toISOString()} magtrace security ${pairs.join(" ")}`;
}

function fieldOf(value: string | number | null | undefined): string {
  if (value === null || value === undefined || value === "") return "-";
  const text = String(value).slice(0, LONGEST_VALUE).toWellFormed();
  return text.replaceAll(/[^\w.:@/+-]/gu, (sign) =>
    encodeURIComponent(sign).replace(/^[!'()*~]$/, (plain) => `%${plain.charCodeAt(0).toString(16)}`),
  );
}
