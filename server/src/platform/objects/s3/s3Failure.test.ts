import assert from "node:assert/strict";
import { test } from "node:test";
import { fromS3Error } from "./s3Failure.ts";

const answered = (name: string, httpStatusCode: number) =>
  Object.assign(new Error(name), { name, $metadata: { httpStatusCode } });

test("a full bucket is no room, by whatever name or status it is told; other lasting faults are not", () => {
  const codes = [
    answered("QuotaExceeded", 403),
    answered("XMinioStorageFull", 507),
    answered("Unnamed", 507),
    answered("AccessDenied", 403),
  ].map((error) => fromS3Error("uploads/a", error).code);
  assert.deepEqual(codes, [
    "insufficient_storage",
    "insufficient_storage",
    "insufficient_storage",
    "dependency_unavailable",
  ]);
});
