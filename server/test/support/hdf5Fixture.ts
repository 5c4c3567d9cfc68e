import { File, type Group, ready } from "h5wasm";

export const START_S = 1_700_000_000;
let files = 0;

export function numbers(rows: number, numberAt: (i: number) => number): Float64Array {
  return Float64Array.from({ length: rows }, (_, i) => numberAt(i));
}

/** Columns of a recording in µT. */
export function axes(rows: number): Map<string, unknown> {
  return new Map<string, unknown>([
    ["time", numbers(rows, (i) => START_S + i / 100)],
    ["b_x", Float32Array.from({ length: rows }, () => 20)],
    ["b_y", Float32Array.from({ length: rows }, () => 10)],
    ["b_z", numbers(rows, (i) => 40 + i / 1000)],
  ]);
}

/** A file that the library itself writes. */
export async function hdf5File(write: (file: Group) => void): Promise<Uint8Array> {
  const { FS } = await ready;
  const name = `/fixture${files++}.h5`;
  const file = new File(name, "w");
  write(file);
  file.close();
  const bytes = FS.readFile(name) as Uint8Array;
  FS.unlink(name);
  return Uint8Array.from(bytes);
}

/** A dataset with attributes of text. */
export function dataset(
  group: Group,
  name: string,
  data: Float64Array | Float32Array | BigInt64Array | Int32Array | string[] | Map<string, unknown>,
  options: {
    readonly attributes?: Readonly<Record<string, string | number>>;
    readonly shape?: number[];
    readonly chunks?: number[];
    readonly compression?: "gzip";
  } = {},
): void {
  const { attributes = {}, ...rest } = options;
  group.create_dataset({ name, data: data as Float64Array, ...rest });
  for (const [key, value] of Object.entries(attributes)) attribute(group, name, key, value);
}

function attribute(group: Group, name: string, key: string, value: string | number): void {
  const entity = group.get(name) as unknown as { create_attribute(key: string, value: unknown): void };
  entity.create_attribute(key, typeof value === "number" ? Float64Array.of(value) : value);
}

export function groupIn(
  parent: Group,
  name: string,
  attributes: Readonly<Record<string, string>> = {},
): Group {
  parent.create_group(name);
  for (const [key, value] of Object.entries(attributes)) attribute(parent, name, key, value);
  return parent.get(name) as Group;
}
