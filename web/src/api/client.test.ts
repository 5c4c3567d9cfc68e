/// <reference types="node" />
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ApiError } from "./apiError.ts";
import { apiUrl, request, requestPage } from "./client.ts";

const realFetch = globalThis.fetch;
afterEach(() => {
  globalThis.fetch = realFetch;
});

function answer(body: string | null, init: ResponseInit): { url: string; init: RequestInit | undefined }[] {
  const calls: { url: string; init: RequestInit | undefined }[] = [];
  // Whether somebody is signed in is asked before a change: here nobody is.
  globalThis.fetch = async (url, options) => {
    if (String(url) === "/api/me/") return new Response(null, { status: 401 });
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
  answer(null, { status: 204 });
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

/** A server that changes only with the token of the session there is now, and who it says is asking. */
function serverWithToken(token: string): string[] {
  const changes: string[] = [];
  globalThis.fetch = async (url, init) => {
    if (String(url) === "/api/me/") return Response.json({ id: 1, csrf_token: token });
    const sent = new Headers(init?.headers).get("x-csrf-token") ?? "none";
    changes.push(sent);
    if (sent === token) return Response.json({ done: true });
    return Response.json({ error: "No token.", code: "csrf_refused" }, { status: 403 });
  };
  return changes;
}

test("a change goes out with the token of the session, also when another tab has begun a new one", async () => {
  serverWithToken("old");
  await request("me/");
  const changes = serverWithToken("new");
  assert.deepEqual(await request("x/", { method: "POST" }), { done: true });
  assert.deepEqual(changes, ["old", "new"]);
});

test("a change that is refused with the right token as well is not tried for ever", async () => {
  let tries = 0;
  globalThis.fetch = async (url) => {
    if (String(url) === "/api/me/") return Response.json({ id: 1, csrf_token: "t" });
    tries += 1;
    return Response.json({ error: "No.", code: "csrf_refused" }, { status: 403 });
  };
  await assert.rejects(
    request("x/", { method: "POST" }),
    (error) => error instanceof ApiError && error.code === "csrf_refused",
  );
  assert.equal(tries, 2);
});
