import type { TestContext } from "node:test";
import type { TokenScope } from "@magtrace/contracts";
import { createUser } from "../../src/accounts/administration/users.ts";
import { createTokenFor } from "../../src/accounts/tokens/tokens.ts";
import { type Api, type ApiOptions, startApi } from "../../src/api.ts";
import { type Config, readConfig } from "../../src/config.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { mailJob } from "../../src/platform/mail/mailJob.ts";
import { openSmtp } from "../../src/platform/mail/smtp.ts";
import { openPlatform } from "../../src/platform/openPlatform.ts";
import { startRunner } from "../../src/platform/queue/runner.ts";
import { startWorker, type Worker } from "../../src/worker.ts";
import { temporaryFolder } from "./temporaryFolder.ts";
import { createTestDatabase, type TestDatabase } from "./testDatabase.ts";

/** An api and a worker in this process, on a database and a data folder of their own. */
export interface TestInstallation {
  readonly api: Api;
  readonly config: Config;
  readonly database: TestDatabase;
  readonly dataDir: string;
  /** Ends the worker, and starts another. */
  restartWorker(): Promise<void>;
  /** Starts the worker where a test left none. */
  resumeWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  /** Stops it, and has mails sent all the same. */
  stopAllButMails(): Promise<void>;
  /** A user of an organisation, with a token. The first of an organisation should be its owner. */
  addUser(user: TestUser): Promise<ApiCaller>;
  caller(token: string | null): ApiCaller;
}

export interface TestUser {
  readonly name: string;
  readonly organization: string;
  readonly organizationRole?: "owner" | "admin" | "member";
  readonly role?: "admin" | "user" | "read_only";
  readonly scopes?: TokenScope[];
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly body: T;
}

/** Calls the api as one user. `T` is what a test expects; the api checks its answers against their schemas. */
export interface ApiCaller {
  readonly token: string | null;
  call<T = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Answer<T>>;
  upload<T = Record<string, unknown>>(
    projectId: number,
    file: { name: string; bytes: Uint8Array | string },
    fields?: Record<string, string>,
  ): Promise<Answer<T>>;
}

/** Limits go on being counted, and a test that is about something else does not reach them. */
export const manyRequests = {
  RATE_LIMIT_SIGN_IN: "100000",
  RATE_LIMIT_READ: "1000000",
  RATE_LIMIT_WRITE: "1000000",
  RATE_LIMIT_UPLOAD: "100000",
  RATE_LIMIT_TRAINING: "100000",
};

export async function startTestInstallation(
  t: Pick<TestContext, "after">,
  environment: Record<string, string> | ((database: TestDatabase) => Record<string, string>) = {},
  options: ApiOptions = {},
): Promise<TestInstallation> {
  const database = await createTestDatabase();
  const dataDir = temporaryFolder();
  const config = readConfig({
    MAGTRACE_DATA_DIR: dataDir,
    PORT: "0",
    LOG_LEVEL: "fatal",
    // So that each read is found by its request; the window has tests of its own.
    AUDIT_READ_WINDOW_SECONDS: "0",
    // A first job waits for its process, which on a busy machine takes a while to start.
    UPLOAD_WAIT_SECONDS: "120",
    ...manyRequests,
    // As with the embedded database.
    DATABASE_PREPARED_STATEMENTS: "true",
    DATABASE_APP_URL: database.app,
    DATABASE_ACCOUNTS_URL: database.accounts,
    DATABASE_QUEUE_URL: database.queue,
    ...(typeof environment === "function" ? environment(database) : environment),
  });
  const api = await startApi(config, { checkResponses: true, ...options });
  const { store } = options;
  let worker: Worker | undefined = await startWorker(config, { store });
  const pool = createPool({ url: database.accounts, size: 1, name: "test" });
  t.after(async () => {
    await worker?.stop();
    await api.stop();
    await pool.end();
  });
  return {
    api,
    config,
    database,
    dataDir,
    async stopWorker() {
      await worker?.stop();
      worker = undefined;
    },
    async stopAllButMails() {
      await worker?.stop();
      const platform = await openPlatform(config, "worker");
      const smtp = openSmtp({ smtpUrl: config.SMTP_URL, from: config.MAIL_FROM });
      const runner = await startRunner({
        url: database.queue,
        log: platform.deps.log,
        concurrency: 4,
        handlers: { mail: mailJob(smtp, platform.mailSecret) },
      });
      worker = {
        async stop() {
          await runner.stop();
          smtp.close();
          await platform.close();
        },
      };
    },
    async restartWorker() {
      await worker?.stop();
      worker = await startWorker(config, { store });
    },
    async resumeWorker() {
      worker ??= await startWorker(config, { store });
    },
    async addUser({ name, organization, organizationRole = "owner", role = "user", scopes }) {
      const email = `${name}@example.com`;
      await createUser(pool, {
        name,
        email,
        password: "correct horse battery",
        role,
        organization,
        organizationRole,
      });
      const { token } = await createTokenFor(pool, email, {
        name: "test",
        scopes: scopes ?? ["read", "write", "train", "admin"],
      });
      return callerOf(api.address, token);
    },
    caller: (token) => callerOf(api.address, token),
  };
}

export function callerOf(address: string, token: string | null): ApiCaller {
  const credential: Record<string, string> = token === null ? {} : { authorization: `Bearer ${token}` };
  return {
    token,
    async call<T>(method: string, path: string, body?: unknown) {
      const response = await fetch(address + path, {
        method,
        headers: { ...credential, ...(body === undefined ? {} : { "content-type": "application/json" }) },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      return answerOf<T>(response);
    },
    async upload<T>(projectId: number, file: { name: string; bytes: Uint8Array | string }, fields = {}) {
      const form = new FormData();
      form.set("project", String(projectId));
      for (const [name, value] of Object.entries(fields)) form.set(name, String(value));
      form.set("file", new Blob([file.bytes as string | Uint8Array<ArrayBuffer>]), file.name);
      const response = await fetch(`${address}/api/datasets/upload/`, {
        method: "POST",
        headers: credential,
        body: form,
      });
      return answerOf<T>(response);
    },
  };
}

async function answerOf<T>(response: Response): Promise<Answer<T>> {
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("application/json");
  const body = (isJson && text !== "" ? JSON.parse(text) : text) as T;
  return { status: response.status, headers: response.headers, body };
}
