import { timeUnitOf } from "./cfTime.ts";
import type { StoredType } from "./hdf5Library.ts";
import type { Hdf5Column, StoredElement } from "./hdf5Table.ts";
import { VARIABLE_TEXT_BYTES } from "./readCells.ts";
import type { StoredDataset } from "./storedObjects.ts";

/** Classes of types. Source: H5Tpublic.h. */
const INTEGER = 0;
const FLOAT = 1;
const STRING = 3;
const COMPOUND = 6;
const ENUM = 8;
const ARRAY = 10;
/** Of a table two wide dimensions; more is an image. */
const MAX_WIDTH = 64;
const MAX_COLUMNS = 2000;
const LONGEST_NAME = 200;

export interface StoredColumns {
  readonly rows: number;
  readonly columns: readonly Hdf5Column[];
}

/**
 * Columns of a dataset: members of a compound, a dataset of one dimension, or the columns of one of two.
 *
 * @param names Of the columns of a dataset of two dimensions, where the file says them.
 * @param ofMembers The same of lists within a compound, by the member.
 * @returns null where it holds nothing that is read.
 */
export function columnsOf(
  dataset: StoredDataset,
  names: readonly string[] | null,
  ofMembers: ReadonlyMap<string, readonly string[]> = new Map(),
): StoredColumns | null {
  const { type } = dataset;
  const isMatlab = dataset.attribute("MATLAB_class") !== null;
  // Characters are stored as numbers.
  if (dataset.attribute("MATLAB_class") === "char") return null;
  const shape = shapeOf(type, isMatlab);
  if (shape === null || (type.virtual_sources?.length ?? 0) > 0) return null;
  const layout = { path: dataset.path, rank: type.shape?.length ?? 1, axis: shape.axis };
  if (type.type === COMPOUND) {
    if (shape.width !== 1) return null;
    const cells = { ...layout, across: 0, width: 1, stride: type.size };
    const members = (type.compound_type?.members ?? []).slice(0, MAX_COLUMNS);
    const columns = members.flatMap((member, i) =>
      cellsOf(member, member.name).map(({ name, element, offset }, k): Hdf5Column => {
        const own = plain(ofMembers.get(member.name)?.[k] ?? name);
        return { ...cells, ...own, element, offset: member.offset + offset, ...unitsOf(dataset, i, name) };
      }),
    );
    return columns.length === 0 ? null : { rows: shape.rows, columns };
  }
  const [cell] = cellsOf(type, dataset.name);
  if (cell === undefined || cellsOf(type, "").length !== 1) return null;
  const columns = Array.from({ length: shape.width }, (_, i): Hdf5Column => {
    const name = shape.width === 1 ? dataset.name : (names?.[i] ?? `${dataset.name}[${i}]`);
    const isAcross = shape.axis === 1;
    return {
      ...layout,
      ...plain(name),
      across: isAcross ? i : 0,
      width: isAcross ? 1 : shape.width,
      stride: type.size * (isAcross ? 1 : shape.width),
      offset: isAcross ? 0 : type.size * i,
      element: cell.element,
      ...attributesOf(dataset, cell.element),
    };
  });
  return { rows: shape.rows, columns };
}

function plain(name: string): Pick<Hdf5Column, "name" | "units" | "fill" | "scale" | "add" | "time"> {
  return { name: name.slice(0, LONGEST_NAME), units: null, fill: null, scale: 1, add: 0, time: null };
}

/** Rows go along the longer side, or along the second in MATLAB's order. */
function shapeOf(
  { shape }: StoredType,
  isMatlab: boolean,
): { rows: number; width: number; axis: 0 | 1 } | null {
  if (shape === null || shape.length === 0 || shape.length > 2) return null;
  const [first, second = 1] = shape;
  if (shape.length === 1) return { rows: first, width: 1, axis: 0 };
  const axis = second === 1 ? 0 : first === 1 || isMatlab || second > first ? 1 : 0;
  const [rows, width] = axis === 0 ? [first, second] : [second, first];
  return width > MAX_WIDTH ? null : { rows, width, axis };
}

/** Cells that a type holds: one, or those of an array of numbers. */
function cellsOf(type: StoredType, name: string): { name: string; element: StoredElement; offset: number }[] {
  const element = elementOf(type);
  if (element !== null) return [{ name, element, offset: 0 }];
  const inner = type.type === ARRAY ? type.array_type : undefined;
  const one = inner === undefined ? null : elementOf(inner);
  const count = inner?.total_size ?? 0;
  if (inner === undefined || one === null || one.type === "variable_text" || count > MAX_WIDTH) return [];
  return Array.from({ length: count }, (_, i) => {
    return { name: count === 1 ? name : `${name}[${i}]`, element: one, offset: i * one.size };
  });
}

function elementOf({ type, size, signed, vlen, enum_type: named }: StoredType): StoredElement | null {
  if (type === STRING) {
    return vlen
      ? { type: "variable_text", size: VARIABLE_TEXT_BYTES, signed: false }
      : { type: "text", size, signed: false };
  }
  if (type === FLOAT) return size === 4 || size === 8 ? { type: "float", size, signed: true } : null;
  const isInteger = type === INTEGER || (type === ENUM && named?.type === INTEGER);
  return isInteger && [1, 2, 4, 8].includes(size) ? { type: "int", size, signed } : null;
}

/** Of a member of a compound: PyTables and others write attributes that end in its number or name. */
function unitsOf(dataset: StoredDataset, i: number, name: string): Partial<Hdf5Column> {
  const time = timeUnitOf(textOf(dataset.attribute(`${name}_kind`)));
  const units = textOf(dataset.attribute(`FIELD_${i}_UNITS`)) ?? textOf(dataset.attribute(`${name}_units`));
  if (time === null) return { units };
  // pandas' index has no name of its own.
  return { units, time, ...(name === "index" ? { name: "timestamp" } : {}) };
}

function attributesOf(dataset: StoredDataset, { type }: StoredElement): Partial<Hdf5Column> {
  if (type !== "int" && type !== "float") return {};
  const units = ["units", "unit", "Units", "UNITS", "Unit"].map((name) => textOf(dataset.attribute(name)));
  const stated = units.find((one) => one !== null) ?? null;
  const time = timeUnitOf(stated);
  return {
    units: time === null ? stated : null,
    time,
    fill: numberOf(dataset.attribute("_FillValue")),
    scale: numberOf(dataset.attribute("scale_factor")) ?? 1,
    add: numberOf(dataset.attribute("add_offset")) ?? 0,
  };
}

export function textOf(attribute: unknown): string | null {
  const [text] = textsOf(attribute) ?? [];
  return text === undefined || text.trim() === "" ? null : text.trim().slice(0, LONGEST_NAME);
}

export function textsOf(attribute: unknown): string[] | null {
  if (typeof attribute === "string") return [attribute];
  if (!Array.isArray(attribute) || attribute.length === 0) return null;
  return attribute.every((one) => typeof one === "string") ? attribute : null;
}

function numberOf(attribute: unknown): number | null {
  const one = Array.isArray(attribute) ? attribute[0] : attribute;
  return typeof one === "number" && Number.isFinite(one) ? one : null;
}
