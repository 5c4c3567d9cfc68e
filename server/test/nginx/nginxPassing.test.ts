import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, ServerResponse } from "node:http";
import { describe, type TestContext, test } from "node:test";
import { freePort } from "../../src/platform/freePort.ts";
import { answerOf, ask, begin, jsonOf } from "../support/nginxClient.ts";
import { type NginxServer, skipNginx, startNginx } from "../support/nginxServer.ts";
import { standInUpstream } from "../support/standInUpstream.ts";
import { untilTrue } from "../support/untilTrue.ts";

const UPLOAD = "/api/datasets/upload/";
const HALF = Buffer.alloc(700_000, "a");

async function nginxBefore(
  t: TestContext,
  upstreams: readonly string[],
  environment: Record<string, string> = {},
): Promise<NginxServer> {
  const nginx = await startNginx(upstreams, environment);
  t.after(() => nginx.stop());
  return nginx;
}

describe("nginx before a stand-in for the api", { skip: skipNginx }, () => {
  test("passes an upload on while it comes, and puts nothing of it on its disk", async (t) => {
    const taken: Buffer[] = [];
    const upstream = await standInUpstream(t, async (request, response) => {
      for await (const chunk of request) taken.push(chunk);
      response.end("taken");
    });
    const nginx = await nginxBefore(t, [upstream], { UPLOAD_MAX_MIB: "1" });
    for (const [method, path] of [
      ["POST", UPLOAD],
      ["PATCH", "/api/datasets/uploads/7/"],
    ] as const) {
      taken.length = 0;
      const sent = begin(nginx, path, { method, headers: { "content-length": 2 * HALF.length } });
      const answered = answerOf(sent);
      sent.write(HALF);
      await untilTrue(async () => Buffer.concat(taken).length === HALF.length);
      assert.deepEqual(nginx.bodyFiles(), []);
      sent.end(HALF);
      assert.equal((await answered).status, 200);
      assert.equal(Buffer.concat(taken).length, 2 * HALF.length);
    }
  });

  test("keeps a usual body and a long answer in memory alone", async (t) => {
    const arrived = Promise.withResolvers<ServerResponse>();
    const upstream = await standInUpstream(t, async (request, response) => {
      for await (const _chunk of request);
      arrived.resolve(response);
    });
    const nginx = await nginxBefore(t, [upstream]);
    const sent = begin(nginx, "/api/projects/", { method: "POST" });
    const response = once(sent, "response") as Promise<[IncomingMessage]>;
    sent.end(HALF);
    const held = await arrived.promise;
    assert.deepEqual(nginx.bodyFiles(), []);
    held.end(Buffer.alloc(8_000_000));
    const [answer] = await response;
    answer.pause();
    assert.deepEqual(nginx.bodyFiles(), []);
    let bytes = 0;
    for await (const chunk of answer) bytes += (chunk as Buffer).length;
    assert.equal(bytes, 8_000_000);
    assert.deepEqual(nginx.bodyFiles(), []);
  });

  test("passes each event on as it comes", async (t) => {
    let end: () => void = () => undefined;
    const upstream = await standInUpstream(t, (_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write("data: first\n\n");
      end = () => response.end("data: last\n\n");
    });
    const nginx = await nginxBefore(t, [upstream]);
    const sent = begin(nginx, "/api/events/?project_id=1");
    const response = once(sent, "response") as Promise<[IncomingMessage]>;
    sent.end();
    const [answer] = await response;
    const [first] = (await once(answer, "data")) as [Buffer];
    assert.equal(first.toString(), "data: first\n\n");
    end();
    const [last] = (await once(answer, "data")) as [Buffer];
    assert.equal(last.toString(), "data: last\n\n");
  });

  test("overwrites what a client says of its address", async (t) => {
    const upstream = await standInUpstream(t, (request, response) =>
      response.end(JSON.stringify(request.headers)),
    );
    const nginx = await nginxBefore(t, [upstream]);
    const claimed = {
      "x-forwarded-for": "203.0.113.9",
      "x-forwarded-host": "evil.example",
      "x-forwarded-proto": "http",
      "x-real-ip": "203.0.113.9",
      forwarded: "for=203.0.113.9",
    };
    const seen = jsonOf(await ask(nginx, "/api/", { headers: claimed }));
    assert.equal(seen["x-forwarded-for"], "127.0.0.1");
    assert.equal(seen["x-forwarded-proto"], "https");
    assert.match(String(seen["x-forwarded-host"]), /^magtrace\.example:\d+$/);
    assert.deepEqual([seen["x-real-ip"], seen.forwarded, seen.upgrade], [undefined, undefined, undefined]);
  });

  test("asks another api instead of one that breaks off, but sends no POST twice", async (t) => {
    const reached: string[] = [];
    const breaking = await standInUpstream(t, (request) => {
      reached.push(`${request.method} broken`);
      request.socket.destroy();
    });
    const good = await standInUpstream(t, (request, response) => {
      reached.push(`${request.method} good`);
      response.end("here");
    });
    const nginx = await nginxBefore(t, [breaking, good]);
    // Both have the same load, so that each is asked in turn until one has failed too often.
    assert.equal((await ask(nginx, "/api/me/")).status, 200);
    assert.equal((await ask(nginx, "/api/me/")).status, 200);
    assert.ok(reached.includes("GET broken"), String(reached));
    reached.length = 0;
    const only = await nginxBefore(t, [breaking, breaking]);
    const refused = await ask(only, "/api/projects/", { method: "POST", body: "{}" });
    assert.equal(refused.status, 503);
    assert.deepEqual(reached, ["POST broken"]);
    reached.length = 0;
    assert.equal((await ask(only, "/api/me/")).status, 503);
    assert.ok(reached.length >= 1, String(reached));
  });

  test("does not repeat what was refused, nor what an answer had begun to", async (t) => {
    let asked = 0;
    const refusing = await standInUpstream(t, (request, response) => {
      asked++;
      if (request.url === "/api/busy/") response.writeHead(503).end("busy");
      else {
        response.writeHead(200, { "content-length": "100" });
        response.write("begun");
        setImmediate(() => request.socket.destroy());
      }
    });
    const nginx = await nginxBefore(t, [refusing, refusing]);
    const busy = await ask(nginx, "/api/busy/");
    assert.deepEqual([busy.status, busy.bytes.toString(), asked], [503, "busy", 1]);
    await assert.rejects(ask(nginx, "/api/long/"));
    assert.equal(asked, 2);
  });

  test("says in the api's words that no api answers", async (t) => {
    const nginx = await nginxBefore(t, [`127.0.0.1:${await freePort()}`]);
    const answer = await ask(nginx, "/api/me/");
    assert.equal(answer.status, 503);
    assert.equal(answer.headers["content-type"]?.[0], "application/json; charset=utf-8");
    assert.deepEqual(answer.headers["retry-after"], ["5"]);
    const { error, code, request_id: id } = jsonOf(answer);
    assert.match(String(error), /Try again soon/);
    assert.equal(code, "dependency_unavailable");
    assert.deepEqual(answer.headers["x-request-id"], [id]);
  });

  test("refuses floods from one address as the api refuses them", async (t) => {
    const upstream = await standInUpstream(t, (_request, response) => response.end("here"));
    const few = Object.fromEntries(
      ["SIGN_IN", "READ", "WRITE", "UPLOAD", "TRAINING"].map((kind) => [`RATE_LIMIT_${kind}`, "1"]),
    );
    const nginx = await nginxBefore(t, [upstream], few);
    const answers = [];
    for (let n = 0; n < 8; n++) answers.push(await ask(nginx, "/api/me/"));
    assert.equal(answers[0]?.status, 200);
    const refused = answers.find(({ status }) => status === 429);
    assert.ok(refused, "none was refused");
    assert.equal(jsonOf(refused).code, "too_many_requests");
    assert.match(refused.headers["retry-after"]?.[0] ?? "", /^\d+$/);
  });

  test("limits signing in by itself", async (t) => {
    const upstream = await standInUpstream(t, (_request, response) => response.end("here"));
    const nginx = await nginxBefore(t, [upstream], { RATE_LIMIT_SIGN_IN: "1" });
    const statuses = async (method: string) => {
      const path = "/api/auth/sign-in/email";
      const answers = await Promise.all(Array.from({ length: 12 }, () => ask(nginx, path, { method })));
      return new Set(answers.map(({ status }) => status));
    };
    assert.deepEqual(await statuses("GET"), new Set([200]));
    assert.deepEqual([...(await statuses("POST"))].sort(), [200, 429]);
  });

  test("logs a line of JSON a request, and no secret of an address or header", async (t) => {
    const upstream = await standInUpstream(t, (request, response) => {
      // What nginx would have an error about.
      if (request.url?.startsWith("/app/broken")) return void request.socket.destroy();
      response.setHeader("X-Request-Id", "of-the-api");
      response.end("here");
    });
    const nginx = await nginxBefore(t, [upstream]);
    const secret = "mgtS3cretOfALink0123456789";
    const headers = {
      authorization: `Bearer ${secret}`,
      cookie: `session=${secret}`,
      referer: `https://magtrace.example/app/setup?token=${secret}`,
      "user-agent": 'say "hello"\\',
    };
    for (const path of [
      `/app/setup?token=${secret}`,
      `/api/auth/reset-password/${secret}`,
      `/${secret}`,
      "/api/projects/12/export/?x=1",
    ]) {
      assert.equal((await ask(nginx, path, { headers })).status, 200);
    }
    assert.equal((await ask(nginx, `/app/broken?token=${secret}`, { headers })).status, 503);
    await untilTrue(async () => nginx.accessLog().length === 5);
    const lines = nginx.accessLog();
    assert.deepEqual(
      lines.map(({ path }) => path),
      ["/app/setup", "/api/auth/(other)", "(other)", "/api/projects/12/export/", "/app/broken"],
    );
    assert.doesNotMatch(JSON.stringify(lines) + nginx.errorLog(), new RegExp(secret));
    const { time: _time, request_id: id, duration_s: took, ...first } = lines[0] ?? {};
    assert.match(String(id), /^[0-9a-f]{32}$/);
    assert.equal(typeof took, "number");
    assert.equal(first.status, 200);
    assert.equal(first.api_request_id, "of-the-api");
    assert.equal(first.upstream, upstream);
    assert.equal(first.user_agent, 'say "hello"\\');
    assert.equal(first.tls, "TLSv1.3");
  });
});
