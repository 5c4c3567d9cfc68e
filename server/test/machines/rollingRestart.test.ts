import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { Dataset } from "@magtrace/contracts";
import { freePort } from "../../src/platform/freePort.ts";
import { categoriesOf, createProject, simulateSurvey, upload } from "../support/learningStage.ts";
import { skipNginx } from "../support/nginxServer.ts";
import { type SpawnedApi, spawnApi } from "../support/spawnApi.ts";
import { type SpawnedWorker, spawnWorker } from "../support/spawnWorker.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import {
  type ApiCaller,
  callerOf,
  startTestInstallation,
  type TestInstallation,
} from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";
import { type Balancer, startBalancer } from "./balancer.ts";
import { listenToEvents } from "./eventListener.ts";

const APIS = 2;
const WORKERS = 2;
const LISTS_AT_ONCE = 4;
/** How long a fault that nobody planned may be noticed. */
const MOST_NOTICED_MS = 2_000;

describe("several apis and workers behind nginx", { skip: skipNginx }, () => {
  const cleanup = suiteCleanup();
  const apis: SpawnedApi[] = [];
  const workers: SpawnedWorker[] = [];
  const ports: number[] = [];
  let installation: TestInstallation;
  let balancer: Balancer;
  let ann: ApiCaller;
  let project: number;

  const startApi = (at: number) =>
    spawnApi(cleanup, installation, {
      PORT: String(ports[at]),
      DRAIN_SECONDS: "1",
      UPLOAD_WAIT_SECONDS: "120",
      LOG_LEVEL: "info",
    });

  before(async () => {
    installation = await startTestInstallation(cleanup);
    await installation.stopWorker();
    const direct = await installation.addUser({ name: "ann", organization: "North" });
    for (let at = 0; at < APIS; at++) ports.push(await freePort());
    balancer = await startBalancer(ports);
    cleanup.after(() => balancer.stop());
    for (let at = 0; at < APIS; at++) apis.push(await startApi(at));
    for (let at = 0; at < WORKERS; at++) workers.push(spawnWorker(cleanup, installation.config));
    ann = callerOf(balancer.address, direct.token);
    project = await createProject(ann, "Survey");
  });

  /** What goes on until it is told to stop, and every answer that was no success. */
  function startLoad(dataset: Dataset, category: number) {
    const failures: { readonly what: string; readonly atMs: number }[] = [];
    const uploaded: number[] = [];
    const counts = { lists: 0, labels: 0 };
    let isOver = false;
    const fail = (what: string) => failures.push({ what, atMs: performance.now() });

    async function again(
      what: string,
      work: () => Promise<{ status: number; body: unknown }>,
    ): Promise<void> {
      while (!isOver) {
        try {
          const { status, body } = await work();
          if (status >= 300) fail(`${what}: ${status} ${JSON.stringify(body).slice(0, 200)}`);
        } catch (error) {
          fail(`${what}: ${(error as Error).message} ${String((error as Error).cause ?? "")}`);
        }
      }
    }

    const labels = () => {
      counts.labels++;
      const at = counts.labels % 1_000;
      return ann.call("POST", "/api/annotations/", {
        dataset: dataset.id,
        category,
        start_index: at,
        end_index: at + 5,
      });
    };
    const uploads = async () => {
      const { csv } = simulateSurvey({ seed: uploaded.length, rows: 200 });
      const answer = await ann.upload<Dataset>(project, { name: `${uploaded.length}.csv`, bytes: csv });
      if (answer.status === 201) uploaded.push(answer.body.id);
      return answer;
    };
    const lists = () => {
      counts.lists++;
      return ann.call("GET", `/api/datasets/?project_id=${project}`);
    };
    const running = [
      ...Array.from({ length: LISTS_AT_ONCE }, () => again("list", lists)),
      again("label", labels),
      again("upload", uploads),
    ];
    return {
      failures,
      uploaded,
      counts,
      async stop() {
        isOver = true;
        await Promise.all(running);
      },
    };
  }

  test("are restarted in turn under load: no request fails, no event and no job is lost", async (t) => {
    const dataset = await upload(ann, project, simulateSurvey({ seed: 99, rows: 2_000 }).csv);
    const { Motor: category } = await categoriesOf(ann, project);
    const listener = listenToEvents(balancer.address, project, ann.token!);
    cleanup.after(() => listener.stop());
    const load = startLoad(dataset, category!);
    try {
      for (let at = 0; at < APIS; at++) {
        await balancer.use(ports.filter((_, each) => each !== at));
        assert.equal(await apis[at]!.stop(), 0, "an api");
        apis[at] = await startApi(at);
        await balancer.use(ports);
      }
      for (let at = 0; at < WORKERS; at++) {
        assert.equal(await workers[at]!.stop(), 0, "a worker");
        workers[at] = spawnWorker(cleanup, installation.config);
      }
    } finally {
      await load.stop();
    }
    const { counts, uploaded } = load;
    t.diagnostic(
      `${counts.lists} lists, ${counts.labels} labels, ${uploaded.length} uploads; the event stream came back ${listener.reconnected} times, ${listener.missed} times without knowing what it had missed`,
    );
    assert.deepEqual(load.failures, [], balancer.complaints());
    assert.ok(counts.lists > 50 && counts.labels > 10 && uploaded.length > 2);
    const { headers } = await ann.call("GET", `/api/annotations/?dataset_id=${dataset.id}&limit=1`);
    assert.equal(headers.get("x-total-count"), String(counts.labels));

    const completed = () =>
      new Set(
        listener.heard
          .filter(({ kind, state }) => kind === "dataset" && state.status === "completed")
          .map(({ id }) => id),
      );
    if (listener.missed === 0) await untilTrue(async () => uploaded.every((id) => completed().has(id)));
    assert.ok(listener.reconnected >= 1, "the stream was never ended");
  });

  test("one of each killed under load: what fails fails at once, and no job is lost", async (t) => {
    const dataset = await upload(ann, project, simulateSurvey({ seed: 98, rows: 2_000 }).csv);
    const { Motor: category } = await categoriesOf(ann, project);
    const load = startLoad(dataset, category!);
    const killedMs = performance.now();
    try {
      await Promise.all([apis[0]!.kill(), workers[0]!.kill()]);
      await delay(2 * MOST_NOTICED_MS);
      apis[0] = await startApi(0);
      workers[0] = spawnWorker(cleanup, installation.config);
    } finally {
      await load.stop();
    }
    t.diagnostic(
      `${load.failures.length} requests failed: ${load.failures.map(({ what }) => what.slice(0, 40)).join("; ")}`,
    );
    assert.deepEqual(
      load.failures.filter(({ atMs }) => atMs > killedMs + MOST_NOTICED_MS),
      [],
    );
    // No more than were under way.
    assert.ok(load.failures.length <= LISTS_AT_ONCE + 2);
    assert.ok(load.uploaded.length > 0 && load.counts.lists > 20);
  });
});
