import { readingOf } from "../../cells/parseTime.ts";
import { timeOf } from "../../time/textTimes.ts";
import type { MessageDecoder } from "./decodedMessage.ts";

const POINT = 46;
const MAX_LEAVES = 200;
const MAX_DEPTH = 6;
const MAX_MESSAGE_BYTES = 1024 * 1024;
const LONGEST_NAME = 200;
const STAMPS: readonly (readonly string[])[] = [["timestamp"], ["header", "stamp"], ["stamp"], ["time"]];

/**
 * A decoder of JSON messages like this one: its numbers by their paths, `a.b` and `a[0]`.
 *
 * @returns null where it is no object of numbers.
 */
export function jsonDecoder(first: Uint8Array): Omit<MessageDecoder, "kind"> | null {
  const message = parsed(first);
  if (message === null) return null;
  const stampPath = STAMPS.find((path) => stampOf(at(message, path)) !== null) ?? null;
  const paths: string[][] = [];
  collect(message, [], stampPath, paths);
  if (paths.length === 0) return null;
  return {
    names: paths.map(nameOf),
    decode: (data) => {
      const one = parsed(data);
      if (one === null) return null;
      const values = paths.map((path) => {
        const value = at(one, path);
        return typeof value === "number" ? value : Number.NaN;
      });
      return { stampUs: stampPath === null ? null : stampOf(at(one, stampPath)), values };
    },
  };
}

function parsed(data: Uint8Array): object | null {
  if (data.length > MAX_MESSAGE_BYTES) return null;
  try {
    const value: unknown = JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString());
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

function at(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

function collect(value: unknown, path: string[], stamp: readonly string[] | null, into: string[][]): void {
  if (into.length >= MAX_LEAVES || path.length > MAX_DEPTH || path.join("\0") === stamp?.join("\0")) return;
  if (typeof value === "number") into.push(path);
  else if (typeof value === "object" && value !== null) {
    for (const [name, below] of Object.entries(value)) collect(below, [...path, name], stamp, into);
  }
}

function nameOf(path: readonly string[]): string {
  return path
    .map((name, i) => (/^\d+$/.test(name) ? `[${name}]` : i === 0 ? name : `.${name}`))
    .join("")
    .slice(0, LONGEST_NAME);
}

/** Seconds and nanoseconds as Foxglove and ROS write them, a number that is an epoch by its size, or a date and time. */
function stampOf(value: unknown): number | null {
  if (typeof value === "object" && value !== null) {
    const [seconds, rest] = [
      ["sec", "secs", "seconds"],
      ["nsec", "nsecs", "nanosec", "nanos"],
    ].map((names) => Number(names.map((name) => at(value, [name])).find((one) => one !== undefined)));
    const us = seconds * 1e6 + Math.round((Number.isNaN(rest) ? 0 : rest) / 1e3);
    return Number.isFinite(us) && us !== 0 ? us : null;
  }
  if (typeof value !== "number" && typeof value !== "string") return null;
  const text = String(value);
  const reading = readingOf(text, POINT, null);
  if (reading === null || !(reading.form === "datetime" || reading.form.startsWith("epoch_"))) return null;
  return timeOf(text, reading, POINT);
}
