/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError, errorFromBody, errorSentence, unreachableError } from "./apiError.ts";

test("the server's sentence, code and request id are kept", () => {
  const error = errorFromBody(
    422,
    '{"error":"Line 3 is bad.","code":"unreadable_file","details":{"n":1},"request_id":"r1"}',
  );
  assert.equal(error.message, "Line 3 is bad.");
  assert.equal(error.code, "unreadable_file");
  assert.deepEqual(error.details, { n: 1 });
  assert.equal(error.requestId, "r1");
});

test("the sign-in library's message is used where there is no error field", () => {
  assert.equal(
    errorFromBody(401, '{"message":"Invalid email or password"}').message,
    "Invalid email or password",
  );
});

test("a proxy's page, an empty body and a JSON scalar become a sentence of our own", () => {
  for (const body of ["<html>502</html>", "", "null", "3", "[]"]) {
    const error = errorFromBody(502, body);
    assert.match(error.message, /starting or being restarted/);
    assert.equal(error.code, "http_502");
  }
  assert.match(errorFromBody(418, "").message, /status 418/);
});

test("anything thrown has a sentence", () => {
  assert.match(errorSentence(unreachableError()), /cannot be reached/);
  assert.match(errorSentence(new TypeError("x is y")), /x is y/);
  assert.match(errorSentence(undefined), /Reload/);
  assert.equal(errorSentence(new ApiError("Say this.", { status: 400, code: "c" })), "Say this.");
});

test("the wait that the server asks for is kept, and what is not a number of seconds is not", () => {
  assert.equal(errorFromBody(429, "", "30").retryAfterSeconds, 30);
  for (const header of [null, "", "-1", "soon", "Wed, 25 Nov 2026 16:00:00 GMT"]) {
    assert.equal(errorFromBody(429, "", header).retryAfterSeconds, null);
  }
});
