import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { readConfig, variables } from "../../src/config.ts";
import { loadMasterKeys } from "../../src/platform/objects/sealing/masterKey.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

interface Service {
  readonly image: string;
  readonly user?: string;
  readonly read_only?: boolean;
  readonly privileged?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly environment?: Record<string, string>;
  readonly secrets?: readonly string[];
  readonly ports?: readonly string[];
  readonly command?: readonly string[];
  readonly networks?: readonly string[];
  readonly healthcheck?: { readonly test?: unknown; readonly disable?: boolean };
  readonly depends_on?: Record<string, { readonly condition: string }>;
}
interface Compose {
  readonly services: Record<string, Service>;
  readonly secrets: Record<string, { readonly file: string }>;
  readonly networks: Record<string, unknown>;
}

const folder = fileURLToPath(new URL("../../../deploy/compose/", import.meta.url));
const compose = parse(readFileSync(join(folder, "compose.yaml"), "utf8"), { merge: true }) as Compose;
const services = Object.entries(compose.services);
const ours = ["migrate", "api", "worker"];

describe("compose.yaml", () => {
  test("shuts every service in, as an account that is not root", () => {
    for (const [name, service] of services) {
      assert.match(service.user ?? "", /^[1-9]\d*:[1-9]\d*$/, `${name}'s user`);
      assert.equal(service.read_only, true, `${name} can write its root`);
      assert.deepEqual(service.cap_drop, ["ALL"], name);
      assert.deepEqual(service.security_opt, ["no-new-privileges:true"], name);
      assert.equal(service.privileged, undefined, name);
    }
  });

  test("publishes nginx's ports and no other", () => {
    const published = services.filter(([, service]) => service.ports).map(([name]) => name);
    assert.deepEqual(published, ["nginx"]);
  });

  test("sets only variables that there are, and no secret by its value", () => {
    for (const name of ours) {
      const { environment = {}, secrets = [] } = compose.services[name] ?? assert.fail(name);
      assert.ok(Object.keys(environment).length > 0);
      for (const variable of [...Object.keys(environment), ...secrets]) {
        assert.ok(variable in variables, `${variable} of ${name}`);
      }
      for (const variable of Object.keys(environment)) {
        const declared = variables[variable as keyof typeof variables];
        assert.ok(!("secret" in declared), `${variable} of ${name} stands in the environment`);
      }
      for (const variable of secrets) {
        assert.ok("secret" in variables[variable as keyof typeof variables], `${variable} of ${name}`);
      }
    }
    for (const [name, { environment = {} }] of services) {
      if (ours.includes(name)) continue;
      for (const variable of Object.keys(environment)) {
        assert.doesNotMatch(variable, /(PASSWORD|SECRET|TOKEN|KEY)$/, `${name} has ${variable}`);
      }
    }
  });

  test("gives the owner's password to the migration alone", () => {
    const owners = services
      .filter(([, { secrets }]) => secrets?.includes("DATABASE_URL"))
      .map(([name]) => name);
    assert.deepEqual(owners, ["migrate"]);
  });

  test("starts each service when those it needs are healthy, and knows how to tell", () => {
    for (const [name, { healthcheck, depends_on: needs = {} }] of services) {
      const hasCheck = healthcheck?.test !== undefined || healthcheck?.disable === true;
      assert.ok(hasCheck || name === "api", `${name} has no health check`);
      for (const [needed, { condition }] of Object.entries(needs)) {
        const other = compose.services[needed] ?? assert.fail(`${name} needs ${needed}`);
        if (condition === "service_completed_successfully") assert.equal(needed, "migrate");
        else {
          assert.equal(condition, "service_healthy", name);
          assert.notEqual(other.healthcheck?.disable, true, `${needed} is never healthy`);
        }
      }
    }
    assert.match(readFileSync(join(folder, "../docker/Dockerfile"), "utf8"), /^HEALTHCHECK /m);
  });

  test("names only files and secrets that the folder or its script has", () => {
    const made = join(temporaryFolder(), "secrets");
    execFileSync(join(folder, "make-secrets.sh"), [made], { stdio: "ignore" });
    const used = new Set(services.flatMap(([, { secrets = [] }]) => secrets));
    assert.deepEqual([...used].sort(), Object.keys(compose.secrets).sort());
    assert.deepEqual(readdirSync(made).sort(), [...used].sort());
    for (const [name, { file }] of Object.entries(compose.secrets)) assert.equal(file, `./secrets/${name}`);
  });
});

describe("the script that makes secrets", () => {
  const made = join(temporaryFolder(), "secrets");
  const run = () => execFileSync(join(folder, "make-secrets.sh"), [made], { encoding: "utf8" });
  const secret = (name: string) => readFileSync(join(made, name), "utf8").trim();

  test("makes what the configuration takes, closed to others, with passwords that agree", async () => {
    run();
    assert.equal(statSync(made).mode & 0o777, 0o700);
    const names = readdirSync(made).filter((name) => name in variables);
    const config = readConfig(Object.fromEntries(names.map((name) => [name, secret(name)])));
    const keyFile = join(made, "none");
    await loadMasterKeys({ keyText: config.MAGTRACE_MASTER_KEY, keyFile, createIfMissing: false });
    const password = (name: string) => new URL(secret(name)).password;
    assert.equal(password("DATABASE_URL"), secret("POSTGRES_PASSWORD"));
    assert.equal(password("DATABASE_DIRECT_URL"), password("DATABASE_QUEUE_URL"));
    assert.equal(new URL(secret("DATABASE_DIRECT_URL")).username, "magtrace_queue");
    assert.ok(secret("REDIS_CONFIG").includes(`requirepass ${password("REDIS_URL")}\n`));
    for (const role of ["APP", "ACCOUNTS", "QUEUE"]) {
      const { username, password: word } = new URL(secret(`DATABASE_${role}_URL`));
      assert.ok(secret("PGBOUNCER_USERS").split("\n").includes(`"${username}" "${word}"`), role);
    }
  });

  test("leaves what is there", () => {
    run();
    const before = readdirSync(made).map((name) => [name, secret(name)]);
    run();
    assert.deepEqual(
      readdirSync(made).map((name) => [name, secret(name)]),
      before,
    );
  });
});

describe("the image's entry point", () => {
  const script = readFileSync(join(folder, "../docker/entrypoint.sh"), "utf8");

  test("reads secrets from files, and leaves what is set already", () => {
    const secrets = temporaryFolder();
    const files = {
      DATABASE_URL: "postgresql://file\n",
      REDIS_URL: "redis://file",
      "x;touch y": "no",
      tls_key: "no",
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(secrets, name), text);
    const told = script
      .replace("/run/secrets/", `${secrets}/`)
      .replace(/^exec .*$/m, 'printf "%s|%s|%s" "$DATABASE_URL" "$REDIS_URL" "$(env)"');
    const { stdout, status } = spawnSync("sh", ["-c", told], {
      encoding: "utf8",
      env: { PATH: process.env.PATH, REDIS_URL: "redis://set" },
    });
    assert.equal(status, 0);
    assert.match(stdout, /^postgresql:\/\/file\|redis:\/\/set\|/);
    assert.doesNotMatch(stdout, /tls_key|touch/);
  });

  test("ends in the program, and is shellcheck's", { skip: !existsSync("/usr/bin/shellcheck") }, () => {
    assert.match(script, /\nexec node server\/src\/cli\.ts "\$@"\n$/);
    const scripts = ["docker/entrypoint.sh", "compose/make-secrets.sh", "compose/postgres-roles.sh"];
    const found = spawnSync(
      "shellcheck",
      scripts.map((name) => join(folder, "..", name)),
      { encoding: "utf8" },
    );
    assert.equal(found.stdout, "");
  });
});
