import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import pg from "pg";
import { commands } from "../../src/cli/commands.ts";
import { expiry } from "../../src/cli/tokenCreate.ts";
import { AppError } from "../../src/errors.ts";
import { sequenceAudit } from "../support/sequenceAudit.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { createTestDatabase } from "../support/testDatabase.ts";

const cli = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));

interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
}

async function magtrace(
  args: readonly string[],
  { environment = {}, input = "" }: { environment?: Record<string, string>; input?: string } = {},
): Promise<Ran> {
  const env = { PATH: process.env.PATH, ...environment };
  const child = spawn(process.execPath, [cli, ...args], { env, cwd: temporaryFolder() });
  child.stdin.on("error", () => {});
  child.stdin.end(input);
  const read = async (stream: NodeJS.ReadableStream) => {
    let text = "";
    for await (const chunk of stream.setEncoding("utf8")) text += chunk;
    return text;
  };
  const [out, err] = await Promise.all([read(child.stdout), read(child.stderr), once(child, "close")]);
  return { status: child.exitCode, out, err };
}

test("the overview lists every command, and each explains itself", async () => {
  const overview = await magtrace(["--help"]);
  assert.equal(overview.status, 0);
  await Promise.all(
    Object.entries(commands).map(async ([name, { summary }]) => {
      assert.ok(overview.out.includes(`  ${name} `) && overview.out.includes(summary), name);
      const help = await magtrace([...name.split(" "), "--help"]);
      assert.equal(help.status, 0, `${name}: ${help.err}`);
      assert.match(help.out, new RegExp(`^Usage: magtrace ${name}\\b`));
      assert.match(help.out, /--help +Shows this\./);
    }),
  );
});

test("what is not understood is status 2 with a usage line, and nothing is done", async () => {
  const cases: [string[], RegExp][] = [
    [["dance"], /^Unknown command "dance"\.\nUsage: magtrace COMMAND/],
    [["up", "--prot", "1"], /--prot.*\nUsage: magtrace up /],
    [["up", "now"], /^There is no argument "now" here\.\nUsage: magtrace up /],
    [["token", "create", "--scopes", "read"], /^--user is missing\.\nUsage: magtrace token create /],
    [["token", "create", "--user", "a@b.example", "--scopes", "fly"], /^--scopes is one of read, write/],
    [
      ["token", "create", "--user", "a@b.example", "--scopes", "read", "--expires", "1999-01-01"],
      /^--expires/,
    ],
    [["user", "disable"], /^EMAIL is missing\.\nUsage: magtrace user disable EMAIL/],
  ];
  await Promise.all(
    cases.map(async ([args, pattern]) => {
      const { status, out, err } = await magtrace(args);
      assert.equal(status, 2, args.join(" "));
      assert.match(err, pattern);
      assert.equal(out, "");
    }),
  );
  assert.equal((await magtrace(["user"])).status, 2);
  assert.match((await magtrace([])).out, /^Usage: magtrace COMMAND/);
});

test("every fault of the configuration is told at once, with status 78", async () => {
  const { status, err } = await magtrace(["up"], { environment: { PORT: "no", LOG_LEVEL: "loud" } });
  assert.equal(status, 78);
  assert.match(err, /PORT must be .*LOG_LEVEL must be /);
  assert.equal(err.trim().split("\n").length, 1);
});

test("accounts and tokens are made, used up and locked from the command line", async () => {
  const { ownerUrl, accounts } = await createTestDatabase();
  const environment = { DATABASE_URL: ownerUrl };
  const made = await magtrace(["user", "create", "--email", "Ada@Example.org", "--role", "admin"], {
    environment,
    input: "a long enough password\n",
  });
  assert.deepEqual([made.status, made.err], [0, ""]);
  const again = await magtrace(["user", "create", "--email", "ada@example.org"], {
    environment,
    input: "a long enough password\n",
  });
  assert.deepEqual([again.status, again.err], [65, "There is an account for ada@example.org already.\n"]);
  const short = await magtrace(["user", "set-password", "ada@example.org"], {
    environment,
    input: "short\n",
  });
  assert.deepEqual([short.status, short.err], [2, "A password has 12 to 128 characters.\n"]);
  const none = await magtrace(["user", "set-password", "ada@example.org"], { environment });
  assert.match(none.err, /^No password was given\./);

  const token = await magtrace(
    ["token", "create", "--user", "ada@example.org", "--scopes", "read,write", "--expires", "90d"],
    { environment },
  );
  assert.match(token.out, /^mgt_[\w-]{43}\n$/);
  const stranger = await magtrace(["token", "create", "--user", "bob@example.org", "--scopes", "read"], {
    environment,
  });
  assert.deepEqual([stranger.status, stranger.err], [66, "There is no account for bob@example.org.\n"]);

  const locked = await magtrace(["user", "disable", "ada@example.org"], { environment });
  assert.equal(locked.status, 0);
  const client = new pg.Client({ connectionString: accounts });
  await client.connect();
  const { rows } = await client.query("SELECT email, role, banned FROM users");
  await client.end();
  assert.deepEqual(rows, [{ email: "ada@example.org", role: "admin", banned: true }]);
});

test("an expiry is a coming date or days from now, and nothing else", () => {
  const now = Date.parse("2026-06-01T12:00:00Z");
  assert.equal(expiry("90d", now).toISOString(), "2026-08-30T12:00:00.000Z");
  assert.equal(expiry("2027-01-31", now).toISOString(), "2027-01-31T00:00:00.000Z");
  for (const text of ["", "soon", "0d", "-3d", "2026-05-31", "2026-13-01", "31.01.2027"]) {
    assert.throws(() => expiry(text, now), AppError, text);
  }
});

test("a command that needs the database starts it where none runs, and stops it again", async () => {
  const dataDir = join(temporaryFolder(), "data");
  const environment = { MAGTRACE_DATA_DIR: dataDir };
  const first = await magtrace(["migrate"], { environment });
  assert.deepEqual([first.status, first.err], [0, ""]);
  assert.match(first.out, /^Applied 0001_/);
  const second = await magtrace(["migrate"], { environment });
  assert.equal(second.out, "Nothing to do.\n");
  assert.equal(JSON.parse(readFileSync(join(dataDir, "postgres.json"), "utf8")).pid, 0);
});

test("doctor finds each fault and names a remedy", async () => {
  const { ownerUrl } = await createTestDatabase();
  const dataDir = join(temporaryFolder(), "data");
  const environment = { MAGTRACE_DATA_DIR: dataDir, DATABASE_URL: ownerUrl };
  const missing = await magtrace(["doctor"], { environment });
  assert.equal(missing.status, 1);
  assert.match(missing.out, /^ok {4}configuration$/m);
  assert.match(missing.out, /^FAIL {2}data folder .* `magtrace up` makes it\.$/m);

  mkdirSync(dataDir);
  const key = Buffer.alloc(32, 7).toString("base64");
  writeFileSync(join(dataDir, "master.key"), `mk-1:${key}\n`, { mode: 0o600 });
  const sound = await magtrace(["doctor"], { environment });
  assert.deepEqual([sound.status, sound.out.match(/^FAIL.*/m)], [0, null]);
  assert.match(sound.out, /^ok {4}database, PostgreSQL 18/m);
  assert.match(sound.out, /^ok {4}database role magtrace_app$/m);

  assert.match(sound.out, /^ok {4}audit$/m);

  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  await owner.query(
    "INSERT INTO audit.inbox (organization_id, action, at) VALUES (0, 'x', clock_timestamp() - interval '90 s')",
  );
  const late = await magtrace(["doctor"], { environment });
  assert.equal(late.status, 1);
  assert.match(late.out, /^FAIL {2}audit: An entry has waited (9\d|1\d\d) s .* see that one runs/m);
  await sequenceAudit(owner);
  await owner.end();

  writeFileSync(join(dataDir, "master.key"), "mk-1:nonsense\n");
  const corrupted = await magtrace(["doctor"], { environment });
  assert.equal(corrupted.status, 1);
  assert.match(corrupted.out, /^FAIL {2}master key and objects: .*Restore it from your copy/m);
  chmodSync(join(dataDir, "master.key"), 0o644);
  assert.match((await magtrace(["doctor"], { environment })).out, /^FAIL {2}master key.*chmod 600/m);

  const unreachable = { ...environment, DATABASE_URL: "postgresql://a:b@127.0.0.1:9/none" };
  const refused = await magtrace(["doctor"], { environment: unreachable });
  assert.match(refused.out, /^FAIL {2}database: .+/m);
  const faulty = await magtrace(["doctor"], { environment: { PORT: "no", LOG_LEVEL: "loud" } });
  assert.deepEqual([faulty.status, faulty.out.match(/^FAIL {2}configuration: /gm)?.length], [1, 2]);
});

test("an unforeseen error is one sentence with a number that logs/cli.log explains", async () => {
  const dataDir = join(temporaryFolder(), "data");
  mkdirSync(join(dataDir, "magtrace.lock"), { recursive: true });
  const { status, err } = await magtrace(["up", "--port", "0"], {
    environment: { MAGTRACE_DATA_DIR: dataDir },
  });
  assert.equal(status, 70);
  const id = /^MagTrace met an unexpected error, ([0-9a-f-]{36})\. It is described in logs\/cli\.log/.exec(
    err,
  )?.[1];
  assert.ok(id, err);
  assert.ok(readFileSync(join(dataDir, "logs", "cli.log"), "utf8").includes(id));
});
