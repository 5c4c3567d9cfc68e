import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset, TrainingSession, UserModel } from "@magtrace/contracts";
import { AppError } from "../errors.ts";
import { ApiAnswerError, ApiClient } from "./apiClient.ts";
import { describeMetrics } from "./describeMetrics.ts";
import { label, train, upload } from "./labellingLoop.ts";
import { scripted } from "./testing/scripted.ts";

const dataset = { id: 7, project: 3, processed: true } as Dataset;
const recording = { name: "a.csv", file: new Blob(["timestamp_pc,b_x\n"]), labels: [] };

test("an upload sends project, name and file with the token and waits until the readings can be read", async (t) => {
  const { asked, deps } = await scripted(t, ({ path }, turn) =>
    path === "/api/datasets/upload/"
      ? { status: 202, body: { ...dataset, processed: false, status: "pending" } }
      : { body: { ...dataset, processed: turn > 1, status: turn > 1 ? "completed" : "running" } },
  );
  const read = await upload(deps, { id: 3 } as Parameters<typeof upload>[1], recording);
  assert.equal(read.processed, true);
  assert.deepEqual(
    asked.map(({ method, path }) => `${method} ${path}`),
    ["POST /api/datasets/upload/", "GET /api/datasets/7/", "GET /api/datasets/7/"],
  );
  assert.equal(asked[0].authorization, "Bearer mgt_x");
  assert.match(asked[0].body, /name="project"\r\n\r\n3\r\n/);
  assert.match(asked[0].body, /name="file"; filename="a.csv"[\s\S]*timestamp_pc,b_x/);
});

test("a file that cannot be read ends the wait with the reason", async (t) => {
  const { deps } = await scripted(t, () => ({
    body: { ...dataset, processed: false, status: "failed", error: "no b_z" },
  }));
  const uploading = upload(deps, { id: 3 } as Parameters<typeof upload>[1], recording);
  await assert.rejects(uploading, (error) => error instanceof AppError && error.message === "no b_z");
});

test("labels use the project's categories and make those it lacks, in requests of a size that is taken", async (t) => {
  const { asked, deps } = await scripted(t, ({ method, path, body }) => {
    if (method === "GET") return { body: [{ id: 1, name: "Motor" }] };
    if (path === "/api/label-categories/") return { status: 201, body: { id: 2, ...JSON.parse(body) } };
    return { status: 201, body: JSON.parse(body).annotations };
  });
  const labels = Array.from({ length: 5001 }, (_, row) => ({
    startIndex: 2 * row,
    endIndex: 2 * row + 1,
    category: row % 2 === 0 ? "Motor" : "Bell",
  }));
  const made = await label(deps, dataset, labels);
  assert.equal(made.length, 5001);
  assert.deepEqual(made[1], { dataset: 7, category: 2, start_index: 2, end_index: 3 });
  assert.equal(made[5000].category, 1);
  assert.equal(asked.filter(({ path }) => path === "/api/annotations/bulk_create/").length, 2);
  assert.equal(
    asked.filter(({ method, path }) => method === "POST" && path === "/api/label-categories/").length,
    1,
  );
});

test("training is polled to its end, and a failed one says why", async (t) => {
  let outcome = "completed";
  const { deps } = await scripted(t, ({ method, path }, turn) => {
    if (method === "POST") return { status: 201, body: { id: 9, status: "pending", error_message: null } };
    const status = path.endsWith("/status/") && turn < 2 ? "running" : outcome;
    return { body: { id: 9, status, error_message: "no labels" } };
  });
  assert.equal((await train(deps, { id: 1 } as UserModel, dataset)).status, "completed");
  outcome = "failed";
  await assert.rejects(train(deps, { id: 1 } as UserModel, dataset), /ended failed: no labels/);
});

test("a refusal carries the interface's own words, a foreign page's beginning, and the status", async (t) => {
  const { deps } = await scripted(t, ({ path }) =>
    path === "/ours"
      ? { status: 403, body: { error: "You may not.", code: "not_allowed", request_id: "r" } }
      : { status: 502, body: "<html>Bad gateway" },
  );
  await assert.rejects(deps.api.get("/ours"), (error) => {
    assert.ok(error instanceof ApiAnswerError);
    assert.equal(error.status, 403);
    assert.equal(error.message, "GET /ours answered 403: You may not.");
    return true;
  });
  await assert.rejects(deps.api.get("/theirs"), /answered 502: <html>Bad gateway/);
});

test("nobody at the address, and being stopped, are told apart", async (t) => {
  const { controller, deps } = await scripted(t, () => ({
    body: { ...dataset, processed: false, status: "running" },
  }));
  const nobody = new ApiClient({ url: "http://127.0.0.1:9", token: "x", signal: controller.signal });
  await assert.rejects(
    nobody.get("/"),
    (error) => error instanceof AppError && error.code === "dependency_unavailable",
  );
  const uploading = upload(deps, { id: 3 } as Parameters<typeof upload>[1], recording);
  setTimeout(() => controller.abort(), 20);
  await assert.rejects(uploading, (error) => error instanceof AppError && error.code === "cancelled");
});

test("validation metrics that are not known are left out, warnings are not", () => {
  const session = { final_metrics: { accuracy: 0.91234, event_f1: null, warnings: ["Too few."] } } as unknown;
  assert.deepEqual(
    describeMetrics(session as TrainingSession).map((line) => line.trim()),
    ["validation accuracy 0.912", "validation warning: Too few."],
  );
});
