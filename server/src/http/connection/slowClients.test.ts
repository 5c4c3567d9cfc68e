import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough, Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import Type from "typebox";
import { route } from "../route.ts";
import { RawClient } from "../testing/rawClient.ts";
import { listeningApp } from "../testing/testApp.ts";

const MIB = 1024 * 1024;
/** For clients that are to be cut off: they never do what would save them, however long that takes. */
const quick = { idleMs: 150, checkEveryMs: 10, leastBytesPerSecond: 1000 };
/** For those that are not: ten times what they leave between two signs of life, should the machine be busy. */
const patient = { idleMs: 2_000, checkEveryMs: 10, leastBytesPerSecond: 100 };
const LONGER_THAN_IDLE_MS = 1.5 * patient.idleMs;

const sink = route({
  method: "POST",
  path: "/sink/",
  permission: "public",
  summary: "Takes a body",
  schemas: { body: Type.Unknown() },
  bodyLimit: 64 * MIB,
  handler: async () => "taken",
});

const POST = "POST /sink/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";
const GET = "GET /source/ HTTP/1.1\r\nHost: a\r\n\r\n";

/** Sends a byte every so often until the connection ends. */
function trickle(
  t: TestContext,
  client: RawClient,
  { everyMs, text }: { everyMs: number; text: string },
): void {
  const timer = setInterval(() => client.send(text), everyMs);
  t.after(() => clearInterval(timer));
  client.socket.once("close", () => clearInterval(timer));
}

describe("a client that is too slow", { concurrency: true }, () => {
  test("with its header is refused with 408", async (t) => {
    const { port } = await listeningApp(t, [sink], { bounds: { ...quick, headersTimeoutMs: 150 } });
    const client = new RawClient(t, port).send("POST /sink/ HTTP/1.1\r\nHost: a\r\n");
    trickle(t, client, { everyMs: 10, text: "X: 1\r\n" });
    assert.equal(await client.status(), 408);
    assert.equal((await client.body()).code, "too_slow");
  });

  test("with a body that stops is refused with 408", async (t) => {
    const { port } = await listeningApp(t, [sink], { bounds: quick });
    const client = new RawClient(t, port).send(`${POST}Content-Length: 1000\r\n\r\n{"a"`);
    assert.equal(await client.status(), 408);
    assert.equal((await client.body()).code, "too_slow");
  });

  test("with a body that trickles in is refused, also when each byte comes soon", async (t) => {
    const { port } = await listeningApp(t, [sink], { bounds: quick });
    const client = new RawClient(t, port).send(`${POST}Transfer-Encoding: chunked\r\n\r\n`);
    trickle(t, client, { everyMs: 20, text: "1\r\n \r\n" });
    assert.equal(await client.status(), 408);
  });

  test("is not one that sends steadily for longer than any idle time", async (t) => {
    const { port } = await listeningApp(t, [sink], { bounds: patient });
    const client = new RawClient(t, port).send(`${POST}Transfer-Encoding: chunked\r\n\r\n1\r\n"\r\n`);
    const startedMs = performance.now();
    while (performance.now() - startedMs < LONGER_THAN_IDLE_MS) {
      await delay(patient.idleMs / 10);
      client.send(`1f4\r\n${"x".repeat(500)}\r\n`);
    }
    client.send('1\r\n"\r\n0\r\n\r\n');
    assert.equal(await client.status(), 200);
  });

  test("is not one who waits for us", async (t) => {
    const paused = route({
      method: "POST",
      path: "/paused/",
      permission: "public",
      summary: "Reads late",
      schemas: {},
      handler: async ({ raw }) => {
        // As an upload whose disk is slow: nothing is read for longer than the idle time, then all of it.
        await delay(LONGER_THAN_IDLE_MS);
        let bytes = 0;
        for await (const chunk of raw.raw) bytes += (chunk as Buffer).length;
        return { bytes };
      },
    });
    const { address } = await listeningApp(t, [paused], { bounds: patient });
    // Fastify leaves bodies of this type to the handler.
    const headers = { "content-type": "multipart/form-data; boundary=none" };
    const answer = await fetch(`${address}/paused/`, {
      method: "POST",
      headers,
      body: Buffer.alloc(32 * MIB),
    });
    assert.deepEqual(await answer.json(), { bytes: 32 * MIB });
  });

  test("that takes nothing of an answer is cut off", async (t) => {
    const source = route({
      method: "GET",
      path: "/source/",
      permission: "public",
      summary: "Much",
      schemas: {},
      handler: async ({ reply }) => reply.type("application/octet-stream").send(Buffer.alloc(64 * MIB)),
    });
    const { app, port } = await listeningApp(t, [source], { bounds: quick });
    const closed = new Promise<void>((resolve) =>
      app.server.once("connection", (socket) => socket.once("close", () => resolve())),
    );
    const client = new RawClient(t, port);
    client.socket.pause();
    client.send(GET);
    await closed;
    assert.ok(client.socket.bytesRead < 64 * MIB);
  });

  test("that takes an answer drop by drop is cut off", async (t) => {
    const source = route({
      method: "GET",
      path: "/source/",
      permission: "public",
      summary: "Much, in pieces",
      schemas: {},
      handler: async ({ reply }) =>
        reply.type("application/octet-stream").send(
          Readable.from(
            (function* () {
              for (let n = 0; n < 1024; n++) yield Buffer.alloc(64 * 1024);
            })(),
          ),
        ),
    });
    const { app, port } = await listeningApp(t, [source], {
      bounds: { ...quick, idleMs: 100, leastBytesPerSecond: 50 * MIB },
    });
    const closed = new Promise<void>((resolve) =>
      app.server.once("connection", (socket) => socket.once("close", () => resolve())),
    );
    const client = new RawClient(t, port);
    client.socket.on("data", () => {
      client.socket.pause();
      setTimeout(() => client.socket.resume(), 20);
    });
    client.send(GET);
    await closed;
    assert.ok(client.socket.bytesRead < 64 * MIB);
  });

  test("is not one that listens to events, however seldom they come", async (t) => {
    const stream = new PassThrough();
    const events = route({
      method: "GET",
      path: "/source/",
      permission: "public",
      summary: "Events",
      schemas: {},
      handler: async ({ reply }) => reply.type("text/event-stream").send(stream),
    });
    const { port } = await listeningApp(t, [events], { bounds: patient });
    const client = new RawClient(t, port).send(GET);
    stream.write(": hello\n\n");
    while (!client.received.includes("hello")) await once(client.socket, "data");
    await delay(LONGER_THAN_IDLE_MS);
    stream.write("data: here\n\n");
    while (!client.received.includes("here")) await once(client.socket, "data");
    stream.end();
  });

  test("is still looked for after a body whose stream broke, and everything goes on", async (t) => {
    const broken = route({
      method: "POST",
      path: "/broken/",
      permission: "public",
      summary: "Breaks off",
      schemas: {},
      handler: async ({ raw }) => {
        const breaking = new Transform({ transform: (_bytes, _encoding, done) => done(new Error("broken")) });
        await pipeline(raw.raw, breaking).catch(() => undefined);
        return "broken";
      },
    });
    const { port } = await listeningApp(t, [sink, broken], { bounds: quick });
    const type = "Content-Type: multipart/form-data; boundary=none";
    new RawClient(t, port).send(
      `POST /broken/ HTTP/1.1\r\nHost: a\r\n${type}\r\nContent-Length: 1000\r\n\r\nbegun`,
    );
    const stalling = new RawClient(t, port).send(`${POST}Content-Length: 1000\r\n\r\n{"a"`);
    assert.equal(await stalling.status(), 408);
  });
});
