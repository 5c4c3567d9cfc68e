// The server as the app sees it through fetch: what a test says it answers, and what it was asked.
import assert from "node:assert/strict";
import { afterEach } from "node:test";

export interface Asked {
  /** Such as "GET datasets/5/". */
  readonly what: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Of what is sent as multipart. */
  readonly form: FormData | null;
}

/** A value is sent as JSON, an array as a list of all there are; a function says what to send. */
export type Answer = unknown | ((asked: Asked) => unknown);

let answers: Record<string, Answer> = {};
let asked: Asked[] = [];
let unexpected: string[] = [];

/** Sets what the server answers from now on, in addition to what was set in this test. */
export function serverAnswers(more: Record<string, Answer>): void {
  answers = { ...answers, ...more };
}

/** What was asked so far, such as `askedFor("POST annotations/")`. */
export function askedFor(what: string): Asked[] {
  return asked.filter((one) => one.what === what);
}

/** A page of a longer list. */
export function listOf(rows: readonly unknown[], total: number): Response {
  return Response.json(rows, { headers: { "x-total-count": String(total) } });
}

export function refusal(status: number, code: string, error: string, details?: unknown): Response {
  return Response.json({ error, code, details, request_id: "r-1" }, { status });
}

/** An answer that comes when the test lets it. */
export function heldBack(answer: Answer): { answer: Answer; give: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  const late = async (asked: Asked) => {
    await promise;
    return typeof answer === "function" ? answer(asked) : answer;
  };
  return { answer: late, give: resolve };
}

globalThis.fetch = async (input, init) => {
  const url = new URL(String(input), window.location.href);
  const what = `${init?.method ?? "GET"} ${url.pathname.replace("/api/", "")}`;
  const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
  const form = init?.body instanceof FormData ? init.body : null;
  const request = { what, query: url.searchParams, body, form };
  asked.push(request);
  if (!(what in answers)) {
    unexpected.push(what);
    return refusal(404, "not_found", "There is no such thing.");
  }
  const answer = answers[what];
  const value: unknown = typeof answer === "function" ? await answer(request) : answer;
  if (init?.signal?.aborted) throw new DOMException("aborted", "AbortError");
  if (value instanceof Response) return value.clone();
  return value === undefined ? new Response(null, { status: 204 }) : Response.json(value);
};

afterEach(() => {
  const left = [...new Set(unexpected)];
  answers = {};
  asked = [];
  unexpected = [];
  assert.deepEqual(left, [], "the app asked for what the test gave no answer to");
});
