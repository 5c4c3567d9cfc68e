import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Annotation, AnnotationChange, Category, ImportedLabels } from "@magtrace/contracts";
import type { ExportedLabel } from "../../src/labels/files/writeLabelCsv.ts";
import { suiteCleanup } from "../support/suiteCleanup.ts";
import { type Caller, type Json, type LabelStage, setLabelStage, type Team } from "./labelStage.ts";

const HEADER = "start_index,end_index,category,confidence,notes";

describe("label files", () => {
  const cleanup = suiteCleanup();
  let stage: LabelStage;
  let team: Team;
  let founder: Caller;

  before(async () => {
    stage = await setLabelStage(cleanup);
    team = await stage.addTeam("Alpha");
    founder = team.founder;
  });

  const bring = (dataset: number, body: Record<string, unknown>) =>
    founder.post<ImportedLabels & Json>("/api/annotations/import/", { dataset, ...body });
  const listed = async (dataset: number) =>
    (await founder.get<Annotation[]>(`/api/annotations/?dataset_id=${dataset}`)).body;

  test("labels leave as CSV, with the names of category and author, by their rows", async () => {
    const dataset = await stage.addDataset(team, { name: 'Überflug "3".csv' });
    const { Motor, Normal } = team.categories;
    const make = (start_index: number, category: number | undefined, notes: string) =>
      founder.post("/api/annotations/", {
        dataset,
        category,
        start_index,
        end_index: 45,
        confidence: 0.5,
        notes,
      });
    const second = await make(7, Motor, '=HYPERLINK("http://evil"), said');
    const first = await make(2, Normal, "");
    const csv = await founder.get<string>(`/api/annotations/export/?dataset_id=${dataset}`);
    assert.equal(csv.status, 200, csv.text);
    assert.equal(
      csv.text,
      [
        "start_index,end_index,category,confidence,notes,created_by,created_at",
        `2,45,Normal,0.5,,AlphaFounder,${first.body.created_at}`,
        `7,45,Motor,0.5,"'=HYPERLINK(""http://evil""), said",AlphaFounder,${second.body.created_at}`,
        "",
      ].join("\r\n"),
    );
    assert.equal(csv.headers["content-type"], "text/csv; charset=utf-8");
    assert.match(String(csv.headers["content-disposition"]), /^attachment; .*labels\.csv/);
  });

  test("labels leave as JSON with the same fields and unguarded texts", async () => {
    const dataset = await stage.addDataset(team);
    const made = await founder.post("/api/annotations/", {
      dataset,
      category: team.categories.Motor,
      start_index: 2,
      end_index: 45,
      notes: "=1+1",
    });
    const json = await founder.get<ExportedLabel[]>(
      `/api/annotations/export/?dataset_id=${dataset}&format=json`,
    );
    assert.deepEqual(json.body, [
      {
        start_index: 2,
        end_index: 45,
        category: "Motor",
        confidence: 1,
        notes: "=1+1",
        created_by: "AlphaFounder",
        created_at: made.body.created_at,
      },
    ]);
    assert.match(String(json.headers["content-disposition"]), /survey labels\.json/);
  });

  test("a dataset without labels leaves a header, or an empty array; a deleted label is in neither", async () => {
    const dataset = await stage.addDataset(team);
    const made = await founder.post("/api/annotations/", {
      dataset,
      category: team.categories.Motor,
      start_index: 2,
      end_index: 45,
    });
    await founder.delete(`/api/annotations/${made.body.id}/`);
    const csv = await founder.get(`/api/annotations/export/?dataset_id=${dataset}&format=csv`);
    assert.equal(csv.text, `${HEADER},created_by,created_at\r\n`);
    const json = await founder.get(`/api/annotations/export/?dataset_id=${dataset}&format=json`);
    assert.deepEqual(json.body, []);
    const other = await founder.get(`/api/annotations/export/?dataset_id=${dataset}&format=xml`);
    assert.equal(other.status, 400);
  });

  test("5,003 labels leave in two parts and come into another project the same, whatever is in them", async () => {
    const rows = 5_003;
    const dataset = await stage.addDataset(team, { totalRecords: 20_000 });
    const annotations = Array.from({ length: rows }, (_, index) => ({
      start_index: Math.floor(index / 3),
      end_index: 19_999 - (index % 7),
      category: ["Motor", "Normal", "=Odd, one"][index % 3],
      confidence: (index % 11) / 10,
      notes: ["", "'=quoted", '-1 "nT"\r\nand more', "plain"][index % 4],
    }));
    const made = await bring(dataset, { annotations, create_categories: true });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual([made.body.imported, made.body.categories_created], [rows, ["=Odd, one"]]);

    const csv = await founder.get(`/api/annotations/export/?dataset_id=${dataset}`);
    const beta = await stage.addTeam("Beta");
    const target = await stage.addDataset(beta, { totalRecords: 20_000 });
    const again = await beta.founder.post<ImportedLabels>("/api/annotations/import/", {
      dataset: target,
      csv: csv.text,
      create_categories: true,
    });
    assert.equal(again.body.imported, rows, again.text);
    const of = async (caller: Caller, id: number) => {
      const { body } = await caller.get<ExportedLabel[]>(
        `/api/annotations/export/?dataset_id=${id}&format=json`,
      );
      return body.map(({ created_by: _, created_at: __, ...label }) => label);
    };
    const copied = await of(beta.founder, target);
    assert.equal(copied.length, rows);
    assert.deepEqual(copied, await of(founder, dataset));
    const key = (label: object) => JSON.stringify(Object.entries(label).sort());
    assert.deepEqual(copied.map(key).sort(), annotations.map(key).sort());
  });

  test("an import is one batch: one undo takes it back", async () => {
    const dataset = await stage.addDataset(team);
    const made = await bring(dataset, { csv: `${HEADER}\n0,1,Motor,,\n2,3,motor,0.5,x\n` });
    assert.equal(made.status, 201, made.text);
    assert.deepEqual(
      (await listed(dataset)).map(({ start_index, category, confidence, notes, created_by }) => [
        start_index,
        category,
        confidence,
        notes,
        created_by,
      ]),
      [
        [0, team.categories.Motor, 1, "", founder.userId],
        [2, team.categories.Motor, 0.5, "x", founder.userId],
      ],
    );
    const history = await founder.get<AnnotationChange[]>(`/api/annotations/history/?dataset_id=${dataset}`);
    assert.deepEqual([...new Set(history.body.map(({ batch }) => batch))], [made.body.batch]);
    await founder.post("/api/annotations/undo/", { dataset });
    assert.deepEqual(await listed(dataset), []);
  });

  test("a category that the project lacks is an error with its line, or is made when asked", async () => {
    const dataset = await stage.addDataset(team);
    const csv = "start_index,end_index,category\n0,1,Motor\n2,3,Wobble\n4,5,wobble";
    const refused = await bring(dataset, { csv });
    assert.equal(refused.status, 400, refused.text);
    assert.match(
      refused.body.error,
      /^line 3, column category: there is no category "Wobble" .*create_categories/,
    );
    assert.equal(refused.body.details.total_findings, 2);
    assert.deepEqual(await listed(dataset), []);
    const made = await bring(dataset, { csv, create_categories: true });
    assert.deepEqual(made.body.categories_created, ["Wobble"]);
    const { body } = await founder.get<Category[]>(`/api/label-categories/?project_id=${team.projectId}`);
    const wobble = body.find(({ name }) => name === "Wobble")!;
    assert.equal((await listed(dataset)).filter(({ category }) => category === wobble.id).length, 2);
    await founder.patch(`/api/label-categories/${wobble.id}/`, { is_active: false });
    const resting = await bring(dataset, { csv, create_categories: true });
    assert.equal(resting.status, 400);
    assert.match(resting.body.error, /line 3, column category: The category "Wobble" is inactive/);
  });

  test("a file with faults makes nothing, not even categories, and tells each line and column", async () => {
    const dataset = await stage.addDataset(team, {
      tracks: [
        { sensor_id: "A", start_index: 0, end_index: 19 },
        { sensor_id: "B", start_index: 20, end_index: 45 },
      ],
    });
    const lines = [
      HEADER,
      "0,1,Brand new,1,",
      "x,1,Motor,1,",
      "5,4,Motor,1,",
      "44,46,Motor,1,",
      "19,20,Motor,2,",
    ];
    const csv = `\uFEFF${lines.join("\r\n")}\r\n18,21,Motor,1,\r\n`;
    const refused = await bring(dataset, { csv, create_categories: true });
    assert.equal(refused.status, 400, refused.text);
    assert.match(
      refused.body.error,
      /^line 3, column start_index: "x" is not a row number.*\(4 more.*No label was made/,
    );
    assert.deepEqual(
      refused.body.details.findings.map(({ line, column }) => [line, column]),
      [
        [3, "start_index"],
        [4, "end_index"],
        [5, "end_index"],
        [6, "confidence"],
        [7, "end_index"],
      ],
    );
    assert.deepEqual(await listed(dataset), []);
    const categories = await founder.get(`/api/label-categories/?project_id=${team.projectId}`);
    assert.doesNotMatch(categories.text, /Brand new/);
  });

  test("of very many faults the first hundred are told, and how many there are", async () => {
    const dataset = await stage.addDataset(team);
    const refused = await bring(dataset, { csv: `${HEADER}\n${"9,1,Motor,1,\n".repeat(6_000)}` });
    assert.equal(refused.body.details.findings.length, 100);
    assert.equal(refused.body.details.total_findings, 6_000);
  });

  test("a file of another kind is refused with the header expected", async () => {
    const dataset = await stage.addDataset(team);
    const refused = await bring(dataset, { csv: "label,label_start,label_end\nwalk,1,2" });
    assert.equal(refused.status, 400);
    assert.match(refused.body.error, /^line 1, column start_index: .*start_index,end_index,category/);
  });

  test("an array is imported like a file, and its faults are told by position", async () => {
    const dataset = await stage.addDataset(team);
    const good = { start_index: 0, end_index: 1, category: "Motor" };
    const refused = await bring(dataset, { annotations: [good, { ...good, end_index: 46 }] });
    assert.equal(refused.status, 400, refused.text);
    assert.match(refused.body.error, /^annotations\/1, column end_index: .*last valid index is 45/);
    const shape = await bring(dataset, { annotations: [good, { ...good, start_index: -1 }] });
    assert.match(shape.body.error, /annotations\/1\/start_index/);
    assert.equal((await bring(dataset, { annotations: [good] })).body.imported, 1);
    const none = await bring(dataset, { annotations: [] });
    assert.equal(none.status, 201, none.text);
    assert.equal(none.body.imported, 0);
  });

  test("an import is of one kind", async () => {
    const dataset = await stage.addDataset(team);
    for (const body of [{}, { csv: HEADER, annotations: [] }]) {
      const refused = await bring(dataset, body);
      assert.equal(refused.status, 400);
      assert.match(refused.body.error, /either as `csv` or as `annotations`/);
    }
  });
});
