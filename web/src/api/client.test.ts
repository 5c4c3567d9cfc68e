/// <reference types="node" />
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ApiError } from "./apiError.ts";
import { apiUrl, request, requestPage } from "./client.ts";

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

function answer(body: string, init: ResponseInit): { url: string; init: RequestInit | undefined }[] {
  const calls: { url: string; init: RequestInit | undefined }[] = [];
  globalThis.fetch = async (url, options) => {
    calls.push({ url: String(url), init: options });
    return new Response(body, init);
  };
  return calls;
}

test("empty query values are left out and the rest is escaped", () => {
  assert.equal(
    apiUrl("datasets/", { project_id: 3, a: null, b: undefined, c: "", q: "x y&z", zero: 0 }),
    "/api/datasets/?project_id=3&q=x+y%26z&zero=0",
  );
  assert.equal(apiUrl("me/"), "/api/me/");
});

test("a body goes out as JSON and an answer comes back parsed", async () => {
  const calls = answer('{"id":7}', { status: 201 });
  assert.deepEqual(await request("projects/", { method: "POST", body: { name: "A" } }), { id: 7 });
  assert.equal(calls[0]?.init?.body, '{"name":"A"}');
});

test("a list carries its total, or its length where the server does not say", async () => {
  answer("[1,2]", { headers: { "x-total-count": "20" } });
  assert.deepEqual(await requestPage("x/"), { rows: [1, 2], total: 20 });
  answer("[1,2]", {});
  assert.deepEqual(await requestPage("x/"), { rows: [1, 2], total: 2 });
});

test("an empty answer is undefined", async () => {
  globalThis.fetch = async () => new Response(null, { status: 204 });
  assert.equal(await request("x/", { method: "DELETE" }), undefined);
});

test("a refusal is thrown in the server's words and a dead server in ours", async () => {
  answer('{"error":"No such project."}', { status: 404 });
  await assert.rejects(
    request("projects/9/"),
    (error) => error instanceof ApiError && error.status === 404 && error.message === "No such project.",
  );
  globalThis.fetch = async () => {
    throw new TypeError("Failed to fetch");
  };
  await assert.rejects(request("x/"), (error) => error instanceof ApiError && error.status === 0);
});

test("an aborted request stays an abort", async () => {
  const controller = new AbortController();
  globalThis.fetch = async () => {
    controller.abort();
    throw new DOMException("Aborted", "AbortError");
  };
  await assert.rejects(request("x/", { signal: controller.signal }), { name: "AbortError" });
});
