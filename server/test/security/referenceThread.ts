import { setTimeout as pause } from "node:timers/promises";
import { parentPort, workerData } from "node:worker_threads";
import { createKeepAliveClient } from "./keepAliveClient.ts";
import type { Reference } from "./referenceCaller.ts";

const { address, token } = workerData as Reference;
const call = {
  method: "GET",
  target: "/api/projects/",
  headers: { authorization: `Bearer ${token}` },
  body: null,
};

/** Between two calls, as a person's browser would leave one: the reference is no load itself. */
const PACE_MS = 10;

let most = Number.POSITIVE_INFINITY;
parentPort!.once("message", (calls: number) => {
  most = calls;
});

const client = createKeepAliveClient(address, 1);
const times: number[] = [];
// The first one connects.
await client.send(call);
while (times.length < most) {
  const startedAt = performance.now();
  const { status } = await client.send(call);
  if (status !== 200) throw new Error(`the reference call was answered ${status}`);
  times.push(performance.now() - startedAt);
  await pause(PACE_MS);
}
client.close();
parentPort!.postMessage(times.sort((a, b) => a - b));
