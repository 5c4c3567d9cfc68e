import assert from "node:assert/strict";
import { connect } from "node:net";
import { test } from "node:test";
import { Registry } from "prom-client";
import { AppError } from "../../errors.ts";
import { type Route, route } from "../route.ts";
import { listeningApp } from "../testing/testApp.ts";

function answering(path: string, handler: () => Promise<unknown>): Route {
  return route({ method: "GET", path, permission: "public", summary: "Answers", schemas: {}, handler });
}

async function counted(registry: Registry, name: string): Promise<Record<string, number>> {
  const { values } = await registry.getSingleMetric(name)!.get();
  const counts = values.filter(({ value }) => value > 0);
  return Object.fromEntries(counts.map(({ labels, value }) => [Object.values(labels).join(" "), value]));
}

/** An answer is counted just after its client has it. */
async function untilCounted(registry: Registry, requests: number): Promise<Record<string, number>> {
  let counts: Record<string, number> = {};
  for (let tries = 0; tries < 2_000; tries++) {
    counts = await counted(registry, "magtrace_http_requests_total");
    if (Object.values(counts).reduce((sum, count) => sum + count, 0) >= requests) break;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return counts;
}

test("whatever is asked for, there are no more series than routes", async (t) => {
  const metrics = new Registry();
  const routes = [answering("/things/{id}/", async () => ({}))];
  const { address } = await listeningApp(t, routes, { metrics });
  for (let id = 0; id < 20; id++) {
    await fetch(`${address}/things/${id}/`);
    await fetch(`${address}/nothing/${id}`, { method: ["GET", "PUT", "OPTIONS"][id % 3]! });
  }
  await fetch(`${address}/things/1/`, { method: "HEAD" });
  assert.deepEqual(await untilCounted(metrics, 41), {
    "GET /things/:id/ 2xx": 20,
    "HEAD /things/:id/ 2xx": 1,
    "any unknown 4xx": 20,
  });
});

test("what fails is counted by its code, and what its client left as that", async (t) => {
  const metrics = new Registry();
  const begun = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const routes = [
    answering("/fails/", async () => {
      throw new AppError("conflict", "It is there already.");
    }),
    answering("/waits/", async () => {
      begun.resolve();
      await held.promise;
    }),
  ];
  const { address, port } = await listeningApp(t, routes, { metrics });
  await fetch(`${address}/fails/`);
  const socket = connect(port, "127.0.0.1");
  socket.write("GET /waits/ HTTP/1.1\r\nHost: a\r\n\r\n");
  await begun.promise;
  assert.deepEqual(await counted(metrics, "magtrace_http_requests_in_flight"), { request: 1 });
  socket.destroy();
  assert.deepEqual(await untilCounted(metrics, 2), { "GET /fails/ 4xx": 1, "GET /waits/ aborted": 1 });
  held.resolve();
  assert.deepEqual(await counted(metrics, "magtrace_http_refusals_total"), { conflict: 1 });
  assert.deepEqual(await counted(metrics, "magtrace_http_requests_in_flight"), {});
});
