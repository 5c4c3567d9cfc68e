import { type DestinationStream, type Logger, type LoggerOptions, pino, stdSerializers } from "pino";
import type { Config } from "../../config.ts";
import { directOutput } from "./bufferedOutput.ts";

export type Log = Logger;

/** Whatever a line carries under these names is never written. */
const SECRETS =
  /^(key|url)$|password|passphrase|(?<!_)token$|^token(?!_id)|authorization|cookie|secret|csrf/i;
const DEEPEST = 8;

export function createLog(
  config: Pick<Config, "LOG_LEVEL">,
  process: string,
  destination: DestinationStream = directOutput(),
): Log {
  const options: LoggerOptions = {
    level: config.LOG_LEVEL,
    base: { process },
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { err: (error: unknown) => (error instanceof Error ? factsOfError(error) : error) },
    formatters: { log: (fields) => censored(fields) as Record<string, unknown> },
  };
  return pino(options, destination);
}

/** Without the values that stand under a secret's name, however deep. Errors and other objects of a class stay whole. */
function censored(value: unknown, depth = 0): unknown {
  if (Array.isArray(value))
    return depth < DEEPEST ? value.map((each) => censored(each, depth + 1)) : "[deep]";
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype)
    return value;
  if (depth >= DEEPEST) return "[deep]";
  return Object.fromEntries(
    Object.entries(value).map(([name, held]) => [
      name,
      SECRETS.test(name) ? "[redacted]" : censored(held, depth + 1),
    ]),
  );
}

/**
 * What of an error says where and why. Whatever else it carries may be what somebody sent: a command to Redis holds its
 * password, a fault of PostgreSQL's the whole row.
 */
const TOLD_OF_ERRORS = [
  "type",
  "message",
  "stack",
  "code",
  "severity",
  "schema",
  "table",
  "column",
  "constraint",
  "routine",
  "reason",
  "responseCode",
  "syscall",
];

function factsOfError(error: Error): Record<string, unknown> {
  const facts = Object.entries(stdSerializers.err(error));
  return Object.fromEntries(facts.filter(([name]) => TOLD_OF_ERRORS.includes(name)));
}

/** For tests and short commands. */
export function silentLog(): Log {
  return pino({ level: "silent" });
}
