import { File, type Group, ready } from "h5wasm";

let files = 0;

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
  for (const [key, value] of Object.entries(attributes))
    group.get(name) && attribute(group, name, key, value);
}

function attribute(group: Group, name: string, key: string, value: string | number): void {
  const entity = group.get(name) as unknown as { create_attribute(key: string, value: unknown): void };
  entity.create_attribute(key, typeof value === "number" ? Float64Array.of(value) : value);
}

/** Lists of numbers as cells of a compound, one a row, which the library writes only as bytes. */
export function lists(values: Float64Array, rows: number): unknown[] {
  const bytes = new Uint8Array(values.buffer);
  return Object.assign(new Array(rows).fill(0), {
    subarray: (from: number, to: number) => bytes.subarray(from, to),
  });
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
