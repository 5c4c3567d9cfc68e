import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { request } from "node:http";
import { describe, type TestContext, test } from "node:test";
import { promisify } from "node:util";
import Type from "typebox";
import { AppError } from "../../errors.ts";
import { route } from "../route.ts";
import { RawClient } from "../testing/rawClient.ts";
import { listeningApp, testActor } from "../testing/testApp.ts";

const MIB = 1024 * 1024;
const BODY_BYTES = 24 * MIB;

const take = route({
  method: "POST",
  path: "/take/",
  permission: "dataset.write",
  summary: "Take",
  mostBytes: 4 * MIB,
  schemas: { body: Type.Unknown() },
  handler: async ({ body }) => ({ taken: body }),
});

async function appFor(t: TestContext, refuses: boolean): Promise<number> {
  const { port } = await listeningApp(t, [take], {
    authenticate: async () => {
      if (refuses) throw new AppError("too_many_requests", "Too many requests.");
      return testActor;
    },
  });
  return port;
}

function head(length: number, more = ""): string {
  return `POST /take/ HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n${more}\r\n`;
}
const EXPECT = "Expect: 100-continue\r\n";

/** Sends all of a large body, whatever is answered meanwhile. */
function sendAll(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        port,
        method: "POST",
        path: "/take/",
        headers: { "content-type": "application/json", "content-length": BODY_BYTES },
      },
      (response) => {
        response.resume();
        response.on("end", () => resolve(response.statusCode!));
      },
    );
    sent.on("error", reject);
    sent.end(Buffer.alloc(BODY_BYTES, 32));
  });
}

function hasCurl(): boolean {
  try {
    execFileSync("curl", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

describe("a body that is refused", () => {
  test("is never sent by a client that waits for a word", async (t) => {
    const client = new RawClient(t, await appFor(t, true)).send(head(BODY_BYTES, EXPECT));
    await client.ended;
    assert.match(client.received, /^HTTP\/1\.1 429 /);
    assert.match(client.received, /^connection: close\r$/im);
    assert.doesNotMatch(client.received, /100 Continue/);
  });

  test("is asked for where nothing speaks against it", async (t) => {
    const client = new RawClient(t, await appFor(t, false)).send(head(2, `${EXPECT}Connection: close\r\n`));
    for (const untilMs = Date.now() + 10_000; !client.received.includes("100 Continue"); ) {
      assert.ok(Date.now() < untilMs, client.received);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.doesNotMatch(client.received, /HTTP\/1\.1 200/);
    client.send("{}");
    await client.ended;
    assert.match(client.received, /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });

  test("of a size that nothing would take is refused by its length", async (t) => {
    const client = new RawClient(t, await appFor(t, false)).send(head(BODY_BYTES, EXPECT));
    await client.ended;
    assert.match(client.received, /^HTTP\/1\.1 413 /);
    assert.match(client.received, /"code":"too_large"/);
  });

  test("is answered, and never with a broken connection, where it is sent all the same", async (t) => {
    const refusing = await appFor(t, true);
    const bounded = await appFor(t, false);
    for (let n = 0; n < 5; n++) {
      assert.equal(await sendAll(refusing), 429);
      assert.equal(await sendAll(bounded), 413);
    }
  });

  const skip = hasCurl() ? false : "there is no curl here";
  test("is answered to curl, with Expect and without", { skip }, async (t) => {
    const port = await appFor(t, true);
    const bytes = Buffer.alloc(BODY_BYTES, 32);
    for (const expect of ["Expect: 100-continue", "Expect:"]) {
      const args = [
        "-sS",
        "-o",
        "/dev/null",
        "-w",
        "%{http_code} %{size_upload}",
        "-H",
        expect,
        "--expect100-timeout",
        "20",
      ];
      const running = promisify(execFile)("curl", [
        ...args,
        "-H",
        "Content-Type: application/json",
        "--data-binary",
        "@-",
        `http://127.0.0.1:${port}/take/`,
      ]);
      running.child.stdin!.on("error", () => undefined);
      running.child.stdin!.end(bytes);
      const { stdout, stderr } = await running;
      const [status, sent] = stdout.split(" ");
      assert.equal(status, "429", stderr);
      if (expect.endsWith("continue")) assert.equal(sent, "0");
    }
  });
});
