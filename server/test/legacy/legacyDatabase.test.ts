import assert from "node:assert/strict";
import { copyFileSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { before, describe, test } from "node:test";
import { AppError, type ErrorCode } from "../../src/errors.ts";
import { openLegacyDatabase } from "../../src/legacy/legacyDatabase.ts";
import { tables } from "../../src/legacy/tables.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { type LegacyInstallation, makeLegacyInstallation, reading } from "./legacyFixture.ts";

describe("the database of an old MagTrace", () => {
  const folder = temporaryFolder();
  const at = (name: string) => join(folder, name);
  let old: LegacyInstallation;

  before(() => {
    old = makeLegacyInstallation();
    const project = old.add("project", { name: "P" });
    const dataset = old.add("dataset", { name: "D", project_id: project });
    old.addReadings(
      dataset,
      Array.from({ length: 2_000 }, (_, i) => reading(i)),
    );
  });

  function refused(path: string, code: ErrorCode, message: RegExp): void {
    assert.throws(
      () => openLegacyDatabase(path),
      (error) => {
        assert.ok(error instanceof AppError, String(error));
        assert.deepEqual([error.code, error.message.match(message)?.index], [code, 0], error.message);
        return true;
      },
    );
  }

  test("that is no SQLite file is refused, and so are a folder and nothing", () => {
    writeFileSync(at("text"), "timestamp_pc,b_x,b_y,b_z\n1,2,3,4\n");
    refused(at("text"), "unreadable_file", /.*text is no SQLite database\.$/);
    refused(folder, "unreadable_file", /.* is no file\. Name the file db\.sqlite3 itself\.$/);
    refused(at("none"), "not_found", /There is no file .*none\.$/);
  });

  test("that was cut off or damaged is told so", () => {
    copyFileSync(old.path, at("cut"));
    truncateSync(at("cut"), 40 * 1024);
    refused(at("cut"), "unreadable_file", /.*cut is damaged, or a copy that was cut off: .*\. Copy it again/);
    const bytes = readFileSync(old.path);
    bytes.fill(0xff, 60 * 1024, 100 * 1024);
    writeFileSync(at("spoilt"), bytes);
    refused(at("spoilt"), "unreadable_file", /.*spoilt is damaged, or a copy that was cut off: /);
  });

  test("that lacks tables or columns is told which", () => {
    new DatabaseSync(at("foreign")).exec(
      "CREATE TABLE django_migrations (id integer PRIMARY KEY, app, name, applied)",
    );
    refused(
      at("foreign"),
      "unreadable_file",
      /.* is no database of an old MagTrace: it has no magtrace_api_project and \d+ more\./,
    );
    copyFileSync(old.path, at("halved"));
    new DatabaseSync(at("halved")).exec(
      "DROP TABLE magtrace_api_annotation; ALTER TABLE magtrace_api_dataset DROP COLUMN file",
    );
    refused(at("halved"), "unreadable_file", /.*it has no magtrace_api_dataset\.file and 1 more\./);
    copyFileSync(old.path, at("unmade"));
    new DatabaseSync(at("unmade")).exec("DELETE FROM django_migrations");
    refused(at("unmade"), "unreadable_file", /.* was never set up/);
  });

  test("that is being written is told so, and one that was left half written as well", () => {
    copyFileSync(old.path, at("written"));
    const writer = new DatabaseSync(at("written"));
    writer.exec("BEGIN EXCLUSIVE");
    refused(at("written"), "not_ready", /.*cannot be read while it is being written, or was left so\. Stop/);

    writer.exec("PRAGMA cache_size = 1");
    writer.exec("UPDATE magtrace_api_magnetometerreading SET b_x = 0");
    // As a crash leaves it: changed pages in the file, and their old ones beside it.
    copyFileSync(at("written"), at("left"));
    copyFileSync(at("written-journal"), at("left-journal"));
    writer.exec("ROLLBACK");
    refused(at("left"), "not_ready", /.*cannot be read while it is being written, or was left so\. Stop/);
  });

  test("is read as it was when it was opened, and never written to", () => {
    const database = openLegacyDatabase(old.path);
    const bytes = readFileSync(old.path);
    assert.equal(database.count(tables.reading), 2_000);
    assert.equal([...database.rows(tables.reading, "id <= ?", [3])].length, 3);
    database.close();
    assert.ok(readFileSync(old.path).equals(bytes));
  });

  test("has a source of its own that stays when it grows, and tables of later versions may be missing", () => {
    copyFileSync(old.path, at("copy"));
    const copy = new DatabaseSync(at("copy"));
    copy.exec("DROP TABLE magtrace_api_trainingsession_additional_datasets");
    copy.exec("INSERT INTO django_migrations (app, name, applied) VALUES ('later', '0002', '2026-01-01')");
    const sources = [old.path, at("copy"), makeLegacyInstallation().path].map((path) => {
      const database = openLegacyDatabase(path);
      assert.deepEqual([...database.rows(tables.sessionDatasets)], []);
      database.close();
      return database.source;
    });
    assert.equal(sources[0], sources[1]);
    assert.notEqual(sources[0], sources[2]);
  });
});
