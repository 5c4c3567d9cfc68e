import type { ColumnMapping, Dataset, Inspection } from "@magtrace/contracts";
import { ApiError } from "../../api/apiError.ts";
import type { Upload } from "../../api/uploadFile.ts";
import { goesStraightThrough, likenessOf } from "./import/doubts.ts";
import { mergeMapping } from "./reading/mergeMapping.ts";
import { UPLOAD_GONE, type UploadCalls } from "./upload/uploadCalls.ts";
import {
  type Doubt,
  doubtOf,
  doubtOfRefused,
  isAsking,
  isLostByLeaving,
  refusedState,
  type UploadItem,
  type UploadState,
} from "./uploadItem.ts";

/** A large file does not hold up a small one; more at once would only take each other's share of the line. */
const SENT_AT_ONCE = 2;

interface Current {
  readonly id: number;
  readonly cancel: () => void;
}

/**
 * Files on their way to the server. Each is inspected first; those with doubts wait for an answer and hold up nobody.
 * One that was begun before a reload goes on without being inspected: how it is read was said when it was begun.
 */
export class UploadQueue {
  readonly #calls: UploadCalls;
  #items: readonly UploadItem[] = [];
  #listeners = new Set<() => void>();
  #inspected: Current | null = null;
  readonly #sent = new Map<number, Upload<Dataset>>();
  #isSuspended = false;
  #nextId = 1;

  constructor(calls: UploadCalls) {
    this.#calls = calls;
  }

  readonly items = (): readonly UploadItem[] => this.#items;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether leaving the page would lose bytes on their way, or answers, of who is signed in. */
  readonly isLostByLeaving = (): boolean => !this.#isSuspended && this.#items.some(isLostByLeaving);

  add(files: readonly File[], mapping: ColumnMapping): void {
    const added = files.map((file): UploadItem => {
      const id = this.#nextId;
      this.#nextId += 1;
      const flags = { isConfirmed: false, isAside: false, isAnew: false };
      return { id, file, mapping, inspection: null, ...flags, uploadId: null, state: { kind: "new" } };
    });
    this.#set([...this.#items, ...added]);
    this.#next();
  }

  /** Stops what is under way for a file, takes it from the list, and from the server unless it was taken in. */
  remove(id: number): void {
    const item = this.#find(id);
    if (this.#inspected?.id === id) this.#inspected.cancel();
    this.#stopSending(id);
    this.#set(this.#items.filter((one) => one.id !== id));
    if (item !== undefined && item.uploadId !== null && item.state.kind !== "done") {
      this.#calls.discard(item.uploadId);
    }
    this.#next();
  }

  /** Lets go of the line. What has arrived stays on the server. */
  pause(id: number): void {
    const item = this.#find(id);
    if (item?.state.kind !== "sending" || item.uploadId === null) return;
    this.#stopSending(id);
    this.#update(id, { state: { kind: "paused", fraction: item.state.fraction } });
    this.#next();
  }

  resume(id: number): void {
    if (this.#find(id)?.state.kind !== "paused") return;
    this.#update(id, { state: { kind: "waiting" } });
    this.#next();
  }

  /** Takes from the list what needs nobody any more. */
  dropDone(): void {
    if (this.#items.some(({ state }) => state.kind === "done")) {
      this.#set(this.#items.filter(({ state }) => state.kind !== "done"));
    }
  }

  /** Nothing is sent or asked from now on: who is signed in is somebody else, or nobody. */
  suspend(): void {
    if (this.#isSuspended) return;
    this.#isSuspended = true;
    for (const id of [...this.#sent.keys()]) {
      this.#stopSending(id);
      this.#update(id, { state: { kind: "waiting" } });
    }
    this.#set(this.#items);
  }

  /** Goes on where it was suspended. */
  goOn(): void {
    if (!this.#isSuspended) return;
    this.#isSuspended = false;
    this.#set(this.#items);
    this.#next();
  }

  /** Keeps what was said of a file so far, and its dialog closed. */
  putAside(id: number, mapping: ColumnMapping, doubt: Doubt): void {
    this.#update(id, { mapping, inspection: doubt.inspection, state: { kind: "asking", doubt } });
    this.#set(this.#items.map((item) => (isAsking(item) ? { ...item, isAside: true } : item)));
  }

  /** Opens the dialog of a file that waits for an answer or was refused. */
  ask(id: number): void {
    const item = this.#find(id);
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
    const { state } = this.#find(id) ?? {};
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
    if (this.#isSuspended) return;
    this.#inspectNext();
    this.#sendNext();
  }

  #find(id: number): UploadItem | undefined {
    return this.#items.find((item) => item.id === id);
  }

  #inspectNext(): void {
    if (this.#inspected !== null) return;
    const item = this.#items.find(({ state }) => state.kind === "new");
    if (item === undefined) return;
    const { id } = item;
    const stop = new AbortController();
    this.#inspected = { id, cancel: () => stop.abort() };
    this.#update(id, { state: { kind: "inspecting" } });
    const begun = this.#calls.findBegun(item.file, this.#begunIds());
    (begun === null ? this.#inspect(item, stop.signal) : this.#goOnOrInspect(item, begun, stop.signal))
      .catch((error: unknown) => {
        if (!stop.signal.aborted) this.#update(id, { state: { kind: "failed", error, step: "inspecting" } });
      })
      .finally(() => {
        this.#inspected = null;
        this.#next();
      });
  }

  async #goOnOrInspect(item: UploadItem, begun: Promise<number | null>, signal: AbortSignal): Promise<void> {
    const uploadId = await begun;
    signal.throwIfAborted();
    if (uploadId === null) return this.#inspect(item, signal);
    this.#update(item.id, { uploadId, state: { kind: "waiting" } });
  }

  async #inspect(item: UploadItem, signal: AbortSignal): Promise<void> {
    this.#takeInspection(item, await this.#calls.inspect(item.file, item.mapping, signal));
  }

  #begunIds(): number[] {
    return this.#items.flatMap(({ uploadId }) => (uploadId === null ? [] : [uploadId]));
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
    while (this.#sent.size < SENT_AT_ONCE) {
      const item = this.#items.find(({ state }) => state.kind === "waiting");
      if (item === undefined) return;
      this.#send(item);
    }
  }

  #send(item: UploadItem): void {
    const { id } = item;
    this.#update(id, { state: { kind: "sending", fraction: 0, interruption: null } });
    const upload = this.#calls.send(item, {
      onBegun: (uploadId) => this.#whileSending(id, () => ({ uploadId })),
      onProgress: (fraction) =>
        this.#whileSending(id, () => ({
          state: fraction < 1 ? { kind: "sending", fraction, interruption: null } : { kind: "reading" },
        })),
      onInterrupted: (interruption) =>
        this.#whileSending(id, ({ state }) => ({
          state: { kind: "sending", fraction: state.kind === "sending" ? state.fraction : 1, interruption },
        })),
    });
    this.#sent.set(id, upload);
    const isCurrent = () => this.#sent.get(id) === upload;
    upload.answer
      .then(({ body }) => {
        if (!isCurrent()) return;
        this.#update(id, { state: { kind: "done", dataset: body } });
        this.#calls.onDone();
      })
      .catch((error: unknown) => {
        if (isCurrent()) this.#takeRefusal(id, error);
      })
      .finally(() => {
        if (!isCurrent()) return;
        this.#sent.delete(id);
        this.#next();
      });
  }

  #takeRefusal(id: number, error: unknown): void {
    const item = this.#find(id);
    if (item === undefined) return;
    if (item.uploadId !== null && error instanceof ApiError && error.code === UPLOAD_GONE) {
      const kind = item.inspection === null ? "new" : "waiting";
      this.#update(id, { uploadId: null, isAnew: true, state: { kind } });
    } else {
      this.#update(id, { state: refusedState(item, error), isAside: false });
    }
  }

  /** What comes of a request that was stopped meanwhile changes nothing. */
  #whileSending(id: number, change: (item: UploadItem) => Partial<UploadItem>): void {
    const item = this.#find(id);
    if (item?.state.kind === "sending" || item?.state.kind === "reading") this.#update(id, change(item));
  }

  #stopSending(id: number): void {
    const upload = this.#sent.get(id);
    this.#sent.delete(id);
    upload?.cancel();
  }

  #update(id: number, change: Partial<UploadItem>): void {
    this.#set(this.#items.map((item) => (item.id === id ? { ...item, ...change } : item)));
  }

  #set(items: readonly UploadItem[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}
