/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Job, QueueFigures } from "@magtrace/contracts";
import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { openApp } from "../../../test/app.tsx";
import { me } from "../../../test/samples.ts";
import { type Asked, askedFor, refusal, serverAnswers } from "../../../test/stubApi.ts";

const ID = "0b1c2d3e-0000-4000-8000-000000000001";
const MOMENT = "2026-11-06T12:00:00Z";

const job = (fields: Partial<Job> = {}): Job => ({
  id: ID,
  queue: "ingest",
  state: "failed",
  created_at: MOMENT,
  started_at: MOMENT,
  finished_at: "2026-11-06T12:00:12Z",
  run_after: null,
  tries: 11,
  most_tries: 11,
  organization: 3,
  organization_name: "Harbour lab",
  project: 4,
  user: 1,
  user_name: "Ada",
  subject: "dataset 12",
  progress: null,
  error: "the disk is full",
  expires_at: "2026-12-06T12:00:12Z",
  can_retry: true,
  can_cancel: false,
  ...fields,
});

const figures = (fields: Partial<QueueFigures> = {}): QueueFigures => ({
  queue: "ingest",
  waiting: 0,
  retrying: 0,
  active: 0,
  failed: 0,
  oldest_waiting_s: null,
  done_last_hour: 0,
  done_last_day: 0,
  failed_last_hour: 0,
  failed_last_day: 0,
  median_s: null,
  p95_s: null,
  ...fields,
});

function open(jobs: unknown, { queues = [figures()] as unknown, role = "admin", search = "" } = {}) {
  serverAnswers({
    "GET me/": { ...me(), role },
    "GET organizations/": [],
    "GET admin/jobs/queues/": queues,
    "GET admin/jobs/": jobs,
  });
  openApp(`/administration/jobs${search}`);
}

const cells = async (table: string, row: RegExp) =>
  within(within(await screen.findByRole("table", { name: table })).getByRole("row", { name: row }))
    .getAllByRole("cell")
    .map((cell) => cell.textContent);

const lastAsked = () => Object.fromEntries(askedFor("GET admin/jobs/").at(-1)?.query ?? []);

test("each kind of work has its figures, in plain words, and those that are counted lead to their jobs", async () => {
  open([], {
    queues: [
      figures({
        waiting: 2,
        oldest_waiting_s: 75,
        failed: 5_000,
        done_last_hour: 7,
        done_last_day: 90,
        median_s: 1.25,
      }),
      figures({ queue: "mail", done_last_hour: null, done_last_day: null }),
    ],
  });
  assert.deepEqual(await cells("Kinds of work", /Reading files/), [
    "Reading files",
    "2",
    "5,000+",
    "0",
    "0",
    "1 min 15 s",
    "7",
    "90",
    "1.3 s",
    "–",
  ]);
  assert.deepEqual((await cells("Kinds of work", /Sending mail/)).slice(6, 8), ["–", "–"]);
  fireEvent.click(screen.getByRole("link", { name: "5,000+ failed: Reading files" }));
  await waitFor(() => assert.deepEqual([lastAsked().queue, lastAsked().state], ["ingest", "failed"]));
});

test("a job says what it is about, for whom, and why it failed", async () => {
  open([
    job(),
    job({ id: "0b1c2d3e-0000-4000-8000-000000000002", queue: "sweep", organization: null, subject: null }),
  ]);
  const [what, state, whose, , took, tries] = await cells("Jobs", /dataset 12/);
  assert.deepEqual(
    [what, state, whose, took, tries],
    ["Reading filesdataset 12", "failedthe disk is full", "Harbour labAda", "12 s", "11"],
  );
  assert.equal((await cells("Jobs", /Nightly clean-up/))[2], "the installation");
});

test("retrying is done at once and undone by cancelling", async () => {
  const asked: string[] = [];
  open([job()]);
  serverAnswers({
    [`POST admin/jobs/${ID}/retry/`]: ({ what }: Asked) => {
      asked.push(what);
      return job({ state: "retrying" });
    },
    [`POST admin/jobs/${ID}/cancel/`]: ({ what }: Asked) => {
      asked.push(what);
      return job({ state: "cancelled" });
    },
  });
  fireEvent.click(await screen.findByRole("button", { name: "Retry Reading files, dataset 12" }));
  fireEvent.click(await screen.findByRole("button", { name: "Undo" }));
  await screen.findByText("Reading files, dataset 12: cancelled.");
  assert.deepEqual(asked, [`POST admin/jobs/${ID}/retry/`, `POST admin/jobs/${ID}/cancel/`]);
});

test("a running job is cancelled only after a question, and a refusal says why", async () => {
  open([
    job({
      state: "active",
      finished_at: null,
      progress: 41.7,
      error: null,
      can_retry: false,
      can_cancel: true,
    }),
  ]);
  assert.equal((await cells("Jobs", /dataset 12/))[1], "running, 41 %");
  serverAnswers({
    [`POST admin/jobs/${ID}/cancel/`]: refusal(409, "conflict", "This job is completed already."),
  });
  fireEvent.click(screen.getByRole("button", { name: "Cancel Reading files, dataset 12" }));
  await screen.findByText(/What it has done so far is lost/);
  assert.equal(askedFor(`POST admin/jobs/${ID}/cancel/`).length, 0);
  fireEvent.click(screen.getByRole("button", { name: "Cancel the job" }));
  await screen.findByText("The job was not cancelled");
  await screen.findByText(/This job is completed already\./);
});

test("older jobs follow from where the page ends, with the filters that are set", async () => {
  const next = `1700000000000000_${ID}`;
  open(
    ({ query }: Asked) =>
      Response.json([job()], {
        headers: query.has("before")
          ? {}
          : { link: `</api/admin/jobs/?state=failed&before=${next}>; rel="next"` },
      }),
    { search: "?state=failed" },
  );
  fireEvent.click(await screen.findByRole("button", { name: "Older jobs" }));
  await waitFor(() => assert.deepEqual([lastAsked().before, lastAsked().state], [next, "failed"]));
  fireEvent.click(await screen.findByRole("button", { name: "Newest jobs" }));
  await waitFor(() => assert.equal(lastAsked().before, undefined));
});

test("a job's details open from the list, and from a link", async () => {
  open([job()]);
  serverAnswers({ [`GET admin/jobs/${ID}/`]: job() });
  const jobs = await screen.findByRole("table", { name: "Jobs" });
  fireEvent.click(within(jobs).getByRole("link", { name: "Reading files" }));
  const details = await screen.findByRole("table", { name: "Details" });
  within(details).getByText("11 of 11");
  within(details).getByText(ID);
  fireEvent.click(screen.getByRole("button", { name: "Close" }));
  await waitFor(() => assert.equal(new URLSearchParams(window.location.search).get("job"), null));
});

test("nothing that fits, and what could not be loaded, is said so", async () => {
  open([], { queues: refusal(500, "internal", "The database is away.") });
  await screen.findByText("No jobs");
  await screen.findByText("The figures could not be loaded");
  serverAnswers({ "GET admin/jobs/queues/": [figures()] });
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  await screen.findByRole("table", { name: "Kinds of work" });
});

test("others than administrators see no jobs", async () => {
  open([job()], { role: "user" });
  await screen.findByText("Only administrators of this installation see these pages.");
  assert.equal(askedFor("GET admin/jobs/").length, 0);
});
