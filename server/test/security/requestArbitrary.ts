import fc from "fast-check";
import { endsWhatItNames, type Kind, kindInPath } from "./fixturePool.ts";
import { type Meant, meantRequests } from "./meantRequests.ts";
import { multipartBody, multipartFields } from "./multipartArbitrary.ts";
import { mutate } from "./mutateRequest.ts";
import { nameOf, type Operation } from "./openApiDocument.ts";
import { encoded, type RequestParts } from "./requestParts.ts";
import { valueArbitrary } from "./valueArbitrary.ts";

/** A request as it will be written to the wire, but for who sends it. */
export interface GeneratedRequest {
  /** Which operation it was made for; what it became may be none at all. */
  readonly operation: string;
  readonly method: string;
  /** Encoded, with its query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /** In how many ways it was broken. */
  readonly faults: number;
}

/** Gives the id of something that exists and, where the request `ends` it, may go. */
export type PickFixture = (kind: Kind, number: number, ends: boolean) => number;

/** How many faults a request may have, each as likely as it is often named. About half of these have none. */
export const MIXED_FAULTS = [0, 0, 0, 1, 1, 2, 3] as const;

/** Requests that keep to their schemas but for so many faults. */
export function requestArbitrary(
  operation: Operation,
  pick: PickFixture,
  faultCounts: readonly number[] = MIXED_FAULTS,
): fc.Arbitrary<GeneratedRequest> {
  const decisions = fc.array(fc.nat(), { minLength: 12, maxLength: 12 });
  const faults = fc.constantFrom(...faultCounts);
  return fc
    .tuple(partsArbitrary(operation, pick), faults, decisions)
    .map(([parts, count, numbers]) => written(mutate(parts, count, numbers), count));
}

/** As the schemas allow; where that alone hardly ever succeeds, two times in three with what is meant. */
function partsArbitrary(operation: Operation, pick: PickFixture): fc.Arbitrary<RequestParts> {
  const meant = meantRequests[nameOf(operation)];
  const allowed = allowedParts(operation, pick);
  if (!meant) return allowed;
  const body = meant.body?.((kind, number) => pick(kind, number, false)) ?? fc.constant(undefined);
  const headers = meant.headers?.((kind, number) => pick(kind, number, false)) ?? fc.constant({});
  const better = fc
    .tuple(allowed, body, headers)
    .map(([parts, json, more]) =>
      withMeant({ ...parts, headers: { ...parts.headers, ...more } }, meant, json),
    );
  return fc.oneof({ weight: 1, arbitrary: allowed }, { weight: 2, arbitrary: better });
}

function withMeant(
  parts: RequestParts,
  { path = {}, query, form, bytes }: Meant,
  body: unknown,
): RequestParts {
  const templates = parts.operation.path.split("/");
  return {
    ...parts,
    segments: parts.segments.map((segment, i) => path[templates[i]!.replace(/^\{(\w+)\}$/, "$1")] ?? segment),
    ...(query ? { query: Object.entries(query) } : {}),
    ...(body === undefined ? {} : { body }),
    ...(bytes === undefined ? {} : { bytes: Buffer.from(bytes) }),
    ...(form
      ? { bytes: multipartBody(form), headers: { ...parts.headers, ...contentType(parts.operation, true) } }
      : {}),
  };
}

function allowedParts(operation: Operation, pick: PickFixture): fc.Arbitrary<RequestParts> {
  const pickId = (kind: Kind, number: number) => pick(kind, number, false);
  const pathIds = [...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) => {
    const kind = kindInPath(operation, name);
    const ends = endsWhatItNames(operation, name);
    if (!kind) return fc.integer({ min: 500_000_000, max: Number.MAX_SAFE_INTEGER });
    return fc.nat().map((number) => pick(kind, number, ends));
  });
  const inQuery = operation.parameters.filter((parameter) => parameter.in === "query");
  const query = fc.record(
    Object.fromEntries(inQuery.map(({ name, schema }) => [name, valueArbitrary(schema, { pickId }, name)])),
    { requiredKeys: inQuery.filter(({ required }) => required).map(({ name }) => name) },
  );
  const form = multipartFields[nameOf(operation)];
  const body = operation.body ? valueArbitrary(operation.body, { pickId }) : fc.constant(undefined);
  return fc
    .tuple(fc.tuple(...pathIds), query, body, form?.(pickId) ?? fc.constant(null))
    .map(([ids, values, json, fields]) => {
      const left = [...ids];
      return {
        operation,
        method: operation.method,
        segments: operation.path
          .split("/")
          .map((part) => (part.startsWith("{") ? String(left.shift()) : part)),
        query: Object.entries(values).map(([name, value]) => [name, encoded(String(value))] as const),
        headers: contentType(operation, fields !== null),
        body: json,
        bytes: fields && multipartBody(fields),
      };
    });
}

export function contentType(operation: Operation, isForm: boolean): Record<string, string> {
  if (isForm) return { "content-type": "multipart/form-data; boundary=attack" };
  return operation.body ? { "content-type": "application/json" } : {};
}

function written(
  { operation, method, segments, query, headers, body, bytes }: RequestParts,
  faults: number,
): GeneratedRequest {
  const search = query.map(([name, value]) => `${name}=${value}`).join("&");
  const json = body === undefined ? null : Buffer.from(JSON.stringify(body) ?? "");
  return {
    operation: nameOf(operation),
    method,
    target: segments.join("/") + (search === "" ? "" : `?${search}`),
    headers,
    body: bytes ?? json,
    faults,
  };
}
