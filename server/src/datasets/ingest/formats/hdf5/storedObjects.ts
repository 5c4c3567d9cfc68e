import type { StoredType } from "./hdf5Library.ts";

/** A dataset, and what is asked of its attributes. */
export interface StoredDataset {
  readonly path: string;
  readonly name: string;
  readonly type: StoredType;
  attribute(name: string): unknown;
  /** The texts that it holds; of a dataset of numbers, none. */
  texts(): readonly string[];
}

export interface StoredGroup {
  readonly path: string;
  readonly datasets: readonly StoredDataset[];
  readonly groups: readonly StoredGroup[];
  attribute(name: string): unknown;
}
