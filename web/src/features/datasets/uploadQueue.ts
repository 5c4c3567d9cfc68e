import type {
  ColumnMapping,
  Dataset,
  Finding,
  Inspection,
  Question,
  UnreadableFile,
} from "@magtrace/contracts";
import { ApiError } from "../../api/apiError.ts";
import type { Upload } from "../../api/uploadFile.ts";
import type { ChoiceCard } from "./import/choiceCards.ts";
import { goesStraightThrough, likenessOf } from "./import/doubts.ts";
import type { Inspect } from "./import/inspectFile.ts";
import { mergeMapping } from "./reading/mergeMapping.ts";

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
  | { readonly kind: "sending"; readonly fraction: number }
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
  readonly state: UploadState;
}

export type AskingItem = UploadItem & { readonly state: Extract<UploadState, { kind: "asking" }> };

export const isAsking = (item: UploadItem): item is AskingItem => item.state.kind === "asking";

interface Calls {
  readonly inspect: Inspect;
  readonly send: (
    file: File,
    mapping: ColumnMapping,
    onProgress: (fraction: number) => void,
  ) => Upload<Dataset>;
  readonly onDone: () => void;
}

interface Current {
  readonly id: number;
  readonly cancel: () => void;
}

/**
 * Files on their way to the server. Each is inspected first; those with doubts wait for an answer and hold up nobody.
 * They are sent one after the other: two at once would only halve each other's speed.
 */
export class UploadQueue {
  readonly #calls: Calls;
  #items: readonly UploadItem[] = [];
  #listeners = new Set<() => void>();
  #inspected: Current | null = null;
  #sent: Current | null = null;
  #nextId = 1;

  constructor(calls: Calls) {
    this.#calls = calls;
  }

  readonly items = (): readonly UploadItem[] => this.#items;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  add(files: readonly File[], mapping: ColumnMapping): void {
    const added = files.map((file): UploadItem => {
      const id = this.#nextId;
      this.#nextId += 1;
      const flags = { isConfirmed: false, isAside: false };
      return { id, file, mapping, inspection: null, ...flags, state: { kind: "new" } };
    });
    this.#set([...this.#items, ...added]);
    this.#next();
  }

  /** Stops what is under way for a file, and takes it from the list. */
  remove(id: number): void {
    for (const current of [this.#inspected, this.#sent]) if (current?.id === id) current.cancel();
    this.#set(this.#items.filter((item) => item.id !== id));
  }

  /** Keeps what was said of a file so far, and its dialog closed. */
  putAside(id: number, mapping: ColumnMapping, doubt: Doubt): void {
    this.#update(id, { mapping, inspection: doubt.inspection, state: { kind: "asking", doubt } });
    this.#set(this.#items.map((item) => (isAsking(item) ? { ...item, isAside: true } : item)));
  }

  /** Opens the dialog of a file that waits for an answer or was refused. */
  ask(id: number): void {
    const item = this.#items.find((one) => one.id === id);
    const doubt = item?.state.kind === "failed" ? doubtOfRefused(item, item.state.error) : null;
    this.#update(id, { isAside: false, ...(doubt === null ? {} : { state: { kind: "asking", doubt } }) });
  }

  /** Sends a file, to be read as its mapping says. */
  read(id: number, mapping: ColumnMapping, inspection: Inspection): void {
    this.#update(id, { mapping, inspection, isConfirmed: true, state: { kind: "waiting" } });
    this.#next();
  }

  /** Has others read by the same mapping, each as far as it leaves nothing open. */
  readAlike(ids: readonly number[], mapping: ColumnMapping): void {
    for (const item of this.#items.filter((one) => ids.includes(one.id) && isAsking(one))) {
      const state: UploadState = { kind: "new" };
      this.#update(item.id, {
        mapping: mergeMapping(item.mapping, mapping),
        isConfirmed: true,
        isAside: false,
        state,
      });
    }
    this.#next();
  }

  /** Tries again what failed. */
  retry(id: number): void {
    const { state } = this.#items.find((item) => item.id === id) ?? {};
    if (state?.kind !== "failed") return;
    this.#update(id, { state: { kind: state.step === "inspecting" ? "new" : "waiting" } });
    this.#next();
  }

  /** Those that wait for an answer and have the columns that this file has. */
  alike(id: number): readonly number[] {
    const asking = this.#items.filter(isAsking);
    const own = asking.find((item) => item.id === id);
    const likeness = own === undefined ? null : likenessOf(own.state.doubt.inspection);
    if (likeness === null) return [];
    return asking
      .filter((item) => item.id !== id && likenessOf(item.state.doubt.inspection) === likeness)
      .map((item) => item.id);
  }

  #next(): void {
    this.#inspectNext();
    this.#sendNext();
  }

  #inspectNext(): void {
    if (this.#inspected !== null) return;
    const item = this.#items.find(({ state }) => state.kind === "new");
    if (item === undefined) return;
    const { id } = item;
    const stop = new AbortController();
    this.#inspected = { id, cancel: () => stop.abort() };
    this.#update(id, { state: { kind: "inspecting" } });
    this.#calls
      .inspect(item.file, item.mapping, stop.signal)
      .then((inspection) => this.#takeInspection(item, inspection))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) this.#update(id, { state: { kind: "failed", error, step: "inspecting" } });
      })
      .finally(() => {
        this.#inspected = null;
        this.#next();
      });
  }

  #takeInspection(item: UploadItem, inspection: Inspection): void {
    const isSettled = item.isConfirmed && inspection.readable && inspection.questions.length === 0;
    const isReady = isSettled || goesStraightThrough(inspection);
    this.#update(item.id, {
      inspection,
      state: isReady ? { kind: "waiting" } : { kind: "asking", doubt: doubtOf(item, inspection) },
    });
  }

  #sendNext(): void {
    if (this.#sent !== null) return;
    const item = this.#items.find(({ state }) => state.kind === "waiting");
    if (item === undefined) return;
    const { id } = item;
    this.#update(id, { state: { kind: "sending", fraction: 0 } });
    const upload = this.#calls.send(item.file, item.mapping, (fraction) =>
      this.#update(id, { state: fraction < 1 ? { kind: "sending", fraction } : { kind: "reading" } }),
    );
    this.#sent = { id, cancel: () => upload.cancel() };
    upload.answer
      .then(({ body }) => {
        this.#update(id, { state: { kind: "done", dataset: body } });
        this.#calls.onDone();
      })
      .catch((error: unknown) => this.#update(id, { state: refusedState(item, error), isAside: false }))
      .finally(() => {
        this.#sent = null;
        this.#next();
      });
  }

  #update(id: number, change: Partial<UploadItem>): void {
    this.#set(this.#items.map((item) => (item.id === id ? { ...item, ...change } : item)));
  }

  #set(items: readonly UploadItem[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}

/** A file that leaves something open is asked about; any other refusal is shown as it is. */
function refusedState(item: UploadItem, error: unknown): UploadState {
  const doubt = doubtOfRefused(item, error);
  if (doubt !== null && doubt.questions.length > 0) return { kind: "asking", doubt };
  return { kind: "failed", error, step: "sending" };
}

/** What an upload's answer says of a file beside what its inspection said. */
function doubtOfRefused(item: UploadItem, error: unknown): Doubt | null {
  if (item.inspection === null) return null;
  const refusal = error instanceof ApiError && error.code === "unreadable_file" ? error.details : null;
  return doubtOf(item, item.inspection, (refusal ?? {}) as Partial<UnreadableFile>);
}

function doubtOf(
  { mapping }: UploadItem,
  inspection: Inspection,
  { questions = [], findings = [] }: Partial<UnreadableFile> = {},
): Doubt {
  return { inspection, inspectedBy: mapping, questions, findings, cards: [] };
}
