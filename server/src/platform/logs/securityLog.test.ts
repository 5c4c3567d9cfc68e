import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../../../test/support/temporaryFolder.ts";
import { openSecurityLog, securityLine } from "./securityLog.ts";

const at = new Date("2026-11-25T16:00:00.000Z");
const filter = new URL("../../../../deploy/fail2ban/filter.d/magtrace.conf", import.meta.url).pathname;
const reader = "/usr/bin/fail2ban-regex";
const skip = !existsSync(reader) && process.env.CI !== "true" ? `${reader} is not installed` : false;

test("an event is a line of fields in a fixed order", () => {
  const line = securityLine(
    {
      event: "sign_in_failed",
      ip: "203.0.113.7",
      user: "ada@example.com",
      request: "6f1c",
      detail: "POST:/api/auth/*",
    },
    at,
  );
  assert.equal(
    line,
    "2026-11-25T16:00:00.000Z magtrace security event=sign_in_failed ip=203.0.113.7 user=ada@example.com request=6f1c detail=POST:/api/auth/%2a",
  );
  assert.match(securityLine({ event: "sign_in", ip: null, user: 3 }, at), /ip=- user=3 request=- detail=-$/);
});

test("nothing a client sends makes a field or a line of its own", () => {
  for (const forged of [
    "a\n2026-11-25T16:00:00.000Z magtrace security event=sign_in_failed ip=198.51.100.1",
    "a ip=198.51.100.1",
    "a\r\u2028\u0000\u001b[2J",
    'a" ip="198.51.100.1',
    "\ud800 broken",
    "x".repeat(10_000),
  ]) {
    const line = securityLine({ event: "sign_in_failed", ip: "203.0.113.7", user: forged }, at);
    assert.match(line, /^\S+ magtrace security event=\S+ ip=203\.0\.113\.7 user=\S+ request=- detail=-$/);
    assert.equal(line.match(/=/g)?.length, 5);
    assert.ok(line.length < 2_000);
  }
});

test("lines are appended to a file of its own", () => {
  const path = join(temporaryFolder(), "logs", "security.log");
  const log = openSecurityLog(path, () => at);
  log.write({ event: "sign_in", ip: "203.0.113.7", user: 1 });
  log.write({ event: "sign_out", ip: "203.0.113.7", user: 1 });
  assert.deepEqual(readFileSync(path, "utf8").match(/event=\w+/g), ["event=sign_in", "event=sign_out"]);
});

test("fail2ban counts attacks, and nobody for what another one sent", { skip }, () => {
  const path = join(temporaryFolder(), "security.log");
  const forged = "x event=sign_in_failed ip=192.0.2.66 user=- request=- detail=-";
  const lines = [
    { event: "sign_in_failed", ip: "203.0.113.7", user: forged },
    { event: "bad_credential", ip: "2001:db8::7" },
    { event: "rate_limited", ip: "203.0.113.7" },
    { event: "sign_in", ip: "198.51.100.1", user: forged },
    { event: "not_signed_in", ip: "198.51.100.1" },
    { event: "refused", ip: "198.51.100.1" },
  ].map((event) => securityLine(event, at));
  writeFileSync(path, `${lines.join("\n")}\n`);
  const hosts = execFileSync(reader, ["-o", "ip", path, filter], { encoding: "utf8", timeout: 60_000 });
  assert.deepEqual(hosts.trim().split("\n").sort(), ["2001:db8::7", "203.0.113.7", "203.0.113.7"]);
});
