import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { readConfig, variables } from "../../src/config.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const folder = fileURLToPath(new URL("../../../deploy/", import.meta.url));
const script = join(folder, "setup-debian.sh");
const units = readdirSync(join(folder, "systemd")).filter((name) => name.endsWith(".service"));
const unitText = (name: string) => readFileSync(join(folder, "systemd", name), "utf8");

const skipWithout = (binary: string, packageName: string) =>
  !existsSync(binary) && process.env.CI !== "true"
    ? `${binary} is not installed (apt install ${packageName})`
    : false;

/** Exposure, in tenths of systemd's scale, that it calls OK. */
const MOST_EXPOSURE = "20";

describe("the units of systemd", { skip: skipWithout("/usr/bin/systemd-analyze", "systemd") }, () => {
  for (const name of units) {
    test(`${name} is understood, and shut in`, () => {
      const instance = join(temporaryFolder(), name.replace("@", "@1"));
      // The program lies elsewhere here.
      const text = unitText(name).replace(/^ExecStart=\S+/m, `ExecStart=${process.execPath}`);
      writeFileSync(instance, text);
      const verified = spawnSync("systemd-analyze", ["verify", "--man=no", instance], { encoding: "utf8" });
      const ofOurs = verified.stderr.split("\n").filter((line) => line.includes("magtrace"));
      assert.deepEqual(ofOurs, []);
      const judged = spawnSync(
        "systemd-analyze",
        ["security", "--offline=true", `--threshold=${MOST_EXPOSURE}`, instance],
        { encoding: "utf8" },
      );
      assert.equal(judged.status, 0, judged.stdout + judged.stderr);
    });
  }
});

test("all units are shut in alike, and name only variables there are", () => {
  const serviceOf = (name: string) =>
    (unitText(name).split("[Service]\n")[1] ?? "").replace(/^ExecStart=.*\n/m, "");
  for (const name of units) assert.equal(serviceOf(name), serviceOf("magtrace.service"), name);
  const known = new Set([...Object.keys(variables), "NODE_ENV", "NODE_COMPILE_CACHE"]);
  const named =
    unitText("magtrace.service")
      .match(/^Environment=(.*)$/m)?.[1]
      ?.split(" ") ?? [];
  assert.ok(named.length > 0);
  for (const each of named) assert.ok(known.has(each.split("=")[0] ?? ""), each);
  const example = readFileSync(join(folder, "systemd", "magtrace.env.example"), "utf8");
  const settings = Object.fromEntries(
    example
      .split("\n")
      .filter((line) => /^[A-Z]/.test(line))
      .map((line) => line.split("=", 2) as [string, string]),
  );
  for (const name of Object.keys(settings)) assert.ok(known.has(name), name);
  readConfig(settings);
});

describe("the script that sets a machine up", () => {
  const dryRun = (...args: string[]) =>
    spawnSync("bash", [script, "--dry-run", ...args], { encoding: "utf8" });

  test("has no fault that shellcheck finds", {
    skip: skipWithout("/usr/bin/shellcheck", "shellcheck"),
  }, () => {
    const scripts = [script, join(folder, "../.ci/run")];
    const found = spawnSync("shellcheck", scripts, { encoding: "utf8" });
    assert.equal(found.stdout, "");
    assert.equal(found.status, 0);
  });

  test("says in a dry run what it would do, and does nothing", () => {
    const { status, stdout, stderr } = dryRun(
      "--host",
      "magtrace.example",
      "--email",
      "ops@magtrace.example",
    );
    assert.equal(status, 0, stderr);
    for (const wanted of [
      "/etc/magtrace/magtrace.env",
      "+ magtrace nginx --host magtrace.example --cert /etc/letsencrypt/live/magtrace.example/fullchain.pem",
      "+ certbot certonly",
      "/etc/systemd/system/magtrace.service",
      "/etc/nftables.conf",
      "/etc/fail2ban/filter.d/magtrace.conf",
      "/etc/apt/apt.conf.d/52magtrace",
      "https://magtrace.example/app/",
    ]) {
      assert.ok(stdout.includes(wanted), `${wanted} is not in ${stdout}`);
    }
    assert.ok(!existsSync("/etc/magtrace/magtrace.env"));
  });

  test("takes a certificate that is there, and another firewall", () => {
    const { status, stdout } = dryRun(
      ...["--host", "magtrace.example", "--cert", "/c.pem", "--key", "/k.pem", "--firewall", "ufw"],
    );
    assert.equal(status, 0);
    assert.match(stdout, /\+ magtrace nginx --host magtrace\.example --cert \/c\.pem --key \/k\.pem/);
    assert.match(stdout, /\+ ufw limit 22\/tcp/);
    assert.doesNotMatch(stdout, /certbot|nft|self-signed|openssl/);
  });

  test("refuses what it does not understand, with what would be right", () => {
    for (const [args, words] of [
      [[], /--host must be a name/],
      [["--host", "a b; rm -rf /"], /--host must be a name/],
      [["--host", "m.example", "--cert", "/c.pem"], /--cert and --key/],
      [["--host", "m.example", "--firewall", "iptables"], /--firewall must be/],
      [["--host", "m.example", "--wat"], /no option --wat/],
      [["--host"], /--host needs a value/],
    ] as const) {
      const { status, stdout, stderr } = dryRun(...args);
      assert.equal(status, 2, String(args));
      assert.match(stderr, words);
      assert.doesNotMatch(stdout, /^\+/m);
    }
  });
});
