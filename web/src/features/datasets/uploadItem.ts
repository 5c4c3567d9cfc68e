import type {
  ColumnMapping,
  Dataset,
  Finding,
  Inspection,
  Question,
  UnreadableFile,
} from "@magtrace/contracts";
import { ApiError } from "../../api/apiError.ts";
import type { ChoiceCard } from "./import/choiceCards.ts";

/** What stands in the way of reading a file, or is to be confirmed before it is read. */
export interface Doubt {
  readonly inspection: Inspection;
  /** The mapping it was inspected by. */
  readonly inspectedBy: ColumnMapping;
  /** Asked when all of the file was read, which an inspection of its first part could not tell. */
  readonly questions: readonly Question[];
  readonly findings: readonly Finding[];
  /** What was asked and assumed, with what was answered. */
  readonly cards: readonly ChoiceCard[];
}

export type UploadState =
  /** To be inspected; one at a time. */
  | { readonly kind: "new" }
  | { readonly kind: "inspecting" }
  | { readonly kind: "asking"; readonly doubt: Doubt }
  | { readonly kind: "waiting" }
  /** `interruption`: why nothing gets through, while it is tried again. */
  | { readonly kind: "sending"; readonly fraction: number; readonly interruption: string | null }
  /** By whoever sends it. What has arrived stays on the server. */
  | { readonly kind: "paused"; readonly fraction: number }
  /** All bytes are there; the server is reading the file. */
  | { readonly kind: "reading" }
  | { readonly kind: "done"; readonly dataset: Dataset }
  | { readonly kind: "failed"; readonly error: unknown; readonly step: "inspecting" | "sending" };

export interface UploadItem {
  readonly id: number;
  readonly file: File;
  /** What was said of how it is to be read; the rest is as the file says. */
  readonly mapping: ColumnMapping;
  /** How it would be read, once that has been looked at. */
  readonly inspection: Inspection | null;
  /** Whether it was said that it is to be read as far as nothing is open: what is assumed is not shown again. */
  readonly isConfirmed: boolean;
  /** Whether its dialog was closed without an answer: then it opens only when asked for. */
  readonly isAside: boolean;
  /** Under which the server keeps what has arrived; null where it keeps nothing. */
  readonly uploadId: number | null;
  /** Whether it was begun before and had expired. */
  readonly isAnew: boolean;
  readonly state: UploadState;
}

export type AskingItem = UploadItem & { readonly state: Extract<UploadState, { kind: "asking" }> };

export const isAsking = (item: UploadItem): item is AskingItem => item.state.kind === "asking";

const UNDER_WAY: ReadonlySet<UploadState["kind"]> = new Set([
  "new",
  "inspecting",
  "asking",
  "waiting",
  "sending",
  "paused",
  "reading",
]);

export const isUnderWay = ({ state }: UploadItem): boolean => UNDER_WAY.has(state.kind);

/** Whether something is lost by leaving the page: bytes on their way, or answers that were given. */
export const isLostByLeaving = (item: UploadItem): boolean =>
  isUnderWay(item) && item.state.kind !== "paused" && item.state.kind !== "reading";

/** A file that leaves something open is asked about; any other refusal is shown as it is. */
export function refusedState(item: UploadItem, error: unknown): UploadState {
  const doubt = doubtOfRefused(item, error);
  if (doubt !== null && doubt.questions.length > 0) return { kind: "asking", doubt };
  return { kind: "failed", error, step: "sending" };
}

/** What an upload's answer says of a file beside what its inspection said. */
export function doubtOfRefused(item: UploadItem, error: unknown): Doubt | null {
  if (item.inspection === null) return null;
  const refusal = error instanceof ApiError && error.code === "unreadable_file" ? error.details : null;
  return doubtOf(item, item.inspection, (refusal ?? {}) as Partial<UnreadableFile>);
}

export function doubtOf(
  { mapping }: UploadItem,
  inspection: Inspection,
  { questions = [], findings = [] }: Partial<UnreadableFile> = {},
): Doubt {
  return { inspection, inspectedBy: mapping, questions, findings, cards: [] };
}
