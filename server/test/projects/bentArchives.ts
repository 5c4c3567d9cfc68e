import { createHash } from "node:crypto";
import { type Entries, editManifest, putLines, rowsIn } from "../support/archiveStage.ts";

type Json = Record<string, unknown>;

/** What is done to a good file, and what is then said of it. */
export interface Case {
  readonly what: string;
  readonly bend: (entries: Entries) => void;
  readonly code?: string;
  /** Part of `column` and `expected` of the first finding. */
  readonly says: RegExp;
}

function bendRow(table: string, number: number, change: (row: Json) => Json | string) {
  return (entries: Entries) => {
    const rows = rowsIn(entries, table).map((row, i) => (i === number - 1 ? change(row) : row));
    putLines(
      entries,
      table,
      rows.map((row) => (typeof row === "string" ? row : JSON.stringify(row))),
    );
  };
}

/** A copy of some JSON with another value at a path such as lineage.datasets.0.id. */
function withAt<T extends Json>(json: T, path: string, value: unknown): T {
  const copy = structuredClone(json);
  const steps = path.split(".");
  const last = steps.pop()!;
  const inner = steps.reduce<Json>((at, step) => at[step] as Json, copy);
  inner[last] = value;
  return copy;
}

const putAt = (table: string, number: number, path: string, value: unknown) =>
  bendRow(table, number, (row) => withAt(row, path, value));

const set = (table: string, number: number, cells: Record<string, unknown>) =>
  bendRow(table, number, (row) => ({ ...row, ...cells }));

const putInto = (name: string, path: string, value: unknown) => (entries: Entries) => {
  const json = JSON.parse(entries.get(name)!.toString()) as Json;
  entries.set(name, Buffer.from(JSON.stringify(withAt(json, path, value))));
};

/** Gives a session's document other bytes and its row their hash, so that only what they mean is wrong. */
const putIntoLabels = (path: string, value: unknown) => (entries: Entries) => {
  putInto("objects/labels/1", path, value)(entries);
  const sha256 = createHash("sha256").update(entries.get("objects/labels/1")!).digest("hex");
  putAt("training_sessions", 1, "lineage.labels_sha256", sha256)(entries);
};

export const CASES: readonly Case[] = [
  {
    what: "a table that does not exist",
    bend: (entries) => {
      editManifest(entries, ({ tables }) => {
        tables.users = 1;
      });
      entries.set("tables/users/0001.jsonl", Buffer.from('{"id":1,"role":"admin"}\n'));
    },
    code: "unknown_table",
    says: /tables of this MagTrace/,
  },
  {
    what: "a table that is left out",
    bend: (entries) =>
      editManifest(entries, ({ tables }) => {
        delete tables.suggestions;
      }),
    code: "wrong_count",
    says: /suggestions/,
  },
  {
    what: "fewer rows than it says",
    bend: (entries) =>
      editManifest(entries, ({ tables }) => {
        tables.training_logs = 1e9;
      }),
    code: "wrong_count",
    says: /training_logs/,
  },
  {
    what: "rows of a table in a part that no row count speaks of",
    bend: (entries) => void entries.set("tables/datasets/0003.jsonl", Buffer.from("{}\n")),
    code: "unknown_entry",
    says: /0003/,
  },
  {
    what: "an object that no row speaks of",
    bend: (entries) => void entries.set("objects/originals/77", Buffer.from("x")),
    code: "unknown_entry",
    says: /originals\/77/,
  },
  {
    what: "a row without its object",
    bend: (entries) => void entries.delete("objects/models/1"),
    says: /models\/1|model_sha256/,
  },
  { what: "an id used twice", bend: set("annotations", 2, { id: 1 }), says: /0001\.jsonl: id.*numbered/ },
  { what: "an id left out", bend: set("models", 2, { id: 9 }), says: /models.*id.*numbered/ },
  {
    what: "one segment twice",
    bend: (entries) => {
      const [first] = rowsIn(entries, "segments");
      putLines(entries, "segments", [JSON.stringify(first), JSON.stringify(first)]);
    },
    says: /dataset_id, number, each once/,
  },
  {
    what: "predicted intervals out of order",
    bend: bendRow("predicted_intervals", 2, (row) => ({ ...row, number: 0 })),
    says: /each once/,
  },
  {
    what: "a label of a dataset that is not there",
    bend: set("annotations", 1, { dataset_id: 99 }),
    says: /dataset_id.*row of datasets that is in the file/,
  },
  {
    what: "a label of a category that is not there",
    bend: set("annotations", 1, { category_id: 99 }),
    says: /category_id.*label_categories/,
  },
  {
    what: "a label from a prediction out of turn among those that are gone",
    bend: set("annotations", 1, { prediction_id: 2 ** 52 }),
    says: /prediction_id.*next in line/,
  },
  {
    what: "a label beyond the last row",
    bend: set("annotations", 1, { end_index: 100_000 }),
    says: /end_index.*last valid index/,
  },
  {
    what: "a label across two tracks",
    bend: (entries) => {
      const at = rowsIn(entries, "annotations").findIndex(({ dataset_id }) => dataset_id === 2);
      set("annotations", at + 1, { start_index: 590, end_index: 610 })(entries);
    },
    says: /one track/,
  },
  { what: "a confidence of two", bend: set("annotations", 1, { confidence: 2 }), says: /confidence/ },
  {
    what: "a text where a number belongs",
    bend: set("annotations", 1, { start_index: "1" }),
    says: /start_index/,
  },
  {
    what: "a statement where a number belongs",
    bend: set("annotations", 1, { start_index: "1); DROP TABLE magtrace.projects; --" }),
    says: /start_index/,
  },
  { what: "an object where a text belongs", bend: set("annotations", 1, { notes: { a: 1 } }), says: /notes/ },
  {
    what: "a missing column",
    bend: bendRow("models", 1, ({ author: _, ...row }) => row),
    says: /models/,
  },
  { what: "a column of somebody else's", bend: set("models", 1, { organization_id: 1 }), says: /models/ },
  {
    what: "a prototype",
    bend: bendRow("models", 1, (row) => `{"__proto__":{"id":1},${JSON.stringify(row).slice(1)}`),
    says: /models/,
  },
  { what: "a line that is no JSON", bend: bendRow("models", 1, () => "{"), says: /one JSON object/ },
  { what: "a line that is a list", bend: bendRow("models", 1, () => "[]"), says: /one JSON object/ },
  {
    what: "bytes that are no text",
    bend: (entries) => void entries.set("tables/models/0001.jsonl", Buffer.from([0xff, 0xfe, 0x0a])),
    says: /UTF-8/,
  },
  {
    what: "a text PostgreSQL cannot keep",
    bend: set("models", 1, { description: "a\0b" }),
    says: /can be stored/,
  },
  {
    what: "half a character",
    bend: bendRow("models", 1, (row) => JSON.stringify(row).replace('"drone"', '"\\ud800"')),
    says: /can be stored/,
  },
  {
    what: "an abyss of brackets",
    bend: set("models", 1, { custom_metadata: JSON.parse(`${'{"a":'.repeat(500)}1${"}".repeat(500)}`) }),
    says: /can be stored/,
  },
  {
    what: "a number beyond all others",
    bend: bendRow("models", 1, (row) =>
      JSON.stringify({ ...row, custom_metadata: { x: "HERE" } }).replace('"HERE"', "1e999"),
    ),
    says: /can be stored/,
  },
  {
    what: "a day that is in no calendar",
    bend: set("models", 1, { created_at: "2026-02-30T00:00:00.000000Z" }),
    says: /created_at.*calendar/,
  },
  {
    what: "a time that is none",
    bend: set("models", 1, { created_at: "yesterday" }),
    says: /created_at/,
  },
  { what: "an unknown kind of model", bend: set("models", 1, { model_type: "shell" }), says: /model_type/ },
  {
    what: "a model that is a later version's parent and child",
    bend: set("models", 1, { parent_model_id: 2 }),
    says: /parent_model_id.*before this one/,
  },
  {
    what: "categories below themselves",
    bend: (entries) => {
      const rows = rowsIn(entries, "label_categories");
      const machine = rows.find(({ name }) => name === "Machine")!;
      const motor = rows.find(({ name }) => name === "Motor")!;
      set("label_categories", machine.id, { parent_id: motor.id })(entries);
    },
    says: /below themselves/,
  },
  {
    what: "two categories of one name",
    bend: set("label_categories", 1, { name: "MOTOR" }),
    says: /label_categories that do not contradict/,
  },
  {
    what: "a colour that is a style sheet",
    bend: set("label_categories", 1, { color: "red;}" }),
    says: /color/,
  },
  {
    what: "an undo of nothing",
    bend: (entries) => {
      const at = rowsIn(entries, "annotation_changes").findIndex(({ action }) => action === "undo");
      set("annotation_changes", at + 1, { undoes: null })(entries);
    },
    says: /undoes/,
  },
  {
    what: "a history that names a category out of turn",
    bend: putAt("annotation_changes", 1, "after.category", 5000),
    says: /after.*label_categories/,
  },
  {
    what: "a history with more than labels have",
    bend: putAt("annotation_changes", 1, "after.admin", true),
    says: /after/,
  },
  {
    what: "a dataset of another length than its readings",
    bend: (entries) => {
      const [, , third] = rowsIn(entries, "datasets");
      const tracks = [{ sensor_id: null, start_index: 0, end_index: 1200 }];
      set("datasets", 3, { ...third, total_records: 1201, tracks })(entries);
      set("segments", 3, { rows: 1201 })(entries);
    },
    code: "wrong_object",
    says: /rows are not those/,
  },
  {
    what: "a dataset without its readings",
    bend: (entries) => {
      const [, ...rest] = rowsIn(entries, "segments");
      putLines(
        entries,
        "segments",
        rest.map((row) => JSON.stringify(row)),
      );
    },
    says: /readings of each of the 3 datasets/,
  },
  {
    what: "tracks with a hole",
    bend: set("datasets", 1, { tracks: [{ sensor_id: null, start_index: 1, end_index: 1199 }] }),
    says: /tracks that cover/,
  },
  {
    what: "an original of another content than its dataset says",
    bend: (entries) => void entries.set("objects/originals/1", Buffer.from("another file")),
    says: /SHA-256 of the dataset's original/,
  },
  {
    what: "an original under the name of another's",
    bend: set("datasets", 1, { original_key: "objects/originals/2" }),
    says: /original_key.*originals\/1/,
  },
  {
    what: "a dataset that is still being read",
    bend: set("datasets", 1, { status: "pending" }),
    says: /status/,
  },
  {
    what: "readings cut short",
    bend: (entries) => {
      const name = "objects/series/1/1/base.arrow";
      entries.set(name, entries.get(name)!.subarray(0, 5_000));
    },
    code: "wrong_object",
    says: /series\/1\/1/,
  },
  {
    what: "readings that are something else",
    bend: (entries) => void entries.set("objects/series/1/1/base.arrow", Buffer.alloc(60_000, 0x7f)),
    code: "wrong_object",
    says: /series\/1\/1/,
  },
  {
    what: "a manifest of readings that leads out of them",
    bend: putInto("objects/series/1/1/series.json", "files.0.firstBatchOffset", 2 ** 50),
    code: "wrong_object",
    says: /series\/1\/1/,
  },
  {
    what: "a manifest of readings with batches of nothing",
    bend: putInto("objects/series/1/1/series.json", "files.0.batchRows", 0),
    code: "wrong_object",
    says: /does not describe a series/,
  },
  {
    what: "a manifest of readings that opens another file",
    bend: putInto("objects/series/1/1/series.json", "files.0.name", "../../../secret"),
    code: "wrong_object",
    says: /does not describe a series/,
  },
  {
    what: "a manifest of readings that is no JSON",
    bend: (entries) => void entries.set("objects/series/1/1/series.json", Buffer.from("{")),
    code: "wrong_object",
    says: /not JSON/,
  },
  {
    what: "a channel of another name",
    bend: putInto("objects/series/1/1/series.json", "channels.0", "x"),
    code: "wrong_object",
    says: /channels are not those/,
  },
  {
    what: "frozen labels of another content than the session says",
    bend: putInto("objects/labels/1", "datasets.0.labels.0.start_index", 5),
    says: /labels_sha256/,
  },
  {
    what: "frozen labels of a dataset out of turn",
    bend: putIntoLabels("datasets.0.dataset", 4711),
    says: /labels_key.*datasets/,
  },
  {
    what: "frozen labels that are none",
    bend: putIntoLabels("datasets", 7),
    says: /no frozen labels/,
  },
  {
    what: "a model file that is none",
    bend: (entries) => {
      const bytes = Buffer.from("MAGTRACE and nothing more");
      entries.set("objects/models/1", bytes);
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      putAt("training_sessions", 1, "lineage.model_sha256", sha256)(entries);
    },
    says: /models\/1/,
  },
  {
    what: "a session that is still running",
    bend: set("training_sessions", 1, { status: "running" }),
    says: /status/,
  },
  {
    what: "a session that continues itself",
    bend: set("training_sessions", 1, { continued_from: 1 }),
    says: /continued_from/,
  },
  {
    what: "a completed session without a model",
    bend: (entries) => {
      entries.delete("objects/models/1");
      set("training_sessions", 1, { model_key: null })(entries);
    },
    says: /model_key/,
  },
  {
    what: "a lineage with readings that are not there",
    bend: putAt("training_sessions", 1, "lineage.datasets.0.object_prefix", "objects/series/9/1"),
    says: /lineage.*in the file, or null/,
  },
  {
    what: "a lineage with readings of another project",
    bend: putAt("training_sessions", 1, "lineage.datasets.0.object_prefix", "series/1/"),
    says: /lineage.*in the file, or null/,
  },
  {
    what: "a prediction of another model's session",
    bend: set("predictions", 1, { model_id: 2 }),
    says: /session_id.*prediction's model/,
  },
  {
    what: "a predicted interval beyond the last row",
    bend: set("predicted_intervals", 1, { end_index: 5_000 }),
    says: /end_index/,
  },
  {
    what: "a suggestion that ends before it begins",
    bend: set("suggestions", 1, { start_index: 30, end_index: 10 }),
    says: /end_index/,
  },
];
