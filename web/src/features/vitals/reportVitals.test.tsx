/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { webPages } from "@magtrace/contracts";
import { createQueryClient } from "../../api/queryClient.ts";
import { createAppRouter } from "../../app/router.tsx";
import { webPageOf } from "./reportVitals.ts";

test("every page of the app is one that the server counts by", () => {
  const router = createAppRouter({ queryClient: createQueryClient(() => undefined), linkToken: null });
  const pages = Object.keys(router.routesByPath).map(webPageOf);
  assert.deepEqual([...new Set(pages)].sort(), webPages.filter((page) => page !== "other").sort());
});

test("a page is named by its template, and one that is none by no part of its address", () => {
  assert.equal(webPageOf("/projects/$projectId/"), "/projects/$projectId");
  assert.equal(webPageOf("/"), "/");
  assert.equal(webPageOf("/projects/17"), "other");
});
