import type { Dataset } from "@magtrace/contracts";
import type { Upload } from "../../api/uploadFile.ts";

export type UploadState =
  | { readonly kind: "waiting" }
  | { readonly kind: "sending"; readonly fraction: number }
  /** All bytes are there; the server is reading the file. */
  | { readonly kind: "reading" }
  | { readonly kind: "done"; readonly dataset: Dataset }
  | { readonly kind: "failed"; readonly error: unknown };

export interface UploadItem {
  readonly id: number;
  readonly file: File;
  readonly fields: Record<string, string>;
  readonly state: UploadState;
}

export type StartUpload = (
  file: File,
  fields: Record<string, string>,
  onProgress: (fraction: number) => void,
) => Upload<Dataset>;

/** Files on their way to the server, one after the other: two at once would only halve each other's speed. */
export class UploadQueue {
  readonly #start: StartUpload;
  readonly #onDone: () => void;
  #items: readonly UploadItem[] = [];
  #listeners = new Set<() => void>();
  #current: { id: number; cancel: () => void } | null = null;
  #nextId = 1;

  constructor(start: StartUpload, onDone: () => void) {
    this.#start = start;
    this.#onDone = onDone;
  }

  readonly items = (): readonly UploadItem[] => this.#items;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Files of one call have the same fields. */
  add(files: readonly File[], fields: Record<string, string>): void {
    const added = files.map((file): UploadItem => {
      const id = this.#nextId;
      this.#nextId += 1;
      return { id, file, fields, state: { kind: "waiting" } };
    });
    this.#set([...this.#items, ...added]);
    this.#next();
  }

  /** Stops an upload that waits or is being sent, and takes any other from the list. */
  remove(id: number): void {
    if (this.#current?.id === id) this.#current.cancel();
    this.#set(this.#items.filter((item) => item.id !== id));
  }

  #next(): void {
    if (this.#current !== null) return;
    const item = this.#items.find(({ state }) => state.kind === "waiting");
    if (item === undefined) return;
    this.#update(item.id, { kind: "sending", fraction: 0 });
    const upload = this.#start(item.file, item.fields, (fraction) =>
      this.#update(item.id, fraction < 1 ? { kind: "sending", fraction } : { kind: "reading" }),
    );
    this.#current = { id: item.id, cancel: () => upload.cancel() };
    upload.answer
      .then(({ body }) => {
        this.#update(item.id, { kind: "done", dataset: body });
        this.#onDone();
      })
      .catch((error: unknown) => this.#update(item.id, { kind: "failed", error }))
      .finally(() => {
        this.#current = null;
        this.#next();
      });
  }

  #update(id: number, state: UploadState): void {
    this.#set(this.#items.map((item) => (item.id === id ? { ...item, state } : item)));
  }

  #set(items: readonly UploadItem[]): void {
    this.#items = items;
    for (const listener of this.#listeners) listener();
  }
}
