import type { ErrorCode } from "../errors.ts";

interface ErrorPage {
  /** Statuses of nginx that it answers. */
  readonly of: readonly number[];
  readonly status: number;
  readonly code: ErrorCode;
  /** Without quotes, dollar signs and backslashes: it stands inside two kinds of quotes. */
  readonly message: string;
  readonly retryAfterSeconds?: number;
}

/** What nginx itself refuses; answers of the api pass as they are. */
const pages: readonly ErrorPage[] = [
  {
    of: [400],
    status: 400,
    code: "bad_request",
    message: "This is no HTTP request that can be understood.",
  },
  { of: [404], status: 404, code: "not_found", message: "There is nothing at this address." },
  {
    of: [405],
    status: 405,
    code: "method_not_allowed",
    message: "This method is not allowed here. See /api/docs/.",
  },
  {
    of: [408],
    status: 408,
    code: "too_slow",
    message: "The request came too slowly. Send it again on a better line.",
  },
  {
    of: [413],
    status: 413,
    code: "too_large",
    message: "The body is larger than this address takes. Send less at once; split or compress a file.",
  },
  { of: [414], status: 414, code: "url_too_long", message: "The address is too long. Ask for less at once." },
  {
    of: [429],
    status: 429,
    code: "too_many_requests",
    message: "Too many requests came from your address. Wait, then send fewer.",
    retryAfterSeconds: 10,
  },
  {
    of: [494],
    status: 431,
    code: "headers_too_large",
    message: "The headers are too large. Delete the cookies of this site, or send fewer headers.",
  },
  {
    of: [500],
    status: 500,
    code: "internal",
    message: "Something went wrong on our side. Quote the request id to support.",
  },
  {
    of: [502, 503, 504],
    status: 503,
    code: "dependency_unavailable",
    message: "MagTrace does not answer at the moment. Try again soon.",
    retryAfterSeconds: 5,
  },
];

/** `headers`: what every answer has; a location with headers of its own loses the server's. */
export function errorPages(headers: readonly string[]): string[] {
  return pages.flatMap((page) => [
    `error_page ${page.of.join(" ")} =${page.status} @magtrace_${page.status};`,
    ...location(page, headers),
  ]);
}

/** The answer of a page, for a location that refuses by itself. */
export function refusal(status: number): string {
  const page = pages.find((each) => each.status === status);
  if (page === undefined) throw new RangeError(`no page for ${status}`);
  return `return ${status} '{"error":"${page.message}","code":"${page.code}","request_id":"$request_id"}';`;
}

/** Headers of an answer that nginx makes itself, as the api gives its refusals. */
export function refusalHeaders(headers: readonly string[]): string[] {
  return [
    "default_type 'application/json; charset=utf-8';",
    ...headers,
    "add_header X-Request-Id $request_id always;",
    "add_header X-Content-Type-Options nosniff always;",
    "add_header Cache-Control no-store always;",
    "add_header Content-Security-Policy \"default-src 'none'; frame-ancestors 'none'\" always;",
  ];
}

function location({ status, retryAfterSeconds }: ErrorPage, headers: readonly string[]): string[] {
  return [
    `location @magtrace_${status} {`,
    ...refusalHeaders(headers).map(indented),
    ...(retryAfterSeconds === undefined
      ? []
      : [indented(`add_header Retry-After ${retryAfterSeconds} always;`)]),
    indented(refusal(status)),
    "}",
  ];
}

export function indented(line: string): string {
  return line === "" ? "" : `    ${line}`;
}
