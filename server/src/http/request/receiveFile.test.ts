import assert from "node:assert/strict";
import { Agent, request } from "node:http";
import type { AddressInfo } from "node:net";
import { before, describe, test } from "node:test";
import multipart from "@fastify/multipart";
import Fastify from "fastify";
import { suiteCleanup } from "../../../test/support/suiteCleanup.ts";
import { AppError } from "../../errors.ts";
import { MemoryObjects } from "../../platform/objects/testing/memoryObjects.ts";
import { receiveFile } from "./receiveFile.ts";

interface Answer {
  readonly status: number;
  readonly body: string;
}

describe("receiving a file", () => {
  const cleanup = suiteCleanup();
  const objects = new MemoryObjects();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let port = 0;

  before(async () => {
    const app = Fastify();
    await app.register(multipart, { limits: { fileSize: Number.MAX_SAFE_INTEGER } });
    app.setErrorHandler((error, _, reply) =>
      reply.code(error instanceof AppError ? error.meaning.status : 500).send((error as Error).message),
    );
    app.post("/", async (received) =>
      receiveFile({ objects, scanner: null }, received, {
        mostMib: 2,
        advice: "Split it.",
        beforeFile: async ({ refuse }) => {
          if (refuse) throw new AppError("not_found", "There is no such project.");
        },
      }),
    );
    await app.listen({ port: 0, host: "127.0.0.1" });
    port = (app.server.address() as AddressInfo).port;
    cleanup.after(async () => {
      agent.destroy();
      await app.close();
    });
  });

  /** All on one connection. */
  function post(form: FormData): Promise<Answer> {
    const encoded = new Response(form);
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          port,
          agent,
          method: "POST",
          headers: { "content-type": encoded.headers.get("content-type")! },
        },
        (response) => {
          let body = "";
          response.on("data", (piece) => {
            body += piece;
          });
          response.on("end", () => resolve({ status: response.statusCode!, body }));
        },
      );
      sent.on("error", reject);
      encoded.arrayBuffer().then((bytes) => sent.end(Buffer.from(bytes)), reject);
    });
  }

  function formOf(
    fields: Record<string, string>,
    files: readonly [field: string, bytes: number, name: string][],
  ) {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.set(name, value);
    for (const [field, bytes, name] of files) form.append(field, new Blob([new Uint8Array(bytes)]), name);
    return form;
  }

  /** A body as it is, on a connection of its own. */
  async function postRaw(body: string): Promise<Answer> {
    const headers = { "content-type": "multipart/form-data; boundary=b" };
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: "POST", headers, body });
    return { status: response.status, body: await response.text() };
  }

  const kept = () => [...objects.bytesByKey.keys()];

  test("it is sealed under a key of its own, with its size, hash and plain name", async () => {
    const { status, body } = await post(formOf({ name: "x" }, [["file", 3, "../a/b\u0007\u202Ec.csv"]]));
    assert.equal(status, 200, body);
    const { file, fields } = JSON.parse(body);
    assert.deepEqual(fields, { name: "x" });
    assert.equal(file.filename, "bc.csv");
    assert.equal(file.bytes, 3);
    assert.equal(file.sha256, "709e80c88487a2411e1ee4dfb9f22a861492d20c4765150c0c794abd70f8147c");
    assert.deepEqual(kept(), [file.key]);
    await objects.delete(file.key);
  });

  test("a refusal leaves nothing, and the connection can be used at once", { timeout: 20_000 }, async () => {
    const many = 1024 * 1024;
    for (const [form, status] of [
      [formOf({ refuse: "1" }, [["file", many, "a"]]), 404],
      [formOf({}, [["file", 3 * many, "a"]]), 413],
      [formOf({}, [["other", many, "a"]]), 400],
      [formOf({ name: "x" }, []), 400],
    ] as const) {
      const answer = await post(form);
      assert.equal(answer.status, status, answer.body);
    }
    const two = await post(
      formOf({}, [
        ["file", many, "a"],
        ["file", many, "b"],
      ]),
    );
    assert.ok(two.status >= 400, two.body);
    assert.deepEqual(kept(), []);
    const { status, body } = await post(formOf({}, [["file", many, "a"]]));
    assert.equal(status, 200);
    await objects.delete(JSON.parse(body).file.key);
  });

  test("a form that breaks off or has no such boundary is refused and leaves nothing", async () => {
    const head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n';
    for (const body of [
      "",
      "--b",
      "\u001f\u008bnothing",
      head,
      `${head}some bytes`,
      `${head}x\r\n--c--\r\n`,
    ]) {
      const answer = await postRaw(body);
      assert.equal(answer.status, 400, JSON.stringify({ body, answer }));
    }
    assert.deepEqual(kept(), []);
  });
});
