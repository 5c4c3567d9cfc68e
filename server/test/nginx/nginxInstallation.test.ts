import assert from "node:assert/strict";
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { type IncomingMessage, request as plainRequest } from "node:http";
import { connect as connectHttp2 } from "node:http2";
import { join } from "node:path";
import { before, describe, test } from "node:test";
import { connect, type SecureVersion } from "node:tls";
import { fileURLToPath } from "node:url";
import { brotliDecompressSync } from "node:zlib";
import type { Dataset, Project } from "@magtrace/contracts";
import type { RouteOptions } from "fastify";
import { usualBounds } from "../../src/http/connection/bounds.ts";
import { bodyRules, FORM_MIB, USUAL_MIB } from "../../src/nginx/bodyRules.ts";
import { ask, begin, jsonOf } from "../support/nginxClient.ts";
import { NGINX_HOST, type NginxServer, skipNginx, startNginx } from "../support/nginxServer.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

const MIB = 1024 * 1024;
const assetFolder = fileURLToPath(new URL("../../../web/dist/assets/", import.meta.url));
const skipAssets =
  !existsSync(assetFolder) && process.env.CI !== "true"
    ? "the web app is not built (npm run build:web)"
    : false;
/** Read as they come, by handlers that look at the length themselves. */
const FORMS = ["/api/datasets/inspect/", "/api/projects/import_project/"];
const ENVIRONMENT = {
  UPLOAD_MAX_MIB: "2",
  UPLOAD_MAX_DECOMPRESSED_MIB: "4",
  PUBLIC_URL: `https://${NGINX_HOST}`,
  TRUST_PROXY: "1",
};

describe("nginx before an installation", { skip: skipNginx }, () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let nginx: NginxServer;
  let ada: ApiCaller;
  let project: Project;

  before(async () => {
    installation = await startTestInstallation(cleanup, ENVIRONMENT);
    nginx = await startNginx([new URL(installation.api.address).host], ENVIRONMENT);
    cleanup.after(() => nginx.stop());
    ada = await installation.addUser({ name: "ada", organization: "North" });
    project = (await ada.call<Project>("POST", "/api/projects/", { name: "Survey" })).body;
  });

  const asAda = () => ({ authorization: `Bearer ${ada.token}` });

  test("TLS 1.2 and 1.3 are spoken, and nothing older, even where the client would", async () => {
    const spoken = (version: SecureVersion) =>
      new Promise<string>((resolve) => {
        const socket = connect({
          host: "127.0.0.1",
          port: nginx.httpsPort,
          servername: NGINX_HOST,
          ca: nginx.ca,
          minVersion: version,
          maxVersion: version,
          ciphers: "DEFAULT:@SECLEVEL=0",
        });
        socket.once("secureConnect", () => {
          resolve(`${socket.getProtocol()} ${socket.getCipher().standardName}`);
          socket.destroy();
        });
        socket.once("error", (error: NodeJS.ErrnoException) => resolve(String(error.code)));
      });
    assert.equal(await spoken("TLSv1.1"), "ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION");
    assert.match(await spoken("TLSv1.2"), /^TLSv1\.2 TLS_ECDHE_ECDSA_WITH_/);
    assert.match(await spoken("TLSv1.3"), /^TLSv1\.3 TLS_/);
  });

  test("another name is not answered", async () => {
    await assert.rejects(
      ask(nginx, "/health/live/", { servername: "other.example", rejectUnauthorized: false }),
    );
  });

  test("HTTP/2 is spoken", async (t) => {
    const session = connectHttp2(`https://127.0.0.1:${nginx.httpsPort}`, {
      servername: NGINX_HOST,
      ca: nginx.ca,
    });
    t.after(() => session.close());
    const stream = session.request({ ":path": "/health/live/", ":authority": NGINX_HOST });
    const [headers] = (await once(stream, "response")) as [Record<string, unknown>];
    assert.equal(headers[":status"], 200);
    assert.equal(session.alpnProtocol, "h2");
  });

  test("HTTP leads to HTTPS, path and query kept", async () => {
    const sent = plainRequest({
      host: "127.0.0.1",
      port: nginx.httpPort,
      path: "/app/projects?x=1",
      headers: { host: "anything.example" },
    }).end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    answer.resume();
    assert.equal(answer.statusCode, 301);
    assert.equal(answer.headers.location, `https://${NGINX_HOST}:${nginx.httpsPort}/app/projects?x=1`);
    assert.equal(answer.headers["strict-transport-security"], undefined);
  });

  test("every answer has HSTS once, and no header of safety twice, whoever made it", async () => {
    const headerNames = [
      "strict-transport-security",
      "content-security-policy",
      "x-content-type-options",
      "cache-control",
      "x-request-id",
    ];
    for (const [path, options] of [
      ["/api/", {}],
      ["/app/", {}],
      ["/api/nothing/", {}],
      ["/metrics", {}],
      ["/api/projects/", { method: "POST", body: Buffer.alloc(2 * MIB) }],
    ] as const) {
      const { headers } = await ask(nginx, path, options);
      for (const name of headerNames) assert.equal(headers[name]?.length, 1, `${name} of ${path}`);
      assert.deepEqual(headers["strict-transport-security"], ["max-age=63072000; includeSubDomains"]);
      assert.doesNotMatch(headers.server?.[0] ?? "", /\d/);
    }
  });

  test("an upload passes, and nginx keeps nothing of it", async () => {
    const form = new FormData();
    form.set("project", String(project.id));
    const rows = Array.from({ length: 60_000 }, (_, n) => `${n},${n % 7},3,4`).join("\n");
    form.set("file", new Blob([`timestamp_pc,b_x,b_y,b_z\n${rows}\n`]), "survey.csv");
    const encoded = new Response(form);
    const answer = await ask(nginx, "/api/datasets/upload/", {
      method: "POST",
      headers: { ...asAda(), "content-type": encoded.headers.get("content-type") ?? "" },
      body: new Uint8Array(await encoded.arrayBuffer()),
    });
    assert.equal(answer.status, 201, answer.bytes.toString());
    assert.equal((jsonOf(answer) as unknown as Dataset).processed, true);
    assert.deepEqual(nginx.bodyFiles(), []);
  });

  test("an event stream's first words come while it is open", async () => {
    const sent = begin(nginx, `/api/events/?project_id=${project.id}`, { headers: asAda() });
    const response = once(sent, "response") as Promise<[IncomingMessage]>;
    sent.end();
    const [stream] = await response;
    const [first] = (await once(stream, "data")) as [Buffer];
    assert.match(first.toString(), /^retry: /);
    assert.equal(stream.complete, false);
    stream.destroy();
  });

  test("too large a body is refused in the api's form, by the bound of its route", async () => {
    for (const [path, bytes] of [
      ["/api/projects/", USUAL_MIB * MIB + 1],
      ["/api/datasets/upload/", (2 + FORM_MIB) * MIB + 1],
    ] as const) {
      const sent = await ask(nginx, path, {
        method: "POST",
        headers: { ...asAda(), "content-length": bytes, "content-type": "application/json" },
      });
      assert.equal(sent.status, 413, path);
      assert.equal(sent.headers["content-type"]?.[0], "application/json; charset=utf-8");
      assert.equal(jsonOf(sent).code, "too_large");
    }
  });

  test("the web app's files come compressed, are kept for a year, and are asked of the api once", {
    skip: skipAssets,
  }, async () => {
    const name = readdirSync(assetFolder).find((file) => /^index-.*\.js$/.test(file)) ?? "";
    const path = `/app/${join("assets", name)}`;
    const cached = async () => {
      const answer = await ask(nginx, path, { headers: { "accept-encoding": "br" } });
      assert.equal(answer.status, 200);
      assert.deepEqual(answer.headers["cache-control"], ["public, max-age=31536000, immutable"]);
      assert.deepEqual(answer.headers["content-encoding"], ["br"]);
      assert.ok(brotliDecompressSync(answer.bytes).length > answer.bytes.length);
    };
    await cached();
    await cached();
    assert.equal((await ask(nginx, path)).headers["content-encoding"], undefined);
    const logged = nginx.accessLog().filter((line) => line.path === path);
    assert.deepEqual(
      logged.map(({ cache }) => cache),
      ["MISS", "HIT", "MISS"],
    );
  });
});

describe("the bounds that nginx sets on bodies", () => {
  const cleanup = suiteCleanup();
  let routes: readonly RouteOptions[] = [];

  before(async () => {
    ({ routes } = (await startTestInstallation(cleanup, ENVIRONMENT)).api);
  });

  test("are those that the routes declare", () => {
    const rules = bodyRules({ UPLOAD_MAX_MIB: 2, UPLOAD_MAX_DECOMPRESSED_MIB: 4 });
    const largest = new Map<string, number>();
    for (const { url, bodyLimit, config } of routes) {
      const { mostBytes } = config as { mostBytes?: number };
      const form = FORMS.includes(url);
      const declared =
        mostBytes === undefined ? (bodyLimit ?? usualBounds.bodyBytes) : mostBytes + FORM_MIB * MIB;
      const rule = rules.find(({ path }) => new RegExp(path).test(url.replaceAll(/:\w+/g, "1")));
      const taken = (rule?.mib ?? USUAL_MIB) * MIB;
      assert.ok(taken >= declared, `${url} takes ${declared} bytes and nginx ${taken}`);
      if (form) assert.ok(taken >= (2 + FORM_MIB) * MIB, url);
      if (rule) largest.set(rule.path, Math.max(largest.get(rule.path) ?? 0, form ? taken : declared));
    }
    assert.deepEqual(
      [...largest].sort(),
      rules.map(({ path, mib }): [string, number] => [path, mib * MIB]).sort(),
    );
  });
});
