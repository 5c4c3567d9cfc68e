import type { ColumnMapping, Dataset, Upload as StoredUpload } from "@magtrace/contracts";
import { ApiError, errorFromBody } from "../../../api/apiError.ts";
import { request } from "../../../api/client.ts";
import { TusRequest } from "../../../api/tusRequest.ts";
import { type Upload, uploadFile } from "../../../api/uploadFile.ts";
import { CHUNK_BYTES, cancelledError, uploadPath, uploadResumably } from "../../../api/uploadResumably.ts";
import { isEmptyMapping } from "../import/mappingParts.ts";
import type { UploadItem } from "../uploadItem.ts";
import { fingerprintOf } from "./fingerprintOf.ts";
import { pollUntil } from "./pollUntil.ts";
import { type SendingEvents, UPLOAD_GONE } from "./uploadCalls.ts";
import { lockUpload } from "./uploadLock.ts";

/** The metadata of a resumable upload goes in a header, of which the server takes 16 KiB. */
const MOST_MAPPING_CHARACTERS = 6000;
/** After that its state in the list tells the rest. */
const READING_WAIT_MS = 60_000;

/**
 * A file of one part goes as one plain POST: there is nothing to resume, one answer says how it was read, and a refused
 * one leaves nothing behind. Longer ones go by the tus protocol, where a break costs no more than a part.
 */
export function isResumable(file: File, mapping: ColumnMapping): boolean {
  return file.size > CHUNK_BYTES && JSON.stringify(mapping).length <= MOST_MAPPING_CHARACTERS;
}

/** Sends a file to a project, and waits until it is read or, where that takes long, is a dataset. */
export function sendRecording(
  projectId: number,
  { file, mapping, uploadId }: Pick<UploadItem, "file" | "mapping" | "uploadId">,
  events: SendingEvents,
): Upload<Dataset> {
  const fields = fieldsOf(projectId, mapping);
  if (uploadId === null && !isResumable(file, mapping)) {
    return uploadFile<Dataset>("datasets/upload/", file, fields, events.onProgress);
  }
  const stop = new AbortController();
  const cancelled = Promise.withResolvers<never>();
  const sent = sendInParts({ file, fields, uploadId }, events, stop.signal);
  const answer = sent.then((body) => ({ status: body.processed ? 201 : 202, body }));
  return {
    answer: Promise.race([answer, cancelled.promise]),
    cancel() {
      stop.abort();
      cancelled.reject(cancelledError());
    },
  };
}

/** What goes before a file: the server knows project and mapping before the first byte of data. */
function fieldsOf(projectId: number, mapping: ColumnMapping): Record<string, string> {
  return {
    project: String(projectId),
    ...(isEmptyMapping(mapping) ? {} : { mapping: JSON.stringify(mapping) }),
  };
}

interface Parts {
  readonly file: File;
  readonly fields: Record<string, string>;
  readonly uploadId: number | null;
}

async function sendInParts(parts: Parts, events: SendingEvents, signal: AbortSignal): Promise<Dataset> {
  const status = parts.uploadId === null ? "receiving" : await statusOf(parts.uploadId, signal);
  const uploadId =
    status === "receiving" ? await sendRest(parts, events, signal) : (parts.uploadId ?? Number.NaN);
  events.onProgress(1);
  return whenDataset(uploadId, signal);
}

/** How far an upload is that was begun before; one that failed for a cause of ours is tried again. */
async function statusOf(uploadId: number, signal: AbortSignal): Promise<StoredUpload["status"]> {
  const upload = await request<StoredUpload>(uploadPath(uploadId), { signal }).catch((error: unknown) => {
    throw asGone(error);
  });
  if (upload.status !== "failed") return upload.status;
  if (upload.code !== "dependency_unavailable" && upload.code !== "gone") {
    await request<void>(uploadPath(uploadId), { method: "DELETE", signal });
    throw goneError();
  }
  const again = new TusRequest("PATCH", `/api/${uploadPath(uploadId)}`);
  again.setHeader("Tus-Resumable", "1.0.0");
  again.setHeader("Upload-Offset", String(upload.length));
  again.setHeader("Content-Type", "application/offset+octet-stream");
  const response = await again.send(null);
  if (response.getStatus() >= 400) throw errorFromBody(response.getStatus(), response.getBody());
  return "assembling";
}

/** @returns the upload's id, once all of it is there. */
async function sendRest(
  { file, fields, uploadId: begun }: Parts,
  events: SendingEvents,
  signal: AbortSignal,
): Promise<number> {
  let uploadId = begun ?? Number.NaN;
  let locked = begun === null ? null : lockUpload(begun);
  if (locked !== null && (await locked) === null) {
    throw new ApiError("Another tab of this browser is sending this file. Go on there, or close that tab.", {
      status: 0,
      code: "sent_elsewhere",
    });
  }
  const onBegun = (id: number) => {
    uploadId = id;
    locked ??= lockUpload(id);
    events.onBegun(id);
  };
  try {
    const metadata = { ...fields, filename: file.name, fingerprint: await fingerprintOf(file) };
    await uploadResumably({ file, metadata, uploadId: begun }, { ...events, onBegun }, signal);
  } catch (error) {
    throw begun === null ? error : asGone(error);
  } finally {
    void locked?.then((release) => release?.());
  }
  return uploadId;
}

function asGone(error: unknown): unknown {
  const isGone = error instanceof ApiError && (error.status === 404 || error.status === 410);
  return isGone ? goneError() : error;
}

function goneError(): ApiError {
  return new ApiError("What had arrived of this file is not there any more. Send it again.", {
    status: 410,
    code: UPLOAD_GONE,
  });
}

/** Waits until a worker has made one file of the parts, and for a while until that is read. */
async function whenDataset(uploadId: number, signal: AbortSignal): Promise<Dataset> {
  const upload = await pollUntil({
    ask: () => request<StoredUpload>(uploadPath(uploadId), { signal }),
    isEnough: ({ status }) => status === "completed" || status === "failed",
    signal,
  });
  if (upload.status === "failed" || upload.dataset === null) {
    throw new ApiError(upload.error ?? "The dataset that this file became was deleted.", {
      status: 0,
      code: upload.code ?? "upload_failed",
    });
  }
  return pollUntil({
    ask: () => request<Dataset>(`datasets/${upload.dataset}/`, { signal }),
    isEnough: ({ status }) => status !== "pending" && status !== "running",
    mostMs: READING_WAIT_MS,
    signal,
  });
}
