import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { createWriteStream, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { describe, type TestContext, test } from "node:test";
import { promisify } from "node:util";
import Type from "typebox";
import { receiveHead } from "../request/receiveHead.ts";
import { route } from "../route.ts";
import { RawClient } from "../testing/rawClient.ts";
import { listeningApp } from "../testing/testApp.ts";

const MIB = 1024 * 1024;
const FILE_BYTES = 64 * MIB;
const TAKEN_BYTES = 100_000;
const START = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n';
const END = "\r\n--b--\r\n";
/** More than are compressed at once. */
const ANSWER = "x".repeat(300_000);

/** Looks at the beginning of a file. */
const look = route({
  method: "POST",
  path: "/look/",
  permission: "dataset.write",
  summary: "Look",
  schemas: { response: Type.Object({ bytes: Type.Number(), text: Type.String() }) },
  handler: async ({ raw }) => {
    const { head } = await receiveHead(raw, {
      beforeFile: async () => undefined,
      worthTaking: () => TAKEN_BYTES,
    });
    return { bytes: head.bytes.length, text: ANSWER };
  },
});

/** Streams for as long as somebody listens. */
const endless = route({
  method: "GET",
  path: "/endless/",
  permission: "dataset.read",
  summary: "Stream",
  schemas: {},
  handler: ({ reply }) =>
    reply.send(
      Readable.from(
        (async function* () {
          for (;;) {
            yield Buffer.alloc(MIB, "z");
            await new Promise((resolve) => setTimeout(resolve, 1));
          }
        })(),
      ),
    ),
});

function headerOf(bodyBytes: number): string {
  return `POST /look/ HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: ${bodyBytes}\r\n\r\n`;
}

async function portOf(t: TestContext, more: Parameters<typeof listeningApp>[2] = {}): Promise<number> {
  return (await listeningApp(t, [look, endless], more)).port;
}

function hasCurl(): boolean {
  try {
    execFileSync("curl", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("an answer before the end of the body", () => {
  test("comes whole, says that the connection ends, and does not wait for the rest", async (t) => {
    const client = new RawClient(t, await portOf(t));
    client.send(headerOf(FILE_BYTES) + START + "y".repeat(2 * TAKEN_BYTES));
    assert.equal(await client.status(), 200);
    while (!client.received.endsWith(`${ANSWER}"}`)) {
      await new Promise((resolve) => client.socket.once("data", resolve));
    }
    assert.match(client.received, /^connection: close\r$/im);
    assert.equal(client.socket.readyState, "open");
  });

  test("reaches a client that sends everything before it looks", async (t) => {
    const socket = connect(await portOf(t), "127.0.0.1");
    t.after(() => socket.destroy());
    const broken = new Promise<never>((_, reject) => socket.once("error", reject));
    broken.catch(() => undefined);
    socket.write(headerOf(START.length + FILE_BYTES + END.length) + START);
    for (let sent = 0; sent < FILE_BYTES; sent += MIB) {
      await Promise.race([broken, new Promise((resolve) => socket.write(Buffer.alloc(MIB, "y"), resolve))]);
    }
    socket.write(END);
    const received = await Promise.race([broken, Array.fromAsync(socket as AsyncIterable<Buffer>)]);
    const text = Buffer.concat(received).toString();
    assert.match(text, /^HTTP\/1\.1 200 /);
    assert.ok(text.endsWith(`${ANSWER}"}`));
  });

  test("is compressed for who wants that", async (t) => {
    const length = START.length + FILE_BYTES + END.length;
    const client = new RawClient(t, await portOf(t));
    client.send(headerOf(length).replace("Host: a", "Host: a\r\nAccept-Encoding: gzip"));
    client.send(START + "y".repeat(2 * TAKEN_BYTES));
    assert.equal(await client.status(), 200);
    assert.match(client.received, /^content-encoding: gzip\r$/im);
    assert.match(client.received, /^content-length: \d{3,5}\r$/im);
  });

  test("ends the connection of whoever goes on sending for too long, or when the server stops", async (t) => {
    const stopping = new AbortController();
    for (const more of [{ bounds: { lingerMs: 50 } }, { stopping: stopping.signal }]) {
      const client = new RawClient(t, await portOf(t, more));
      client.send(headerOf(FILE_BYTES) + START + "y".repeat(2 * TAKEN_BYTES));
      assert.equal(await client.status(), 200);
      if ("stopping" in more) stopping.abort();
      await client.ended;
      assert.ok(client.received.endsWith(`${ANSWER}"}`));
    }
  });

  test("is no reason to gather a download whose request does not end", async (t) => {
    const port = await portOf(t);
    for (const type of ["application/json", "multipart/form-data; boundary=b"]) {
      const client = new RawClient(t, port);
      client.send(`GET /endless/ HTTP/1.1\r\nHost: a\r\nContent-Type: ${type}\r\nContent-Length: 9\r\n\r\n`);
      assert.equal(await client.status(), 200);
      while (client.received.length < 4 * MIB)
        await new Promise((resolve) => client.socket.once("data", resolve));
    }
  });

  test("has curl stop sending, without an error", { skip: !hasCurl() }, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "magtrace-test-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const path = join(folder, "large.csv");
    const file = createWriteStream(path);
    for (let i = 0; i < FILE_BYTES / MIB; i++) file.write(Buffer.alloc(MIB, "y"));
    await new Promise<void>((resolve) => file.end(resolve));
    const url = `http://127.0.0.1:${await portOf(t)}/look/`;
    const { stdout } = await promisify(execFile)("curl", [
      ...[
        "-s",
        "-S",
        "-F",
        `file=@${path}`,
        "-o",
        join(folder, "answer"),
        "-w",
        "%{http_code} %{size_upload}",
      ],
      url,
    ]);
    const [status, sentBytes] = stdout.split(" ").map(Number);
    assert.equal(status, 200);
    assert.ok(sentBytes! < FILE_BYTES, `${sentBytes} bytes were sent`);
  });
});
