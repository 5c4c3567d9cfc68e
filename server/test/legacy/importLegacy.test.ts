import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { AppError } from "../../src/errors.ts";
import { ImportReport } from "../../src/legacy/importReport.ts";
import type { LegacyTable } from "../../src/legacy/tables.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";
import {
  type FilledInstallation,
  filledInstallation,
  makeLegacyInstallation,
  reading,
} from "./legacyFixture.ts";
import { importInto, rowCounts } from "./legacyStage.ts";

type Row = Record<string, unknown> & { id: number; name: string };

function idIn(report: ImportReport, table: string, legacyId: number): number[] {
  const found = report.mappedRows.find((row) => row.table === `magtrace_api_${table}` && row.id === legacyId);
  return [...(found?.new_ids ?? [])];
}

function countsOf(report: ImportReport): Record<string, object> {
  return Object.fromEntries([...report.counts].map(([table, counts]) => [table, { ...counts }]));
}

function totals(report: ImportReport) {
  const all = [...report.counts.values()];
  const sum = (of: "found" | "mapped" | "known" | "refused") =>
    all.reduce((total, counts) => total + counts[of], 0);
  return { found: sum("found"), mapped: sum("mapped"), known: sum("known"), refused: sum("refused") };
}

describe("bringing an old MagTrace", () => {
  const cleanup = suiteCleanup();
  let installation: TestInstallation;

  before(async () => {
    installation = await startTestInstallation(cleanup);
  });

  async function listed<T = Row>(caller: ApiCaller, path: string): Promise<T[]> {
    const { status, body } = await caller.call<T[]>("GET", path);
    assert.equal(status, 200, path);
    return body;
  }

  describe("with everything it kept", () => {
    let ada: ApiCaller;
    let old: FilledInstallation;
    let report: ImportReport;
    let dry: ImportReport;
    let isUnchangedByDryRun = false;
    let projects: Map<string, number>;
    const here = (table: string, legacyId: number) => idIn(report, table, legacyId)[0]!;

    before(async () => {
      ada = await installation.addUser({ name: "ada", organization: "survey" });
      old = filledInstallation();
      const counts = await rowCounts(installation.database.ownerUrl);
      dry = await importInto(installation, old, { isDry: true });
      const after = await rowCounts(installation.database.ownerUrl);
      isUnchangedByDryRun = JSON.stringify(after) === JSON.stringify(counts);
      report = await importInto(installation, old);
      projects = new Map((await listed(ada, "/api/projects/")).map(({ name, id }) => [name, id]));
    });

    test("a dry run changes nothing, and says what a real one then does", () => {
      assert.ok(isUnchangedByDryRun);
      assert.deepEqual(countsOf(dry), countsOf(report));
      assert.deepEqual(dry.refusals, report.refusals);
      assert.ok(dry.mappedRows.every(({ new_ids }) => new_ids.length === 0));
    });

    test("every row is brought, known, or refused with a reason", () => {
      for (const [table, { found, mapped, known, refused }] of report.counts) {
        assert.equal(found, mapped + known + refused, table);
      }
      assert.ok(report.refusals.every(({ reason }) => reason.length > 10));
      const refused = report.refusals.map(({ table, id }) => `${table.replace("magtrace_api_", "")} ${id}`);
      const { outside, reversed, wrongCategory, onBad, onEmpty, unreadable, empty, onNothing, suggestion } =
        old.ids;
      const expected = [
        ...[outside, reversed, wrongCategory, onBad, onEmpty, unreadable].map((id) => `annotation ${id}`),
        ...[44, 48, 50].map((id) => `magnetometerreading ${id}`),
        `dataset ${empty}`,
        `trainingsession ${onNothing}`,
        `activelearningsuggestion ${suggestion}`,
      ];
      assert.deepEqual(refused.sort(), expected.sort());
    });

    test("projects keep their texts and settings, and what had none gets one", async () => {
      assert.deepEqual([...projects.keys()].sort(), ["Alpha", "Beta", "Old MagTrace, without a project"]);
      const { body } = await ada.call("GET", `/api/projects/${projects.get("Alpha")}/`);
      assert.deepEqual(
        [body.description, body.settings],
        [
          "first",
          {
            auto_save: true,
            legacy: {
              id: old.ids.alpha,
              created_at: "2025-06-15T14:39:00.123Z",
              updated_at: "2025-06-15T14:39:00.123Z",
            },
          },
        ],
      );
      const loose = await listed(
        ada,
        `/api/datasets/?project_id=${projects.get("Old MagTrace, without a project")}`,
      );
      assert.deepEqual(
        loose.map(({ name, total_records }) => [name, total_records]),
        [["loose", 20]],
      );
    });

    test("readings are the old ones in their order, sensor by sensor", async () => {
      const id = here("dataset", old.ids.two!);
      const { body } = await ada.call<Row>("GET", `/api/datasets/${id}/`);
      assert.deepEqual(
        [body.name, body.original_name, body.tracks],
        [
          "two sensors",
          "survey.csv",
          [
            { sensor_id: "A", start_index: 0, end_index: 19 },
            { sensor_id: "B", start_index: 20, end_index: 39 },
          ],
        ],
      );
      const rows = await listed<Record<string, unknown>>(ada, `/api/datasets/${id}/data/`);
      const order = [...Array(20).keys()]
        .map((i) => 2 * i)
        .concat([...Array(20).keys()].map((i) => 2 * i + 1));
      const { b_x, b_y, b_z, lon, thetaz } = rows[25] as Record<string, number>;
      const was = reading(order[25]!) as Record<string, number>;
      assert.deepEqual([b_x, b_y, b_z, lon, thetaz], [was.b_x, was.b_y, was.b_z, was.lon, was.thetaz]);
      assert.deepEqual(
        rows.map((row) => row.b_x),
        order.map((i) => reading(i).b_x),
      );
    });

    test("rows that cannot be read are left out, and one without a position has none", async () => {
      const id = here("dataset", old.ids.bad!);
      const rows = await listed<Record<string, unknown>>(ada, `/api/datasets/${id}/data/`);
      const left = [...Array(60).keys()].filter((i) => ![3, 7, 9].includes(i));
      assert.deepEqual(
        rows.map((row) => row.b_x),
        left.map((i) => reading(i).b_x),
      );
      assert.deepEqual([rows[9]!.lat, rows[8]!.lat], [null, 26.5]);
    });

    test("categories keep colour and place, and a name that differs in case alone is told apart", async () => {
      const all = await listed(ada, `/api/label-categories/?project_id=${projects.get("Alpha")}`);
      const byName = new Map(all.map((category) => [category.name, category]));
      assert.deepEqual([...byName.keys()].sort(), ["Motion", "Noise", "Root", "noise (2)"]);
      const parentOf = (name: string) => all.find(({ id }) => id === byName.get(name)?.parent)?.name;
      assert.deepEqual(
        [parentOf("Motion"), parentOf("Noise"), parentOf("Root")],
        ["Noise", "Root", undefined],
      );
      assert.deepEqual([byName.get("Noise")?.color, byName.get("Root")?.is_active], ["#ff8a65", false]);
      assert.match(String(byName.get("noise (2)")?.color), /^#[0-9a-f]{6}$/);
    });

    test("labels are on the rows they were on, one of each sensor", async () => {
      const dataset = here("dataset", old.ids.two!);
      const labels = await listed(ada, `/api/annotations/?dataset_id=${dataset}`);
      const rangesOf = (legacyId: number) =>
        idIn(report, "annotation", legacyId).map((id) => {
          const label = labels.find((each) => each.id === id)!;
          return [label.start_index, label.end_index, label.confidence];
        });
      // Rows 4 to 9 were A's third to fifth and B's third to fifth.
      assert.deepEqual(rangesOf(old.ids.across!), [
        [2, 4, 0.8],
        [22, 24, 0.8],
      ]);
      // 35 to 400 reached beyond the last row, as the old program allowed.
      assert.deepEqual(rangesOf(old.ids.beyond!), [
        [18, 19, 1],
        [37, 39, 1],
      ]);
      assert.deepEqual(rangesOf(old.ids.inactive!), [[0, 0, 1]]);
      const across = labels.find(({ id }) => id === here("annotation", old.ids.across!))!;
      assert.equal(
        across.notes,
        `hum\n[old MagTrace: label ${old.ids.across} by user, 2025-06-15T14:39:00.123Z]`,
      );

      const onBad = await listed(ada, `/api/annotations/?dataset_id=${here("dataset", old.ids.bad!)}`);
      // Rows 3 and 7 are not there: of 2 to 8 the rows 2, 4, 5, 6 and 8 are now 2 to 6.
      assert.deepEqual(
        onBad.map(({ start_index, end_index }) => [start_index, end_index]),
        [[2, 6]],
      );
    });

    test("labels of the oldest interface have their types as categories", async () => {
      const dataset = here("dataset", old.ids.minutes!);
      const labels = await listed(ada, `/api/labels/?dataset_id=${dataset}`);
      assert.deepEqual(
        labels.map(({ label_type, start_index, end_index }) => [label_type, start_index, end_index]),
        [
          ["anomaly", 0, 4],
          ["normal", 10, 14],
          ["noise", 20, 24],
          ["interference", 30, 34],
        ],
      );
      assert.match(String(labels[2]!.notes), /^n2\n\[old MagTrace: label \d+ by user, /);
    });

    test("models keep version, parent and their script as text", async () => {
      const first = (
        await ada.call<Row>("GET", `/api/user-models/${here("userdefinedmodel", old.ids.model!)}/`)
      ).body;
      assert.deepEqual(
        [first.python_script, first.version, first.author, first.hyperparameters, first.performance_metrics],
        ["import os\nos.system('true')", "1.0", "ada", { n_trees: 10 }, { accuracy: 0.9 }],
      );
      assert.deepEqual(first.tags, ["a b", "c"]);
      const metadata = first.custom_metadata as { site: string; legacy: Record<string, unknown> };
      assert.deepEqual([metadata.site, metadata.legacy.training_datasets], ["north", [old.ids.two]]);
      const newer = (
        await ada.call<Row>("GET", `/api/user-models/${here("userdefinedmodel", old.ids.newer!)}/`)
      ).body;
      assert.deepEqual([newer.parent_model, newer.version, newer.model_type], [first.id, "1.1", "custom"]);
    });

    test("trainings are history: as they were, and nothing can be made with them", async () => {
      const id = here("trainingsession", old.ids.trained!);
      const { body } = await ada.call<Row>("GET", `/api/training-sessions/${id}/`);
      assert.deepEqual(
        [body.status, body.final_metrics, body.created_at, body.additional_datasets],
        ["completed", { accuracy: 0.91 }, "2025-06-15T14:39:00.123Z", [here("dataset", old.ids.bad!)]],
      );
      assert.deepEqual(body.training_logs, [
        { at: "2025-06-15T14:40:00.000Z", message: "began" },
        { at: "2025-06-15T14:39:00.123Z", message: "Error: broke" },
      ]);
      const running = (
        await ada.call<Row>("GET", `/api/training-sessions/${here("trainingsession", old.ids.running!)}/`)
      ).body;
      assert.deepEqual([running.status, running.continued_from], ["cancelled", id]);
      const failed = (
        await ada.call<Row>("GET", `/api/training-sessions/${here("trainingsession", old.ids.failed!)}/`)
      ).body;
      assert.deepEqual([failed.status, failed.error_message], ["failed", "No data"]);

      const model = here("userdefinedmodel", old.ids.model!);
      const dataset = here("dataset", old.ids.two!);
      const tries = await Promise.all([
        ada.call("POST", "/api/predictions/", { dataset, training_session: id }),
        ada.call("POST", "/api/predictions/", { dataset, model }),
        ada.call("GET", `/api/training-sessions/${id}/model/`),
        ada.call("POST", "/api/training-sessions/start_training/", {
          model_id: model,
          dataset_id: dataset,
          continue_from_session: id,
        }),
      ]);
      assert.deepEqual(
        tries.map(({ status }) => status),
        [409, 409, 409, 409],
      );
      const files = report.files.map(({ file, is_there }) => [file, is_there]);
      assert.deepEqual(files, [
        ["trained_models/finder.joblib", true],
        ["models/oldest", false],
      ]);
    });

    test("predictions are on the rows they were of, reviewed as they were", async () => {
      const { body } = await ada.call<Row & { predictions: Row[] }>(
        "GET",
        `/api/predictions/${here("prediction", old.ids.predicted!)}/`,
      );
      assert.deepEqual(
        body.predictions.map((each) => [
          each.start_index,
          each.end_index,
          each.category,
          each.confidence,
          each.review,
        ]),
        [
          [0, 4, "Noise", 0.75, "accepted"],
          [20, 24, "Noise", 0.75, "accepted"],
          [5, 19, "normal", 0.75, "accepted"],
          [25, 39, "normal", 0.75, "accepted"],
        ],
      );
      assert.deepEqual(
        [body.review_status, body.warnings, body.training_session],
        [
          "accepted",
          ["Made by the old MagTrace.", "Reviewed there by eve."],
          here("trainingsession", old.ids.trained!),
        ],
      );
      const shapeless = (
        await ada.call<Row>("GET", `/api/predictions/${here("prediction", old.ids.shapeless!)}/`)
      ).body;
      assert.deepEqual(shapeless.modifications, {
        note: "x",
        legacy: { predictions: [1, 2, 3], confidence_scores: [] },
      });
      const inference = (
        await ada.call<Row & { predictions: Row[] }>(
          "GET",
          `/api/predictions/${here("inferenceresult", old.ids.inference!)}/`,
        )
      ).body;
      assert.deepEqual(
        inference.predictions.map(({ start_index, end_index, category, confidence }) => [
          start_index,
          end_index,
          category,
          confidence,
        ]),
        [[3, 6, "anomaly", 0.6]],
      );
      assert.equal(inference.model, here("mlmodel", old.ids.oldModel!));
    });

    test("such a project can be exported and imported like any other", async () => {
      const response = await fetch(
        `${installation.api.address}/api/projects/${projects.get("Alpha")}/export/`,
        {
          headers: { authorization: `Bearer ${ada.token}` },
        },
      );
      const form = new FormData();
      form.set("name", "Alpha again");
      form.set("file", new Blob([await response.arrayBuffer()]), "alpha.zip");
      const imported = await fetch(`${installation.api.address}/api/projects/import_project/`, {
        method: "POST",
        headers: { authorization: `Bearer ${ada.token}` },
        body: form,
      });
      assert.equal(imported.status, 201, await imported.clone().text());
      const { id } = (await imported.json()) as Row;
      const statistics = async (project: number) =>
        (await ada.call(`GET`, `/api/projects/${project}/statistics/`)).body.training_sessions;
      assert.equal(await statistics(id), await statistics(projects.get("Alpha")!));
    });

    test("a second run adds only what is new", async () => {
      const again = totals(await importInto(installation, old));
      // Of a dataset that is here its readings are known, the three that were left out as well.
      assert.deepEqual([again.mapped, again.known], [0, totals(report).mapped + 3]);

      const { add, ids } = old;
      const dataset = add("dataset", { name: "later", project_id: ids.alpha! });
      old.addReadings(
        dataset,
        Array.from({ length: 30 }, (_, i) => reading(i)),
      );
      const category = add("labelcategory", { project_id: ids.alpha!, name: "Later" });
      const onOld = add("annotation", {
        dataset_id: ids.bad!,
        category_id: category,
        start_index: 10,
        end_index: 12,
      });
      const third = await importInto(installation, old);
      assert.deepEqual(
        third.mappedRows.map(({ table, id }) => [table, id]),
        [
          ["magtrace_api_labelcategory", category],
          ["magtrace_api_annotation", onOld],
          ["magtrace_api_dataset", dataset],
        ],
      );
      assert.equal(totals(third).mapped, 33);
      const labels = await listed(ada, `/api/annotations/?dataset_id=${here("dataset", ids.bad!)}`);
      assert.deepEqual(
        labels.map(({ start_index, end_index }) => [start_index, end_index]),
        [
          [2, 6],
          [7, 9],
        ],
      );
    });

    test("equal ids of a copy that went on by itself are other rows", async () => {
      const copy = filledInstallation();
      const [{ applied }] = old.database.prepare("SELECT applied FROM django_migrations").all() as [
        { applied: string },
      ];
      copy.database.prepare("UPDATE django_migrations SET applied = ?").run(applied);
      copy.database.exec(
        `UPDATE magtrace_api_annotation SET created_at = '2025-07-01 00:00:00' WHERE id = ${copy.ids.inactive}`,
      );
      const merged = await importInto(installation, copy);
      assert.deepEqual(
        merged.mappedRows.map(({ table, id }) => [table, id]),
        [["magtrace_api_annotation", copy.ids.inactive]],
      );
    });

    test("who does not see the projects of an earlier import is told so", async () => {
      await installation.addUser({ name: "bob", organization: "survey", organizationRole: "member" });
      await assert.rejects(importInto(installation, old, { email: "bob@example.com" }), (error: AppError) => {
        assert.match(error.message, /that this account cannot see.*as an owner/);
        return error.code === "not_allowed";
      });
    });
  });

  test("whoever it is for must be there, may write, and be in the organisation", async () => {
    await installation.addUser({ name: "gil", organization: "named" });
    await installation.addUser({ name: "ron", organization: "named", role: "read_only" });
    const old = makeLegacyInstallation();
    const cases: [email: string, organization: string, code: string][] = [
      ["nobody@example.com", "named", "not_found"],
      ["ron@example.com", "named", "not_allowed"],
      ["gil@example.com", "elsewhere", "not_found"],
    ];
    for (const [email, organization, code] of cases) {
      await assert.rejects(importInto(installation, old, { email, organization }), { code });
    }
    await importInto(installation, old, { email: "gil@example.com", organization: "NAMED" });
  });

  test("one that is stopped between two datasets goes on where it was", async () => {
    const cora = await installation.addUser({ name: "cora", organization: "stopped" });
    const old = filledInstallation();
    const controller = new AbortController();
    class StoppingReport extends ImportReport {
      override mapped(table: LegacyTable, id: number, newIds: readonly number[]): void {
        super.mapped(table, id, newIds);
        if (table === "magtrace_api_dataset") controller.abort();
      }
    }
    const options = { email: "cora@example.com", organization: "stopped" };
    const stopped = new StoppingReport();
    await assert.rejects(
      importInto(installation, old, { ...options, signal: controller.signal, report: stopped }),
      (error: AppError) => error.code === "cancelled",
    );
    assert.equal(stopped.counts.get("magtrace_api_dataset")?.mapped, 1);
    const rest = await importInto(installation, old, options);
    assert.equal(rest.counts.get("magtrace_api_dataset")?.known, 1);
    assert.deepEqual((await listed(cora, "/api/datasets/")).map(({ name }) => name).sort(), [
      "bad rows",
      "loose",
      "minutes",
      "two sensors",
    ]);
    const whole = totals(await importInto(installation, old, options));
    assert.equal(whole.mapped, 0);
    const labels = await listed(cora, "/api/annotations/");
    assert.equal(labels.length, 10, "six of Alpha, of which two reach over both sensors, and four of Beta");
  });

  test("labels wait for a dataset whose file leaves something open, and come once that is answered", async () => {
    const dora = await installation.addUser({ name: "dora", organization: "asked" });
    const old = makeLegacyInstallation();
    const project = old.add("project", { name: "Asked" });
    const dataset = old.add("dataset", { name: "which day", project_id: project });
    old.addReadings(
      dataset,
      Array.from({ length: 30 }, (_, i) =>
        reading(i, { timestamp_pc: `03/04/2025 09:00:${String(i).padStart(2, "0")}` }),
      ),
    );
    const category = old.add("labelcategory", { project_id: project, name: "Noise" });
    const label = old.add("annotation", {
      dataset_id: dataset,
      category_id: category,
      start_index: 3,
      end_index: 5,
    });
    const options = { email: "dora@example.com", organization: "asked" };
    const first = await importInto(installation, old, options);
    assert.match(
      first.refusals[0]!.reason,
      /^Not yet: .* Answer that on the project's page, then run this again\.$/,
    );
    assert.deepEqual([first.refusals.length, first.refusals[0]!.id], [1, label]);

    const [waiting] = await listed(dora, "/api/datasets/");
    assert.equal(waiting!.status, "failed");
    const { status } = await dora.call("POST", `/api/datasets/${waiting!.id}/retry/`, {
      mapping: { time: { date_order: "dmy" } },
    });
    assert.equal(status, 200);
    const second = await importInto(installation, old, options);
    assert.deepEqual(second.refusals, []);
    const labels = await listed(dora, "/api/annotations/");
    assert.deepEqual(
      labels.map(({ start_index, end_index }) => [start_index, end_index]),
      [[3, 5]],
    );
  });

  test("a file that begins with its newest row keeps its labels on their rows", async () => {
    const emil = await installation.addUser({ name: "emil", organization: "turned" });
    const old = makeLegacyInstallation();
    const project = old.add("project", { name: "Turned" });
    const dataset = old.add("dataset", { name: "newest first", project_id: project });
    old.addReadings(
      dataset,
      Array.from({ length: 30 }, (_, i) => reading(29 - i)),
    );
    const category = old.add("labelcategory", { project_id: project, name: "Noise" });
    old.add("annotation", { dataset_id: dataset, category_id: category, start_index: 0, end_index: 2 });
    await importInto(installation, old, { email: "emil@example.com", organization: "turned" });
    const [label] = await listed(emil, "/api/annotations/");
    const [{ id }] = (await listed(emil, "/api/datasets/")) as [Row];
    const rows = await listed<Record<string, unknown>>(emil, `/api/datasets/${id}/data/`);
    assert.deepEqual([label!.start_index, label!.end_index], [27, 29]);
    assert.deepEqual(
      rows.slice(27).map(({ b_x }) => b_x),
      [27, 28, 29].map((i) => reading(i).b_x),
    );
  });

  test("a project that was deleted here is not brought again, nor filled", async () => {
    const fay = await installation.addUser({ name: "fay", organization: "deleted" });
    const old = makeLegacyInstallation();
    old.add("project", { name: "Gone" });
    const options = { email: "fay@example.com", organization: "deleted" };
    await importInto(installation, old, options);
    const [project] = await listed(fay, "/api/projects/");
    await fay.call("DELETE", `/api/projects/${project!.id}/`);
    const again = await importInto(installation, old, options);
    assert.match(again.refusals[0]!.reason, /deleted here since.*Restore that first/);
    assert.deepEqual(await listed(fay, "/api/projects/"), []);
  });
});
