import type { Assumption, Choice } from "@magtrace/contracts";
import { columnName, fitOf } from "../../cells/columnNames.ts";
import { RefusedFile, UndecidedFile } from "../../findings.ts";
import { speaksOfTime } from "../../time/columnWords.ts";
import { hasField } from "../fieldColumns.ts";
import type { Hdf5Column, Hdf5Table } from "./hdf5Table.ts";

const MOST_CHOICES = 20;

/** Names of a table's columns, their units in brackets. */
export function headerOf({ columns }: Hdf5Table): string[] {
  return columns.map(({ name, units }) => (units === null ? name : `${name} (${units})`));
}

/**
 * Which table of a file holds a magnetometer's readings.
 *
 * @param asked The caller's word, or undefined.
 * @throws {RefusedFile} there is none. @throws {UndecidedFile} it cannot be told.
 */
export function chooseTable(
  tables: readonly Hdf5Table[],
  asked: string | undefined,
): { table: Hdf5Table; assumptions: readonly Assumption[] } {
  if (asked !== undefined) {
    const table = tables.find(({ path }) => path === asked);
    if (table !== undefined) return { table, assumptions: [] };
    const expected = `the table the mapping names as member; this file has ${listed(tables)}`;
    throw new RefusedFile({ code: "column_unknown", value: asked, expected });
  }
  if (tables.length === 0) {
    const expected =
      "a compound dataset, or datasets of numbers that are equally long: a time, and the field's axes or its total";
    throw new RefusedFile({ code: "column_missing", value: "an HDF5 file", expected });
  }
  const within = tables.filter(({ gathered }) => !gathered);
  const whole = [within, tables].map((some) => some.filter(isRecording)).find((some) => some.length > 0);
  const fields = tables.filter((table) => hasField(headerOf(table).map(columnName), isMagnetic(table)));
  const fitting = whole ?? (fields.length > 0 ? fields : tables);
  if (fitting.length > 1) {
    throw new UndecidedFile([
      {
        subject: "sensors",
        asked: "Which table of the file holds the readings?",
        reason: `It has ${listed(fitting)}.`,
        column: null,
        choices: choicesOf(fitting),
      },
    ]);
  }
  const [table] = fitting;
  const others = within.filter((one) => one !== table);
  if (others.length === 0 && !table.gathered) return { table, assumptions: [] };
  const reason = table.gathered
    ? "Time and field lie in groups of their own, whose datasets are equally long."
    : `By its columns it is the magnetometer's; there are ${listed(others)}, too.`;
  const taken = table.gathered ? "columns of several groups" : `the table ${table.path}`;
  return {
    table,
    assumptions: [{ subject: "sensors", taken, reason, column: null, others: choicesOf(others) }],
  };
}

function isRecording(table: Hdf5Table): boolean {
  const names = headerOf(table).map(columnName);
  const isTime = (column: Hdf5Column, i: number): boolean =>
    column.time !== null || fitOf(names[i], "timestamp_pc") !== null || speaksOfTime(names[i]);
  return hasField(names, isMagnetic(table)) && table.columns.some(isTime);
}

function isMagnetic({ path }: Hdf5Table): boolean {
  return /mag/i.test(path);
}

function choicesOf(tables: readonly Hdf5Table[]): Choice[] {
  return tables
    .slice(0, MOST_CHOICES)
    .map(({ path }) => ({ label: path.slice(0, 200), mapping: { member: path } }));
}

function listed(tables: readonly Hdf5Table[]): string {
  const shown = tables.slice(0, 10).map((table) => {
    const names = headerOf(table).slice(0, 8).join(", ").slice(0, 120);
    return `${table.path.slice(0, 80)} (${table.rows} rows: ${names})`;
  });
  return shown.join("; ") + (tables.length > shown.length ? " …" : "");
}
