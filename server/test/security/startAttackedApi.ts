import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { variables } from "../../src/config.ts";
import { manyRequests, type TestInstallation } from "../support/testInstallation.ts";

const program = fileURLToPath(new URL("attackedApi.ts", import.meta.url));

export interface AttackedApi {
  readonly address: string;
  /** What the api logged of the failures it answered, by request id. */
  readonly causes: ReadonlyMap<string, string>;
  /** How long the api worked at most, ms of processor time, without looking at what else came while this was done. */
  longestTurnMs(work: () => Promise<void>): Promise<number>;
}

export interface AttackedOptions {
  /** Whether it has the routes that are meant to be broken, too. */
  readonly vulnerable?: boolean;
  /** Whether its answers are held to their schemas, as they are not when people use it. */
  readonly checked?: boolean;
  /** Whether whoever gives wrong passwords has to wait; they do by default. */
  readonly guarded?: boolean;
  readonly environment?: Record<string, string>;
}

/** An api process of its own on an installation's database, so that attacker and attacked share no event loop. */
export async function startAttackedApi(
  t: Pick<TestContext, "after">,
  installation: TestInstallation,
  { vulnerable = false, checked = true, guarded = true, environment = {} }: AttackedOptions = {},
): Promise<AttackedApi> {
  const { config, database, dataDir } = installation;
  const kept = Object.entries(process.env).filter(([name]) => !(name in variables));
  const switches = [
    ...(vulnerable ? ["--vulnerable"] : []),
    ...(checked ? [] : ["--unchecked"]),
    ...(guarded ? [] : ["--unguarded"]),
  ];
  const child = spawn(process.execPath, [program, ...switches], {
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    env: {
      ...Object.fromEntries(kept),
      MAGTRACE_DATA_DIR: dataDir,
      PORT: "0",
      LOG_LEVEL: "error",
      DATABASE_PREPARED_STATEMENTS: String(config.DATABASE_PREPARED_STATEMENTS),
      DATABASE_APP_URL: database.app,
      DATABASE_ACCOUNTS_URL: database.accounts,
      DATABASE_QUEUE_URL: database.queue,
      UPLOAD_WAIT_SECONDS: "0",
      ...manyRequests,
      ...environment,
    },
  });
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.disconnect();
    await ended;
  });
  const causes = collectCauses(child);
  const address = await addressOf(child);
  return {
    address,
    causes,
    async longestTurnMs(work) {
      await told(child, "start");
      await work();
      return told(child, "stop");
    },
  };
}

async function told(child: ChildProcess, order: "start" | "stop"): Promise<number> {
  const answered = once(child, "message");
  child.send(order);
  const [{ longestTurnMs }] = (await answered) as [{ longestTurnMs: number }];
  return longestTurnMs;
}

async function addressOf(child: ChildProcess): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  child.once("message", (message: { address: string }) => resolve(message.address));
  child.once("exit", () => reject(new Error("the api to be attacked ended before it listened")));
  return promise;
}

function collectCauses(child: ChildProcess): ReadonlyMap<string, string> {
  const causes = new Map<string, string>();
  createInterface({ input: child.stdout! }).on("line", (line) => {
    const entry = JSON.parse(line) as { request_id?: string; err?: { message?: string; stack?: string } };
    causes.set(entry.request_id ?? "", entry.err?.stack ?? entry.err?.message ?? line);
  });
  return causes;
}
