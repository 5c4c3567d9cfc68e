import { gzipSync } from "node:zlib";
import {
  hostileHeaders,
  hostileJson,
  hostilePathTexts,
  hostileTexts,
  hostileValues,
} from "./hostileValues.ts";
import { encoded, type RequestParts } from "./requestParts.ts";

type Fault = (parts: RequestParts, next: () => number) => RequestParts;

function choose<T>(items: readonly T[], number: number): T {
  return items[number % items.length]!;
}

/** Breaks a request in so many ways; which ways and where, the numbers decide. */
export function mutate(parts: RequestParts, faults: number, numbers: readonly number[]): RequestParts {
  let at = 0;
  const next = () => numbers[at++ % numbers.length]!;
  let broken = parts;
  for (let i = 0; i < faults; i++) broken = choose(faultsFor(broken), next())(broken, next);
  return broken;
}

function faultsFor(parts: RequestParts): Fault[] {
  const hasIds = parts.operation.path.includes("{");
  const asks = parts.operation.parameters.some((parameter) => parameter.in === "query");
  return [
    odderHeader,
    otherPath,
    unknownQuery,
    ...(hasIds ? [wrongId, wrongId, wrongId] : []),
    ...(asks ? [wrongQuery, wrongQuery, doubledQuery] : []),
    ...(parts.body === undefined
      ? [unaskedBody]
      : [wrongValue, wrongValue, wrongValue, wrongValue, unknownField, missingField, wrongJson, brokenBytes]),
    ...(parts.bytes === null ? [] : [brokenBytes]),
    otherMethod,
  ];
}

const odderHeader: Fault = (parts, next) => {
  const [name, value] = choose(hostileHeaders, next());
  return { ...parts, headers: { ...parts.headers, [name]: value } };
};

const wrongId: Fault = (parts, next) => {
  const segments = [...parts.segments];
  const places = parts.operation.path.split("/").flatMap((part, i) => (part.startsWith("{") ? [i] : []));
  segments[choose(places, next())] = choose(hostilePathTexts, next());
  return { ...parts, segments };
};

const otherPath: Fault = (parts, next) => {
  const path = parts.segments.join("/");
  const others = [
    `/${path}`,
    path.replace(/\/$/, ""),
    `${path}/`,
    path.toUpperCase(),
    path.replace("/api/", "/api/./"),
    path.replace("/api/", "/api/x/../"),
    path.replace("/api/", "/api//"),
    path.replace("api", "%61pi"),
    `/${path.slice(1).replaceAll("/", "%2f")}`,
    `${path}%00`,
    `${path};a=b`,
    `${path}?`,
    `${path}#fragment`,
    `${path}${"a/".repeat(2_000)}`,
  ];
  return { ...parts, segments: choose(others, next()).split("/") };
};

const wrongQuery: Fault = (parts, next) => {
  const names = parts.operation.parameters.flatMap(({ in: place, name }) =>
    place === "query" ? [name] : [],
  );
  const name = choose(names, next());
  const number = next();
  const value =
    number % 2 === 0
      ? choose(hostilePathTexts, next())
      : encoded(choose(hostileTexts, next()).slice(0, 4_000));
  return { ...parts, query: [...parts.query.filter(([given]) => given !== name), [name, value]] };
};

const doubledQuery: Fault = (parts, next) => {
  const names = parts.operation.parameters.flatMap(({ in: place, name }) =>
    place === "query" ? [name] : [],
  );
  const name = choose(names, next());
  const many = Array.from(
    { length: 1 + (next() % 3) },
    () => [name, choose(hostilePathTexts, next())] as const,
  );
  return { ...parts, query: [...parts.query, ...many, [`${name}[]`, "1"], [`${name}[a]`, "1"]] };
};

const unknownQuery: Fault = (parts, next) => ({
  ...parts,
  query: [
    ...parts.query,
    choose(
      [
        ["__proto__", "1"],
        ["__proto__[admin]", "1"],
        ["constructor", "1"],
        ["_method", "DELETE"],
        ["", ""],
        ["%00", "%00"],
        ["a".repeat(2_000), "b"],
        ["token", "mgt_nonsense"],
        ["%zz", "%zz"],
      ] as const,
      next(),
    ),
  ],
});

/** Every place in a value that holds something, as the keys that lead there. */
function placesOf(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null || at.length > 6) return [at];
  const entries = Object.entries(value).slice(0, 50);
  return [at, ...entries.flatMap(([key, inner]) => placesOf(inner, [...at, key]))];
}

function withValue(value: unknown, [key, ...rest]: readonly string[], replacement: unknown): unknown {
  if (key === undefined) return replacement;
  if (Array.isArray(value)) {
    return value.map((inner, i) => (String(i) === key ? withValue(inner, rest, replacement) : inner));
  }
  const record = value as Record<string, unknown>;
  return { ...record, [key]: withValue(record[key], rest, replacement) };
}

const wrongValue: Fault = (parts, next) => {
  const place = choose(placesOf(parts.body), next());
  return { ...parts, body: withValue(parts.body, place, choose(hostileValues, next())) };
};

const missingField: Fault = (parts, next) => {
  if (typeof parts.body !== "object" || parts.body === null) return wrongValue(parts, next);
  const entries = Object.entries(parts.body);
  const dropped = next() % Math.max(1, entries.length);
  return { ...parts, body: Object.fromEntries(entries.filter((_, i) => i !== dropped)) };
};

const unknownField: Fault = (parts, next) => {
  if (typeof parts.body !== "object" || parts.body === null) return wrongValue(parts, next);
  const names = [
    "id",
    "organization",
    "role",
    "created_by",
    "status",
    "admin",
    "constructor",
    "toJSON",
    "\u0000",
  ];
  return { ...parts, body: { ...parts.body, [choose(names, next())]: choose(hostileValues, next()) } };
};

const wrongJson: Fault = (parts, next) => ({
  ...parts,
  body: undefined,
  bytes: Buffer.from(choose(hostileJson, next())),
});

const unaskedBody: Fault = (parts, next) => ({
  ...parts,
  bytes: Buffer.from(choose(hostileJson, next())),
  headers: { "content-type": "application/json", ...parts.headers },
});

const brokenBytes: Fault = (parts, next) => {
  const whole = parts.bytes ?? Buffer.from(JSON.stringify(parts.body) ?? "");
  const spoilt = Buffer.from(whole);
  if (spoilt.length > 0) spoilt[next() % spoilt.length] = choose([0, 0xff, 0xc0, 0xed, 0x22, 0x0a], next());
  const others = [
    spoilt,
    whole.subarray(0, next() % (whole.length + 1)),
    Buffer.concat([whole, whole]),
    Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), whole]),
    Buffer.from(whole.toString(), "utf16le"),
    gzipSync(whole),
  ];
  return { ...parts, body: undefined, bytes: choose(others, next()) };
};

/** Another method may end what must stay: only those that change nothing are tried on what exists. */
const otherMethod: Fault = (parts, next) => ({
  ...parts,
  method: choose(["GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "LOCK", "SEARCH", "PURGE"], next()),
});
