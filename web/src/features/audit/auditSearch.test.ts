/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { auditParameters, readAuditSearch } from "./auditSearch.ts";

const given = (search: Record<string, unknown>) =>
  Object.fromEntries(Object.entries(readAuditSearch(search)).filter(([, value]) => value !== undefined));

test("filters are read from an address, and what is none is left out", () => {
  assert.deepEqual(
    given({ project: "3", user: 7, action: " dataset ", request: 123, since: "2026-11-25T10:00", x: 1 }),
    { project: 3, user: 7, action: "dataset", request: "123", since: "2026-11-25T10:00" },
  );
  assert.deepEqual(given({ project: -1, user: "x", page: 1.5, action: "", since: "soon", subject: {} }), {});
  assert.equal(readAuditSearch({ subject: "s".repeat(500) }).subject?.length, 100);
});

test("local times become the same instants for the API", () => {
  const { since, until, organization_id: organization } = auditParameters(0, { since: "2026-11-25T10:00" });
  assert.equal(since, new Date(2026, 10, 25, 10).toISOString());
  assert.equal(until, undefined);
  assert.equal(organization, 0);
});
