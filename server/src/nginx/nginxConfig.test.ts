import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../test/support/temporaryFolder.ts";
import { command } from "../cli/nginx.ts";

async function made(
  values: Record<string, string>,
  environment: Record<string, string> = {},
): Promise<string> {
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  await command.run({ values, environment, print, switches: new Set(), positionals: [] });
  return lines.join("\n");
}

test("without more than a name it listens everywhere, with certbot's certificate, before the api here", async () => {
  const text = await made({ host: "MagTrace.example" }, { PORT: "8123" });
  for (const line of [
    "listen 443 ssl http2;",
    "listen [::]:443 ssl http2;",
    "listen [::]:80 default_server;",
    "server_name magtrace.example;",
    "ssl_certificate /etc/letsencrypt/live/magtrace.example/fullchain.pem;",
    "server 127.0.0.1:8123 max_fails=2 fail_timeout=10s;",
    "return 301 https://magtrace.example$request_uri;",
    "access_log /var/log/nginx/magtrace-access.log magtrace;",
  ]) {
    assert.ok(text.includes(line), `${line} is not in ${text}`);
  }
});

test("it follows the configuration", async () => {
  const text = await made(
    { host: "m.example", upstream: "10.0.0.5:8000, api.internal:8000", logs: "stdout" },
    { UPLOAD_MAX_MIB: "7", UPLOAD_WAIT_SECONDS: "300", RATE_LIMIT_READ: "0", RATE_LIMIT_SIGN_IN: "0" },
  );
  assert.match(text, /client_max_body_size 9m;/);
  assert.match(text, /proxy_read_timeout 330s;/);
  assert.match(text, /server 10\.0\.0\.5:8000 .*\n\s+server api\.internal:8000 /);
  assert.match(text, /access_log \/dev\/stdout magtrace;/);
  assert.doesNotMatch(text, /limit_req zone/, "no limit is set where the api has none");
});

test("it writes the same that it prints", async () => {
  const folder = join(temporaryFolder(), "new");
  assert.match(await made({ host: "m.example", out: folder }), /^Wrote .*magtrace\.conf\. Check it/);
  const written = readFileSync(join(folder, "magtrace.conf"), "utf8");
  assert.equal(written.trimEnd(), await made({ host: "m.example" }));
});

test("what would break out of the configuration is refused", async () => {
  for (const [values, words] of [
    [{ host: "a;b" }, /--host must be a name/],
    [{ host: "m.example", upstream: "x:8000;" }, /--upstream must be addresses/],
    [{ host: "m.example", upstream: "x" }, /--upstream must be addresses/],
    [{ host: "m.example", cert: "/c.pem" }, /given together/],
    [{ host: "m.example", cert: "/c; .pem", key: "/k" }, /--cert must be a whole path/],
    [{ host: "m.example", logs: "logs" }, /--logs must be a whole path/],
    [{ host: "m.example", listen: "localhost" }, /--listen must be an address/],
    [{ host: "m.example", "https-port": "0" }, /--https-port must be a port/],
  ] as const) {
    await assert.rejects(made(values), { code: "bad_request", message: words });
  }
});
