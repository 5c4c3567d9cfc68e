import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { AuditEntry, Dataset, Me, Prediction, Project, TrainingSession } from "@magtrace/contracts";
import pg from "pg";
import { createPool } from "../../src/platform/database/pool.ts";
import { openBrowser } from "../support/browser.ts";
import {
  createModel,
  createProject,
  label,
  ok,
  predict,
  simulateSurvey,
  train,
  upload,
} from "../support/learningStage.ts";
import {
  CONNECTIONS_A_ROLE,
  type PgBouncerServer,
  skipPgBouncer,
  startPgBouncer,
} from "../support/pgBouncerServer.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { createTestDatabase } from "../support/testDatabase.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";

const PEOPLE = 12;
const ROUNDS = 15;

describe("behind PgBouncer in transaction mode", { skip: skipPgBouncer }, () => {
  const cleanup = suiteCleanup();
  let bouncer: PgBouncerServer;
  let installation: TestInstallation;
  let ann: ApiCaller;

  before(async () => {
    // Another database of the same server, which PgBouncer needs to know before the installation starts.
    bouncer = await startPgBouncer(await createTestDatabase());
    cleanup.after(() => bouncer.stop());
    installation = await startTestInstallation(cleanup, ({ app, accounts, queue }) => ({
      WORKER_THREADS: "2",
      // Before 1.21 it keeps no names.
      DATABASE_PREPARED_STATEMENTS: "false",
      DATABASE_APP_URL: bouncer.through(app),
      DATABASE_ACCOUNTS_URL: bouncer.through(accounts),
      DATABASE_QUEUE_URL: bouncer.through(queue),
      DATABASE_DIRECT_URL: queue,
    }));
    ann = await installation.addUser({ name: "ann", organization: "First" });
  });

  test("somebody signs in with a password, a recording is labelled, a model trained and used", async () => {
    const page = openBrowser(installation.api.address);
    assert.equal((await page.signIn("ann@example.com", "correct horse battery")).status, 200);
    assert.equal((await page.call<Me>("GET", "/api/me/")).body.email, "ann@example.com");

    const project = await createProject(ann, "North field");
    const events = await listenTo(project);
    const survey = simulateSurvey({ seed: 1 });
    const dataset = await upload(ann, project, survey.csv);
    await events.until(`"dataset"`);
    await events.end();
    await label(ann, dataset, survey.events);
    const model = await createModel(ann, project);
    const session: TrainingSession = await train(ann, model, dataset);
    assert.equal(session.status, "completed");
    const prediction: Prediction = await predict(ann, { model: model.id, dataset: dataset.id });
    assert.equal(prediction.status, "completed");
    assert.equal((await page.call("POST", "/api/auth/sign-out", {})).status, 200);
    assert.equal((await page.call("GET", "/api/me/")).status, 401);
  });

  test("the audit's entries get their place, and are found by time", async () => {
    await createProject(ann, "South field");
    const path = "/api/audit/?action=project.create&since=2020-01-01T00:00:00Z&until=2100-01-01T00:00:00Z";
    await untilTrue(async () => (await ok<AuditEntry[]>(ann, "GET", path)).length > 0);
  });

  test("people of many teams who ask at the same time see what is theirs, and nothing else", async () => {
    const people = await Promise.all(
      Array.from({ length: PEOPLE }, async (_, index) => {
        const caller = await installation.addUser({ name: `p${index}`, organization: `Team ${index}` });
        const projects = [await createProject(caller, `of ${index}`)];
        return { caller, index, projects };
      }),
    );
    await Promise.all(
      people.map(async ({ caller, index, projects }) => {
        const other = people[(index + 1) % PEOPLE]!.projects[0]!;
        for (let round = 0; round < ROUNDS; round++) {
          const listed = await ok<Project[]>(caller, "GET", "/api/projects/");
          assert.deepEqual(
            listed.map(({ id }) => id),
            projects,
          );
          const [own, foreign, refused, lists] = await Promise.all([
            caller.call<Project>("PATCH", `/api/projects/${projects[0]}/`, { name: `${index}, ${round}` }),
            caller.call("GET", `/api/projects/${other}/`),
            caller.call("POST", "/api/projects/", { name: "" }),
            caller.call<Dataset[]>("GET", "/api/datasets/"),
          ]);
          assert.deepEqual([own.status, own.body.name], [200, `${index}, ${round}`]);
          assert.deepEqual([foreign.status, refused.status, lists.status], [404, 400, 200]);
          assert.deepEqual(lists.body, []);
          if (round % 5 === 0) projects.push(await createProject(caller, `more of ${index}`));
        }
      }),
    );
  });

  test("transactions leave nothing behind on the connections that others will use", async () => {
    const { app, accounts, queue, ownerUrl } = installation.database;
    for (const url of [app, accounts, queue]) {
      const pool = createPool({ url: bouncer.through(url), size: 4, name: "test" });
      try {
        // Each in a transaction that lasts a while: both connections to the server are asked.
        const states = await Promise.all(
          Array.from({ length: 4 * CONNECTIONS_A_ROLE }, async () => {
            const { rows } = await pool.query(
              `SELECT pg_backend_pid() AS pid, current_user = session_user AS itself,
                 coalesce(current_setting('magtrace.ticket', true), '') AS ticket,
                 coalesce(current_setting('magtrace.author', true), '') AS author,
                 (SELECT count(*)::int FROM pg_settings WHERE source = 'session' AND name <> 'application_name') AS set,
                 pg_sleep(0.05)`,
            );
            return rows[0];
          }),
        );
        for (const { itself, ticket, author, set } of states) {
          assert.deepEqual({ itself, ticket, author, set }, { itself: true, ticket: "", author: "", set: 0 });
        }
      } finally {
        await pool.end();
      }
    }
    const owner = new pg.Client({ connectionString: ownerUrl });
    await owner.connect();
    const { rows } = await owner.query(
      `SELECT count(*)::int AS connections FROM pg_stat_activity
       WHERE datname = current_database() AND usename = 'magtrace_app'`,
    );
    await owner.end();
    assert.deepEqual(rows, [{ connections: CONNECTIONS_A_ROLE }], "all requests went through PgBouncer");
  });

  interface Listening {
    until(text: string): Promise<void>;
    end(): Promise<void>;
  }

  async function listenTo(project: number): Promise<Listening> {
    const response = await fetch(`${installation.api.address}/api/events/?project_id=${project}`, {
      headers: { authorization: `Bearer ${ann.token}` },
      signal: AbortSignal.timeout(120_000),
    });
    assert.equal(response.status, 200);
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    return {
      async until(text) {
        for (let seen = ""; !seen.includes(text); ) {
          const { done, value } = await reader.read();
          assert.ok(!done, `the stream ended before ${text}`);
          seen += value;
        }
      },
      end: () => reader.cancel(),
    };
  }
});
