import type { Assumption } from "@magtrace/contracts";
import { possibleSignatures } from "../ingest/inspect/headerSignature.ts";
import type { ColumnMapping } from "../ingest/types.ts";

/** A profile as far as files are compared with it. Plain data. */
export interface KnownProfile {
  readonly id: number;
  readonly name: string;
  readonly signature: string;
  readonly mapping: ColumnMapping;
}

/** The profile whose columns the head of a file names, if there is one. */
export function recogniseProfile(head: Uint8Array, known: readonly KnownProfile[]): KnownProfile | null {
  if (known.length === 0) return null;
  const possible = possibleSignatures(head);
  return known.find(({ signature }) => possible.has(signature)) ?? null;
}

/** What a quality report says of it. */
export function profileAssumption({ name }: Pick<KnownProfile, "name">): Assumption {
  return {
    subject: "header",
    taken: `read by the project's profile "${name}"`,
    reason: "Its columns are named as that profile's are.",
    column: null,
    others: [],
  };
}
