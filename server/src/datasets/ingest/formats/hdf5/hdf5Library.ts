/** What is used of h5wasm. */
export interface Hdf5Library {
  readonly ready: Promise<Hdf5Module>;
  readonly Dataset: new (
    fileId: bigint,
    path: string,
  ) => { get_attribute(name: string, jsonCompatible: true): unknown };
}

export interface StoredType {
  readonly type: number;
  readonly size: number;
  readonly signed: boolean;
  readonly vlen: boolean;
  readonly total_size: number;
  readonly shape: readonly number[] | null;
  readonly virtual_sources?: readonly unknown[];
  readonly array_type?: StoredType;
  readonly enum_type?: { readonly type: number };
  readonly compound_type?: { readonly members: readonly (StoredType & { name: string; offset: number })[] };
}

export interface Hdf5Module {
  readonly FS: MemoryFileSystem;
  readonly HEAPU8: Uint8Array<ArrayBuffer>;
  readonly H5G_GROUP: number;
  readonly H5G_DATASET: number;
  open(path: string, mode: number, trackOrder: boolean, low: number, high: number): bigint;
  close_file(fileId: bigint): number;
  get_names(fileId: bigint, path: string, recursive: boolean): string[];
  get_type(fileId: bigint, path: string): number;
  get_dataset_metadata(fileId: bigint, path: string): StoredType;
  get_dataset_filters(fileId: bigint, path: string): { readonly id: number; readonly name: string }[];
  get_attribute_names(fileId: bigint, path: string): string[];
  get_attribute_metadata(fileId: bigint, path: string, name: string): StoredType;
  get_dataset_data(
    fileId: bigint,
    path: string,
    count: readonly bigint[],
    offset: readonly bigint[],
    strides: readonly bigint[],
    into: bigint,
  ): number;
  UTF8ToString(pointer: number, most: number): string;
  _malloc(bytes: number): number;
  _free(pointer: number): void;
}

/** Emscripten's file system in memory. */
interface MemoryFileSystem {
  readonly ErrnoError: new (code: number) => Error;
  createFile(
    parent: string,
    name: string,
    properties: object,
    canRead: boolean,
    canWrite: boolean,
  ): MemoryNode;
}

interface MemoryNode {
  stream_ops: object;
  node_ops: { getattr(node: MemoryNode): { size: number } };
}

/** Bytes of a file, given while the caller waits. */
export interface SyncSource {
  readonly size: number;
  /** @returns how many were put into `into`. */
  read(at: number, into: Uint8Array): number;
}

const IO_ERROR = 29;
const INVALID = 28;
const SEEK_FROM_HERE = 1;
const SEEK_FROM_END = 2;
const FILE_NAME = "uploaded.h5";

/**
 * Loads the library with its own file system, which has nothing in it but the source, given piece by piece. The build
 * for Node.js would see this machine's files, to which an HDF5 file may point.
 */
export async function loadHdf5(): Promise<{ library: Hdf5Library; module: Hdf5Module }> {
  const library = (await import("h5wasm")) as unknown as Hdf5Library;
  return { library, module: await library.ready };
}

/** Puts a source where the library can open it. @returns its path there. */
export function mountSource({ FS }: Hdf5Module, source: SyncSource, name = FILE_NAME): string {
  const node = FS.createFile("/", name, {}, true, false);
  const attributesOf = node.node_ops.getattr;
  node.node_ops = {
    ...node.node_ops,
    getattr: (one) => ({ ...attributesOf(one), size: source.size }),
  };
  node.stream_ops = {
    ...node.stream_ops,
    llseek: (stream: { position: number }, offset: number, whence: number): number => {
      const from = whence === SEEK_FROM_HERE ? stream.position : whence === SEEK_FROM_END ? source.size : 0;
      if (from + offset < 0) throw new FS.ErrnoError(INVALID);
      return from + offset;
    },
    read: (_stream: object, heap: Uint8Array, at: number, length: number, position: number): number => {
      const bytes = Math.max(0, Math.min(length, source.size - position));
      try {
        return bytes === 0 ? 0 : source.read(position, heap.subarray(at, at + bytes));
      } catch {
        throw new FS.ErrnoError(IO_ERROR);
      }
    },
  };
  return `/${name}`;
}
