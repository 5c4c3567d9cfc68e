import { type Logger, pino } from "pino";
import type { Config } from "./../config.ts";

export type Log = Logger;

/** Whatever a line carries under these names is never written. */
const SECRETS = ["password", "token", "authorization", "cookie", "set-cookie", "secret", "key"];

export function createLog(config: Pick<Config, "LOG_LEVEL">, process: string): Log {
  return pino({
    level: config.LOG_LEVEL,
    base: { process },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRETS.flatMap((name) => [`["${name}"]`, `*["${name}"]`]), censor: "[redacted]" },
  });
}

/** For tests and short commands. */
export function silentLog(): Log {
  return pino({ level: "silent" });
}
