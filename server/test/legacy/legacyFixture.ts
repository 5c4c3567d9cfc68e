import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "../support/temporaryFolder.ts";

const json = (column: string) =>
  `"${column}" text NOT NULL CHECK ((JSON_VALID("${column}") OR "${column}" IS NULL))`;
const key = '"id" integer NOT NULL PRIMARY KEY AUTOINCREMENT';
const to = (column: string, table: string, isNull = false) =>
  `"${column}" bigint ${isNull ? "NULL" : "NOT NULL"} REFERENCES "magtrace_api_${table}" ("id") DEFERRABLE INITIALLY DEFERRED`;

/** Tables as the old program's migrations 0001 to 0005 leave them. */
const schema = `
CREATE TABLE "django_migrations" (${key}, "app" varchar(255) NOT NULL, "name" varchar(255) NOT NULL, "applied" datetime NOT NULL);
CREATE TABLE "magtrace_api_project" (${key}, "name" varchar(255) NOT NULL, "description" text NOT NULL,
  "created_at" datetime NOT NULL, "updated_at" datetime NOT NULL, ${json("settings")});
CREATE TABLE "magtrace_api_dataset" (${key}, "name" varchar(255) NOT NULL, "file" varchar(100) NOT NULL,
  "uploaded_at" datetime NOT NULL, "processed" bool NOT NULL, "total_records" integer NOT NULL, ${to("project_id", "project", true)});
CREATE TABLE "magtrace_api_magnetometerreading" (${key}, "timestamp_pc" varchar(50) NOT NULL, "b_x" real NOT NULL,
  "b_y" real NOT NULL, "b_z" real NOT NULL, "lat" real NOT NULL, "lon" real NOT NULL, "altitude" real NOT NULL,
  "thetax" real NOT NULL, "thetay" real NOT NULL, "thetaz" real NOT NULL, "sensor_id" varchar(255) NOT NULL, ${to("dataset_id", "dataset")});
CREATE TABLE "magtrace_api_labelcategory" (${key}, "name" varchar(255) NOT NULL, "description" text NOT NULL,
  "color" varchar(7) NOT NULL, "order" integer NOT NULL, "is_active" bool NOT NULL, ${to("parent_id", "labelcategory", true)},
  ${to("project_id", "project")}, UNIQUE ("project_id", "name"));
CREATE TABLE "magtrace_api_annotation" (${key}, "start_index" integer NOT NULL, "end_index" integer NOT NULL,
  "confidence" real NOT NULL, "created_by" varchar(50) NOT NULL, "created_at" datetime NOT NULL,
  "updated_at" datetime NOT NULL, "notes" text NOT NULL, ${to("dataset_id", "dataset")}, ${to("category_id", "labelcategory")});
CREATE TABLE "magtrace_api_label" (${key}, "start_index" integer NOT NULL, "end_index" integer NOT NULL,
  "label_type" varchar(20) NOT NULL, "confidence" real NOT NULL, "created_by" varchar(50) NOT NULL,
  "created_at" datetime NOT NULL, "notes" text NOT NULL, ${to("dataset_id", "dataset")});
CREATE TABLE "magtrace_api_userdefinedmodel" (${key}, "name" varchar(255) NOT NULL, "model_type" varchar(50) NOT NULL,
  "description" text NOT NULL, "python_script" text NOT NULL, ${json("hyperparameters")}, "created_at" datetime NOT NULL,
  "updated_at" datetime NOT NULL, "is_active" bool NOT NULL, ${to("project_id", "project")}, "author" varchar(100) NOT NULL,
  "category" varchar(100) NOT NULL, ${json("custom_metadata")}, ${to("parent_model_id", "userdefinedmodel", true)},
  ${json("performance_metrics")}, ${json("tags")}, "version" varchar(50) NOT NULL, "version_notes" text NOT NULL,
  UNIQUE ("project_id", "name", "version"));
CREATE TABLE "magtrace_api_userdefinedmodel_training_datasets" (${key}, ${to("userdefinedmodel_id", "userdefinedmodel")}, ${to("dataset_id", "dataset")});
CREATE TABLE "magtrace_api_trainingsession" (${key}, "status" varchar(20) NOT NULL, "progress" real NOT NULL,
  "current_epoch" integer NOT NULL, "total_epochs" integer NOT NULL, ${json("training_metrics")}, ${json("validation_metrics")},
  "model_file" varchar(100) NULL, "error_message" text NOT NULL, "started_at" datetime NULL, "completed_at" datetime NULL,
  "created_at" datetime NOT NULL, ${to("dataset_id", "dataset")}, ${to("model_id", "userdefinedmodel")},
  ${to("base_training_session_id", "trainingsession", true)}, "is_continued_training" bool NOT NULL,
  ${json("final_metrics")}, ${json("live_metrics")}, ${json("training_logs")});
CREATE TABLE "magtrace_api_trainingsession_additional_datasets" (${key}, ${to("trainingsession_id", "trainingsession")}, ${to("dataset_id", "dataset")});
CREATE TABLE "magtrace_api_prediction" (${key}, ${json("predictions")}, ${json("confidence_scores")},
  "review_status" varchar(20) NOT NULL, "reviewed_by" varchar(50) NOT NULL, "reviewed_at" datetime NULL, ${json("modifications")},
  "created_at" datetime NOT NULL, ${to("dataset_id", "dataset")}, ${to("training_session_id", "trainingsession", true)}, ${to("model_id", "userdefinedmodel")});
CREATE TABLE "magtrace_api_mlmodel" (${key}, "name" varchar(255) NOT NULL, "model_type" varchar(50) NOT NULL,
  "version" varchar(50) NOT NULL, "created_at" datetime NOT NULL, "model_file" varchar(100) NULL, ${json("parameters")},
  ${json("metrics")}, "is_active" bool NOT NULL, ${to("training_dataset_id", "dataset", true)});
CREATE TABLE "magtrace_api_inferenceresult" (${key}, ${json("predictions")}, ${json("confidence_scores")},
  "created_at" datetime NOT NULL, ${to("dataset_id", "dataset")}, ${to("model_id", "mlmodel")});
CREATE TABLE "magtrace_api_activelearningsuggestion" (${key}, "start_index" integer NOT NULL, "end_index" integer NOT NULL,
  "suggested_label" varchar(20) NOT NULL, "confidence" real NOT NULL, "created_at" datetime NOT NULL, "reviewed" bool NOT NULL, ${to("dataset_id", "dataset")});
`;

type Cell = string | number | null;

/** The database and media folder of an old MagTrace, to be filled. */
export interface LegacyInstallation {
  readonly path: string;
  readonly mediaDir: string;
  readonly database: DatabaseSync;
  /** Inserts a row, whatever else it needs set to what the old program sets, and answers its id. */
  add(table: string, row: Record<string, Cell>): number;
  addReadings(datasetId: number, rows: readonly Record<string, Cell>[]): void;
}

const AT = "2025-06-15 14:39:00.123456";

const defaults: Readonly<Record<string, Record<string, Cell>>> = {
  project: { description: "", created_at: AT, updated_at: AT, settings: "{}" },
  dataset: { file: "datasets/survey.csv", uploaded_at: AT, processed: 1, total_records: 0, project_id: null },
  labelcategory: { description: "", color: "#FF6B6B", order: 0, is_active: 1, parent_id: null },
  annotation: { confidence: 1, created_by: "user", created_at: AT, updated_at: AT, notes: "" },
  label: { confidence: 1, created_by: "user", created_at: AT, notes: "" },
  userdefinedmodel: {
    model_type: "classification",
    description: "",
    python_script: "",
    hyperparameters: "{}",
    created_at: AT,
    updated_at: AT,
    is_active: 1,
    author: "",
    category: "",
    custom_metadata: "{}",
    parent_model_id: null,
    performance_metrics: "{}",
    tags: "[]",
    version: "1.0",
    version_notes: "",
  },
  userdefinedmodel_training_datasets: {},
  trainingsession: {
    status: "completed",
    progress: 100,
    current_epoch: 5,
    total_epochs: 5,
    training_metrics: "{}",
    validation_metrics: "{}",
    model_file: null,
    error_message: "",
    started_at: AT,
    completed_at: AT,
    created_at: AT,
    base_training_session_id: null,
    is_continued_training: 0,
    final_metrics: "{}",
    live_metrics: "{}",
    training_logs: "[]",
  },
  trainingsession_additional_datasets: {},
  prediction: {
    confidence_scores: "[]",
    review_status: "pending",
    reviewed_by: "",
    reviewed_at: null,
    modifications: "{}",
    created_at: AT,
    training_session_id: null,
  },
  mlmodel: {
    model_type: "anomaly_detection",
    version: "1.0",
    created_at: AT,
    model_file: null,
    parameters: "{}",
    metrics: "{}",
    is_active: 0,
    training_dataset_id: null,
  },
  inferenceresult: { confidence_scores: "[]", created_at: AT },
  activelearningsuggestion: { suggested_label: "anomaly", confidence: 0.5, created_at: AT, reviewed: 0 },
};

export function makeLegacyInstallation(): LegacyInstallation {
  const folder = temporaryFolder();
  const mediaDir = join(folder, "media");
  mkdirSync(join(mediaDir, "datasets"), { recursive: true });
  mkdirSync(join(mediaDir, "trained_models"));
  writeFileSync(join(mediaDir, "datasets", "survey.csv"), "timestamp_pc,b_x\n");
  const path = join(folder, "db.sqlite3");
  const database = new DatabaseSync(path);
  database.exec(schema);
  const insert = (table: string, row: Record<string, Cell>) => {
    const names = Object.keys(row).map((name) => `"${name}"`);
    const marks = names.map(() => "?");
    return Number(
      database.prepare(`INSERT INTO "${table}" (${names}) VALUES (${marks})`).run(...Object.values(row))
        .lastInsertRowid,
    );
  };
  insert("django_migrations", {
    app: "contenttypes",
    name: "0001_initial",
    applied: `${AT.slice(0, -6)}${nextFraction()}`,
  });
  return {
    path,
    mediaDir,
    database,
    add: (table, row) => insert(`magtrace_api_${table}`, { ...defaults[table], ...row }),
    addReadings(datasetId, rows) {
      database.exec("BEGIN");
      for (const row of rows) insert("magtrace_api_magnetometerreading", { ...row, dataset_id: datasetId });
      database.exec("COMMIT");
    },
  };
}

let fraction = 100_000;
function nextFraction(): string {
  fraction++;
  return String(fraction);
}

const STEP_MS = 100;

/** The i-th reading, 0-based: each b_x there is once. */
export function reading(i: number, change: Record<string, Cell> = {}): Record<string, Cell> {
  const at = new Date(Date.UTC(2025, 5, 15, 9, 0, 0, i * STEP_MS)).toISOString();
  return {
    timestamp_pc: at.replace("T", " ").replace("Z", ""),
    b_x: 20_000 + i * 1.5,
    b_y: 5_000 - i,
    b_z: 40_000 + (i % 7),
    lat: 26.5,
    lon: 80.2 + i / 10_000,
    altitude: 120,
    thetax: 1,
    thetay: 2,
    thetaz: 3,
    sensor_id: "S1",
    ...change,
  };
}

/** What fillInstallation made, by ids of the old database. */
export interface FilledInstallation extends LegacyInstallation {
  readonly ids: Readonly<Record<string, number>>;
}

/** Two projects with everything the old program kept, good and bad. */
export function filledInstallation(): FilledInstallation {
  const old = makeLegacyInstallation();
  const { add } = old;
  const alpha = add("project", { name: "Alpha", description: "first", settings: '{"auto_save": true}' });
  const beta = add("project", { name: "Beta" });
  const two = add("dataset", { name: "two sensors", project_id: alpha });
  old.addReadings(
    two,
    Array.from({ length: 40 }, (_, i) => reading(i, { sensor_id: i % 2 === 0 ? "A" : "B" })),
  );
  const bad = add("dataset", { name: "bad rows", project_id: alpha, file: "datasets/gone.csv" });
  const faulty: Record<number, Record<string, Cell>> = {
    3: { b_x: "abc" },
    7: { timestamp_pc: "yesterday" },
    9: { b_z: Number.POSITIVE_INFINITY },
    12: { lat: "north" },
  };
  old.addReadings(
    bad,
    Array.from({ length: 60 }, (_, i) => reading(i, faulty[i] ?? {})),
  );
  const empty = add("dataset", { name: "empty", project_id: alpha });
  const minutes = add("dataset", { name: "minutes", project_id: beta });
  old.addReadings(
    minutes,
    Array.from({ length: 50 }, (_, i) => reading(i, { timestamp_pc: `24:${(40 + i / 10).toFixed(1)}` })),
  );
  const loose = add("dataset", { name: "loose" });
  old.addReadings(
    loose,
    Array.from({ length: 20 }, (_, i) => reading(i)),
  );

  const noise = add("labelcategory", { project_id: alpha, name: "Noise", color: "#FF8A65", order: 1 });
  // A child with a lower id than its parent's, as after an edit.
  const child = add("labelcategory", {
    project_id: alpha,
    name: "Motion",
    color: "#ffab40",
    parent_id: noise,
    order: 2,
  });
  const sameName = add("labelcategory", { project_id: alpha, name: "noise", color: "red", order: 3 });
  const root = add("labelcategory", { project_id: alpha, name: "Root", order: 4, is_active: 0 });
  old.database.exec(`UPDATE magtrace_api_labelcategory SET parent_id = ${root} WHERE id = ${noise}`);
  const foreign = add("labelcategory", { project_id: beta, name: "Elsewhere" });

  const across = add("annotation", {
    dataset_id: two,
    category_id: child,
    start_index: 4,
    end_index: 9,
    confidence: 0.8,
    notes: "hum",
  });
  const inactive = add("annotation", {
    dataset_id: two,
    category_id: root,
    start_index: 0,
    end_index: 0,
    created_by: "ada",
  });
  const beyond = add("annotation", {
    dataset_id: two,
    category_id: noise,
    start_index: 35,
    end_index: 400,
    confidence: 7,
  });
  const outside = add("annotation", { dataset_id: two, category_id: noise, start_index: 40, end_index: 41 });
  const reversed = add("annotation", { dataset_id: two, category_id: noise, start_index: 5, end_index: 4 });
  const wrongCategory = add("annotation", {
    dataset_id: two,
    category_id: foreign,
    start_index: 1,
    end_index: 2,
  });
  const overBad = add("annotation", { dataset_id: bad, category_id: noise, start_index: 2, end_index: 8 });
  const onBad = add("annotation", { dataset_id: bad, category_id: noise, start_index: 7, end_index: 7 });
  const onEmpty = add("annotation", { dataset_id: empty, category_id: noise, start_index: 0, end_index: 0 });
  const unreadable = add("annotation", {
    dataset_id: bad,
    category_id: noise,
    start_index: "one",
    end_index: 2,
  });
  const types = ["anomaly", "normal", "noise", "interference"].map((label_type, i) =>
    add("label", {
      dataset_id: minutes,
      label_type,
      start_index: i * 10,
      end_index: i * 10 + 4,
      notes: `n${i}`,
    }),
  );

  const model = add("userdefinedmodel", {
    project_id: alpha,
    name: "Finder",
    python_script: "import os\nos.system('true')",
    hyperparameters: '{"n_trees": 10}',
    tags: '["a,b", "a,b", "c"]',
    author: "ada",
    custom_metadata: '{"site": "north"}',
    performance_metrics: '{"accuracy": 0.9}',
  });
  const newer = add("userdefinedmodel", {
    project_id: alpha,
    name: "Finder",
    version: "1.1",
    parent_model_id: model,
    model_type: "svm",
  });
  add("userdefinedmodel_training_datasets", { userdefinedmodel_id: model, dataset_id: two });
  const trained = add("trainingsession", {
    model_id: model,
    dataset_id: two,
    final_metrics: '{"accuracy": 0.91}',
    model_file: "trained_models/finder.joblib",
    training_logs:
      '[{"timestamp": "2025-06-15T14:40:00", "message": "began", "progress": 10}, {"timestamp": "?", "message": "broke", "is_error": true}]',
  });
  writeFileSync(join(old.mediaDir, "trained_models", "finder.joblib"), "never opened");
  add("trainingsession_additional_datasets", { trainingsession_id: trained, dataset_id: bad });
  const running = add("trainingsession", {
    model_id: newer,
    dataset_id: two,
    status: "running",
    progress: 40,
    base_training_session_id: trained,
    completed_at: null,
  });
  const onNothing = add("trainingsession", { model_id: newer, dataset_id: empty });
  const failed = add("trainingsession", {
    model_id: model,
    dataset_id: two,
    status: "failed",
    error_message: "No data",
  });

  const values = Array.from({ length: 40 }, (_, i) => (i < 10 ? "Noise" : "normal"));
  const predicted = add("prediction", {
    dataset_id: two,
    model_id: model,
    training_session_id: trained,
    predictions: JSON.stringify(values),
    confidence_scores: JSON.stringify(values.map(() => 0.75)),
    review_status: "accepted",
    reviewed_by: "eve",
    reviewed_at: AT,
  });
  const shapeless = add("prediction", {
    dataset_id: two,
    model_id: newer,
    predictions: "[1, 2, 3]",
    modifications: '{"note": "x"}',
  });
  const oldModel = add("mlmodel", {
    name: "Oldest",
    training_dataset_id: minutes,
    metrics: '{"f1": 0.5}',
    model_file: "models/oldest",
  });
  const inference = add("inferenceresult", {
    dataset_id: minutes,
    model_id: oldModel,
    predictions: '[{"start_index": 3, "end_index": 6, "label": "anomaly", "confidence": 0.6}]',
  });
  const suggestion = add("activelearningsuggestion", { dataset_id: minutes, start_index: 1, end_index: 1 });
  const named = {
    alpha,
    beta,
    two,
    bad,
    empty,
    minutes,
    loose,
    noise,
    child,
    sameName,
    root,
    foreign,
    across,
    inactive,
    beyond,
  };
  const further = {
    outside,
    reversed,
    wrongCategory,
    overBad,
    onBad,
    onEmpty,
    unreadable,
    model,
    newer,
    trained,
    running,
  };
  const last = {
    onNothing,
    failed,
    predicted,
    shapeless,
    oldModel,
    inference,
    suggestion,
    anomaly: types[0]!,
  };
  return { ...old, ids: { ...named, ...further, ...last } };
}
