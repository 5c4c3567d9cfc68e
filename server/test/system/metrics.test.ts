import assert from "node:assert/strict";
import { createServer } from "node:http";
import { before, describe, test } from "node:test";
import { noteBackup } from "../../src/backup/lastBackups.ts";
import { freePort } from "../../src/platform/freePort.ts";
import { startWorker, type Worker } from "../../src/worker.ts";
import { childrenOf } from "../support/childrenOf.ts";
import { scrape } from "../support/scrape.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import { untilTrue } from "../support/untilTrue.ts";

describe("the metrics of an api and a worker", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;
  let ada: ApiCaller;
  let project = 0;
  let [apiPort, workerPort] = [0, 0];
  let worker: Worker | undefined;

  before(async () => {
    [apiPort, workerPort] = [await freePort(), await freePort()];
    installation = await startTestInstallation(cleanup, { METRICS_PORT: String(apiPort) });
    await installation.stopWorker();
    worker = await startWorker({ ...installation.config, METRICS_PORT: workerPort });
    cleanup.after(() => worker?.stop());
    ada = await installation.addUser({ name: "ada", organization: "North", role: "admin" });
    const made = await ada.call<{ id: number }>("POST", "/api/projects/", { name: "Survey" });
    project = made.body.id;
  });

  test("requests are counted by the route's template, and whatever has none as one", async () => {
    await ada.call("GET", `/api/projects/${project}/`);
    for (const path of ["/api/nothing/", "/api/projects/1/nothing/", "/.env"]) await ada.call("GET", path);
    await installation.caller("mgt_wrong").call("GET", "/api/me/");
    const scraped = await scrape(apiPort);
    const requests = scraped.all("magtrace_http_requests_total");
    assert.equal(requests.get('{method="GET",route="/api/projects/:id/",status="2xx"}'), 1);
    assert.equal(requests.get('{method="any",route="unknown",status="4xx"}'), 3);
    assert.equal(requests.get('{method="GET",route="/api/me/",status="4xx"}'), 1);
    assert.equal(
      scraped.value('magtrace_http_request_seconds_count{method="GET",route="/api/projects/:id/"}'),
      1,
    );
    assert.equal(scraped.value('magtrace_http_refusals_total{code="not_signed_in"}'), 1);
    assert.equal(scraped.value('magtrace_http_requests_in_flight{kind="request"}'), 0);
    assert.doesNotMatch([...requests.keys()].join(), /nothing|\.env/);
  });

  test("a stream of events is under way until its client goes, and its length is not measured", async () => {
    const gone = new AbortController();
    const stream = await fetch(`${installation.api.address}/api/events/?project_id=${project}`, {
      headers: { authorization: `Bearer ${ada.token}` },
      signal: gone.signal,
    });
    assert.equal(stream.status, 200);
    const open = async () => (await scrape(apiPort)).value('magtrace_http_requests_in_flight{kind="stream"}');
    assert.equal(await open(), 1);
    gone.abort();
    await untilTrue(async () => (await open()) === 0);
    const scraped = await scrape(apiPort);
    const route = 'method="GET",route="/api/events/"';
    assert.equal(scraped.value(`magtrace_http_requests_total{${route},status="aborted"}`), 1);
    assert.equal(scraped.value(`magtrace_http_request_seconds_count{${route}}`) ?? 0, 0);
  });

  test("what a job's own process has counted is the worker's to tell, also when that process is gone", async () => {
    const bytes = "timestamp_pc,b_x,b_y,b_z\n1,2,3,4\n2,3,4,5\n3,4,5,6\n";
    assert.equal((await ada.upload(project, { name: "a.csv", bytes })).status, 201);
    assert.equal((await ada.upload(project, { name: "b.csv", bytes: "nothing" })).status, 422);
    const check = async () => {
      const scraped = await scrape(workerPort);
      assert.equal(scraped.value('magtrace_ingest_files_total{outcome="completed"}'), 1);
      assert.equal(scraped.value('magtrace_ingest_files_total{outcome="refused"}'), 1);
      assert.equal(scraped.value("magtrace_ingest_rows_total"), 3);
      assert.equal(scraped.value("magtrace_ingest_bytes_total"), bytes.length + "nothing".length);
      assert.equal(scraped.value('magtrace_jobs_total{queue="ingest",outcome="done"}'), 2);
      assert.ok(scraped.value('magtrace_object_operations_total{operation="write",outcome="ok"}')! > 0);
      assert.equal(scraped.value('magtrace_build_info{version="0.1.0",process="worker"}'), 1);
      assert.ok(scraped.value("process_start_time_seconds")! > 0);
    };
    await check();
    const jobProcesses = () =>
      childrenOf(process.pid).filter(({ command }) => command.includes("jobProcess.ts"));
    assert.equal(jobProcesses().length, 1);
    for (const { pid } of jobProcesses()) process.kill(pid, "SIGKILL");
    await untilTrue(async () => jobProcesses().length === 0);
    await check();
    const written = (await scrape(apiPort)).value('magtrace_object_bytes_total{direction="written"}');
    assert.ok(written! >= bytes.length, "the api has sealed the file");
  });

  test("every api shows the queues, labels and backups of the whole installation", async () => {
    const first = await scrape(apiPort);
    assert.equal(first.value("magtrace_installation_visible"), 1);
    assert.equal(first.value('magtrace_installation_queue_jobs{queue="train",state="ready"}'), 0);
    assert.equal(first.value("magtrace_installation_backup_last_success_timestamp_seconds"), 0);

    await worker?.stop();
    worker = undefined;
    const { body: dataset } = await ada.call<{ id: number }[]>("GET", `/api/datasets/?project_id=${project}`);
    const { body: categories } = await ada.call<{ id: number }[]>(
      "GET",
      `/api/label-categories/?project_id=${project}`,
    );
    const label = { dataset: dataset[0]!.id, category: categories[0]!.id, start_index: 0, end_index: 1 };
    assert.equal((await ada.call("POST", "/api/annotations/", label)).status, 201);
    const { body: model } = await ada.call("POST", "/api/user-models/", { project, name: "Fan" });
    const training = { model_id: model.id, dataset_id: dataset[0]!.id };
    assert.equal((await ada.call("POST", "/api/training-sessions/start_training/", training)).status, 201);
    noteBackup(installation.dataDir, { succeeded_at: "2026-11-28T02:30:00.000Z" });
    // What was looked at before is good for a while.
    await untilTrue(
      async () =>
        (await scrape(apiPort)).value('magtrace_installation_queue_jobs{queue="train",state="ready"}') === 1,
    );
    const then = await scrape(apiPort);
    assert.ok(then.value('magtrace_installation_queue_oldest_seconds{queue="train"}')! > 0);
    assert.equal(then.value('magtrace_installation_labels_made_total{how="create"}'), 1);
    assert.equal(
      then.value("magtrace_installation_backup_last_success_timestamp_seconds"),
      Date.parse("2026-11-28T02:30:00Z") / 1000,
    );
    assert.equal(
      then.value('magtrace_database_pool_size{role="app"}'),
      installation.config.DATABASE_POOL_SIZE,
    );
  });

  test("browsers report how fast pages are, by template, and nothing else gets in", async () => {
    const guest = installation.caller(null);
    const vitals = { page: "/projects/$projectId", lcp_ms: 1200, inp_ms: 90, cls: 0.02 };
    assert.equal((await guest.call("POST", "/api/vitals/", vitals)).status, 204);
    for (const wrong of [{ page: "/projects/17" }, { lcp_ms: 1 }, { page: "other", cls: -1 }]) {
      assert.equal((await guest.call("POST", "/api/vitals/", wrong)).status, 400, JSON.stringify(wrong));
    }
    const scraped = await scrape(apiPort);
    assert.equal(scraped.value('magtrace_web_largest_paint_seconds_sum{page="/projects/$projectId"}'), 1.2);
    assert.equal(scraped.value('magtrace_web_input_delay_seconds_count{page="/projects/$projectId"}'), 1);
    assert.equal(scraped.all("magtrace_web_layout_shift_count").size, 1);
  });

  test("the port has metrics and nothing else, and the api's own has none", async () => {
    assert.equal((await fetch(`http://127.0.0.1:${apiPort}/`)).status, 404);
    assert.equal((await fetch(`http://127.0.0.1:${apiPort}/metrics`, { method: "POST" })).status, 404);
    assert.equal((await fetch(`${installation.api.address}/metrics`)).status, 404);
  });
});

test("a metrics port that is taken stops nothing, and is used once it is free", async (t) => {
  const port = await freePort();
  const taken = createServer().listen(port, "127.0.0.1");
  const installation = await startTestInstallation(t, { METRICS_PORT: String(port) });
  assert.equal((await installation.caller(null).call("GET", "/health/")).status, 200);
  await new Promise((resolve) => taken.close(resolve));
  await untilTrue(() =>
    scrape(port).then(
      () => true,
      () => false,
    ),
  );
});
