import assert from "node:assert/strict";
import { connect } from "node:net";
import { describe, type TestContext, test } from "node:test";
import Type from "typebox";
import { route } from "../../src/http/route.ts";
import { listeningApp } from "../../src/http/testing/testApp.ts";

const HIDDEN = "GET /hidden/ HTTP/1.1\r\nHost: a\r\n\r\n";
const HEAD = "POST /open/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n";

/** What only one reading of the bytes takes for two requests. Each hides a request for /hidden/. */
const FORMS: Record<string, string> = {
  "a length and chunks": `${HEAD}Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "chunks and a length": `${HEAD}Transfer-Encoding: chunked\r\nContent-Length: ${HIDDEN.length}\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "two lengths": `${HEAD}Content-Length: 2\r\nContent-Length: ${2 + HIDDEN.length}\r\n\r\n{}${HIDDEN}`,
  "two lengths in one": `${HEAD}Content-Length: 2, ${2 + HIDDEN.length}\r\n\r\n{}${HIDDEN}`,
  "a length with a sign": `${HEAD}Content-Length: +2\r\n\r\n{}${HIDDEN}`,
  "a negative length": `${HEAD}Content-Length: -1\r\n\r\n{}${HIDDEN}`,
  "a length in hex": `${HEAD}Content-Length: 0x2\r\n\r\n{}${HIDDEN}`,
  "a length with a blank inside": `${HEAD}Content-Length: 2 2\r\n\r\n{}${HIDDEN}`,
  "a blank before the colon": `${HEAD}Content-Length : 2\r\n\r\n{}${HIDDEN}`,
  "a length beyond all numbers": `${HEAD}Content-Length: 99999999999999999999\r\n\r\n{}${HIDDEN}`,
  "chunks under a tab": `${HEAD}Transfer-Encoding:\tchunked\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`,
  "chunks before a colon's blank": `${HEAD}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "chunks by another name": `${HEAD}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "chunks within quotes": `${HEAD}Transfer-Encoding: "chunked"\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "chunks and then none": `${HEAD}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "none and chunks in two lines": `${HEAD}Transfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "chunks after a vertical tab": `${HEAD}Transfer-Encoding: \u000bchunked\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`,
  "chunks behind a bare line end": `${HEAD}X: y\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "chunks behind a bare return": `${HEAD}X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "a folded header": `${HEAD}X: y\r\n Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "a folded encoding": `${HEAD}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${HIDDEN}`,
  "a chunk's size with a sign": `${HEAD}Transfer-Encoding: chunked\r\n\r\n+2\r\n{}\r\n0\r\n\r\n${HIDDEN}`,
  "a chunk's size with 0x": `${HEAD}Transfer-Encoding: chunked\r\n\r\n0x2\r\n{}\r\n0\r\n\r\n${HIDDEN}`,
  "a chunk's size beyond all numbers": `${HEAD}Transfer-Encoding: chunked\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n${HIDDEN}`,
  "a chunk that is longer than its size": `${HEAD}Transfer-Encoding: chunked\r\n\r\n1\r\n{}\r\n0\r\n\r\n${HIDDEN}`,
  "a chunk ended by a bare line end": `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\n{}\n0\n\n${HIDDEN}`,
  "a chunk's extension with a line end": `${HEAD}Transfer-Encoding: chunked\r\n\r\n2;\n${HIDDEN}\r\n{}\r\n0\r\n\r\n`,
  "a header without a name": `${HEAD}: y\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`,
  "a header with a NUL": `${HEAD}X: a\u0000b\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`,
  "a line that is no header": `${HEAD}hello\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`,
  "no host": `POST /open/ HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`,
  "two hosts": `POST /open/ HTTP/1.1\r\nHost: a\r\nHost: b\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`,
  "a blank before the method": ` ${HEAD}Content-Length: 2\r\n\r\n{}${HIDDEN}`,
  "an old version": `POST /open/ HTTP/0.9\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`,
  "a version to come": `POST /open/ HTTP/2.0\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}${HIDDEN}`,
};

/** Read one way only: as one request with a body in which another is nothing but text. */
const ONE_REQUEST: Record<string, string> = {
  "a request as the body of a GET": `GET /open/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  "a request as the body of a HEAD": `HEAD /open/ HTTP/1.1\r\nHost: a\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  "a request as a refused body": `${HEAD}Content-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
  "a request in chunks": `${HEAD}Transfer-Encoding: chunked\r\n\r\n${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`,
  "a request in a trailer": `${HEAD}Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX: GET /hidden/ HTTP/1.1\r\n\r\n`,
  "a request as an upgrade to HTTP/2": `GET /open/ HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
};

/** Writes bytes, and reads until the other side ends or, having been told that no more will come, has answered. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  socket.end(Buffer.from(bytes, "latin1"));
  let received = "";
  for await (const piece of socket) received += String(piece);
  return received;
}

function statusesIn(received: string): number[] {
  return [...received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
}

async function openToSmugglers(t: TestContext): Promise<{ port: number; reached: string[] }> {
  const reached: string[] = [];
  const noted = (path: string, method: "GET" | "POST") =>
    route({
      method,
      path,
      permission: "public",
      summary: "Notes that it was reached",
      schemas: method === "POST" ? { body: Type.Unknown() } : {},
      handler: async () => {
        reached.push(`${method} ${path}`);
        return { path };
      },
    });
  const routes = [noted("/hidden/", "GET"), noted("/open/", "GET"), noted("/open/", "POST")];
  const { port } = await listeningApp(t, routes);
  return { port, reached };
}

describe("a request within a request", () => {
  test("is found by two requests one after the other, so that the next tests can fail", async (t) => {
    const { port, reached } = await openToSmugglers(t);
    const received = await exchange(port, `${HEAD}Content-Length: 2\r\n\r\n{}${HIDDEN}`);
    assert.deepEqual(statusesIn(received), [200, 200]);
    assert.deepEqual(reached, ["POST /open/", "GET /hidden/"]);
  });

  for (const [form, bytes] of Object.entries(FORMS)) {
    test(`is not reached, and the connection ends, with ${form}`, async (t) => {
      const { port, reached } = await openToSmugglers(t);
      const received = await exchange(port, bytes);
      assert.ok(!reached.includes("GET /hidden/"), received);
      const statuses = statusesIn(received);
      assert.ok(statuses.length <= 1 && statuses.every((status) => status >= 400), received);
      if (statuses.length > 0) assert.match(received, /^connection: close/im);
    });
  }

  for (const [form, bytes] of Object.entries(ONE_REQUEST)) {
    test(`is nothing but a body: ${form}`, async (t) => {
      const { port, reached } = await openToSmugglers(t);
      const received = await exchange(port, bytes);
      assert.ok(!reached.includes("GET /hidden/"), received);
      assert.ok(statusesIn(received).length === 1, received);
    });
  }

  test("is none where the address is written out in full, and names another host", async (t) => {
    const { port, reached } = await openToSmugglers(t);
    const received = await exchange(port, "GET http://evil.example/hidden/ HTTP/1.1\r\nHost: a\r\n\r\n");
    assert.deepEqual([statusesIn(received), reached], [[200], ["GET /hidden/"]]);
    assert.doesNotMatch(received, /evil\.example/);
  });
});
