import type { Dataset } from "@magtrace/contracts";
import type { Upload } from "../../../api/uploadFile.ts";
import type { Inspect } from "../import/inspectFile.ts";
import type { UploadItem } from "../uploadItem.ts";

/** The code of an ApiError: what the server kept of an upload is not there any more, and it has to begin anew. */
export const UPLOAD_GONE = "upload_gone";

export interface SendingEvents {
  /** What arrives is kept under this id: it can be paused, and gone on with. */
  readonly onBegun: (uploadId: number) => void;
  readonly onProgress: (fraction: number) => void;
  /** Nothing gets through, and it is tried again by itself. */
  readonly onInterrupted: (words: string) => void;
}

/** What a queue of uploads asks of the server. */
export interface UploadCalls {
  readonly inspect: Inspect;
  /**
   * The id of an upload of this file that was begun before; null where there is none, at once where the file is not one
   * to be resumed.
   * @param others Uploads that are in hand already.
   */
  readonly findBegun: (file: File, others: readonly number[]) => Promise<number | null> | null;
  /** Cancelled, it leaves on the server what has arrived. */
  readonly send: (item: UploadItem, events: SendingEvents) => Upload<Dataset>;
  /** Deletes on the server what has arrived. */
  readonly discard: (uploadId: number) => void;
  readonly onDone: () => void;
}
