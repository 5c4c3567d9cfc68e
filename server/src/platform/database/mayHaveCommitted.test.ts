import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../errors.ts";
import { mayHaveCommitted } from "./mayHaveCommitted.ts";

const withCode = (code: string) => Object.assign(new Error("failed"), { code });

test("a transaction is known to be rolled back only by the server's word, or a refusal of ours", () => {
  for (const code of ["23505", "40001", "40P01", "42501", "57014", "P0001"]) {
    assert.equal(mayHaveCommitted(withCode(code)), false, code);
  }
  assert.equal(mayHaveCommitted(new AppError("not_found", "There is no such project.")), false);
  assert.equal(
    mayHaveCommitted(new AppError("conflict", "It is there.", { cause: withCode("23505") })),
    false,
  );
});

test("a connection that broke, a server that went down and a fault of ours leave it unknown", () => {
  for (const code of ["ECONNRESET", "EPIPE", "08006", "57P01", "57P02", "40003", "58030", "XX000"]) {
    assert.equal(mayHaveCommitted(withCode(code)), true, code);
  }
  assert.equal(mayHaveCommitted(new Error("Connection terminated unexpectedly")), true);
  assert.equal(mayHaveCommitted(new TypeError("x is not a function")), true);
  assert.equal(
    mayHaveCommitted(new AppError("dependency_unavailable", "The database does not answer.")),
    true,
  );
  assert.equal(mayHaveCommitted(new AppError("internal", "Failed.", { cause: withCode("57P01") })), true);
});
