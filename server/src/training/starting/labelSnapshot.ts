import { createHash } from "node:crypto";
import type { LabelSnapshot } from "../../labels/service.ts";

/** The labels of one dataset as they were when a session was started. */
export interface LabelledDataset {
  readonly dataset: number;
  readonly labels: readonly LabelSnapshot[];
}

export interface EncodedLabels {
  readonly bytes: Uint8Array;
  readonly sha256: string;
  readonly count: number;
}

/** Canonical JSON: the same labels give the same bytes, whatever order their fields came in. */
export function encodeLabels(datasets: readonly LabelledDataset[]): EncodedLabels {
  const text = JSON.stringify({
    version: 1,
    datasets: datasets.map(({ dataset, labels }) => ({
      dataset,
      labels: labels.map(({ id, category, category_id, start_index, end_index, confidence }) => ({
        id,
        category,
        category_id,
        start_index,
        end_index,
        confidence,
      })),
    })),
  });
  const bytes = new TextEncoder().encode(text);
  return {
    bytes,
    sha256: sha256Of(bytes),
    count: datasets.reduce((sum, { labels }) => sum + labels.length, 0),
  };
}

/** @throws {TypeError} bytes that do not have this hash, or of another version. */
export function decodeLabels(bytes: Uint8Array, sha256: string): LabelledDataset[] {
  if (sha256Of(bytes) !== sha256) throw new TypeError("the frozen labels are not those of the session");
  const { version, datasets } = JSON.parse(new TextDecoder().decode(bytes));
  if (version !== 1) throw new TypeError(`frozen labels have version ${String(version)}`);
  return datasets as LabelledDataset[];
}

/** Ids of the categories by name. A name that two datasets give different ids keeps the last. */
export function categoriesOf(datasets: readonly LabelledDataset[]): Record<string, number> {
  return Object.fromEntries(
    datasets.flatMap(({ labels }) => labels.map(({ category, category_id }) => [category, category_id])),
  );
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
