import { Server } from "@tus/server";
import type { FastifyReply, FastifyRequest } from "fastify";
import type { Actor } from "../../access/actor.ts";
import { AppError, type ErrorCode } from "../../errors.ts";
import { dropRest } from "../../http/request/receiveFile.ts";
import type { ApiDeps } from "../../platform/deps.ts";
import type { WantedChecksum } from "./partWriter.ts";
import type { UploadLocks } from "./uploadLocks.ts";
import { TUS_EXTENSIONS, UploadStore } from "./uploadStore.ts";
import { createUpload, readUpload, type UploadMetadata, whenAssembled } from "./uploads.ts";

export const UPLOADS_PATH = "/api/datasets/uploads";
const TUS_VERSION = "1.0.0";

export interface TusDeps extends ApiDeps {
  readonly uploadLocks: UploadLocks;
  readonly stopping: AbortSignal;
}

interface TusRequest {
  readonly actor: Actor;
  readonly raw: FastifyRequest;
  readonly reply: FastifyReply;
  /** Null where one is begun. */
  readonly id: number | null;
}

/** What the protocol's server reads; everything else has been read already. */
const READ_HEADERS = [
  "tus-resumable",
  "content-length",
  "content-type",
  "upload-concat",
  "upload-defer-length",
  "upload-length",
  "upload-metadata",
  "upload-offset",
] as const;

/**
 * Answers a request of the tus protocol, version 1.0.0. @tus/server checks it against the protocol; who may do what,
 * limits, locks and storage are ours. A server for each request, because its store is not told who asks.
 */
export async function answerTus(deps: TusDeps, request: TusRequest): Promise<FastifyReply> {
  const { raw, reply, actor } = request;
  reply.header("Tus-Resumable", TUS_VERSION);
  if (raw.headers["tus-resumable"] !== TUS_VERSION) {
    reply.header("Tus-Version", TUS_VERSION);
    throw new AppError(
      "wrong_protocol",
      `Send the header Tus-Resumable: ${TUS_VERSION}, the version spoken here.`,
    );
  }
  let id = request.id;
  const server = new Server({
    path: UPLOADS_PATH,
    datastore: new UploadStore({ deps, actor, raw: raw.raw, checksum: checksumOf(raw) }),
    locker: { newLock: (which) => lockOn(deps, { id: Number(which), raw }) },
    getFileIdFromRequest: () => (id === null ? undefined : String(id)),
    generateUrl: (_request, made) => `${UPLOADS_PATH}/${made.id}/`,
    namingFunction: async (_request, metadata) => {
      ({ id } = await createUpload(deps, actor, { length: lengthOf(raw), metadata: fieldsOf(metadata) }));
      return String(id);
    },
    // Before the lock, which ends the request that has it: nobody breaks off somebody else's.
    onIncomingRequest: async (_request, asked) => {
      await readUpload(deps, { actor, id: Number(asked) });
    },
    onUploadFinish: async (_request, { id: finished }) => {
      const { datasetId } = await whenAssembled(deps, actor, Number(finished));
      return { headers: datasetId === null ? {} : { "Dataset-Location": `/api/datasets/${datasetId}/` } };
    },
    onResponseError: (_request, error) => {
      throw appErrorOf(error);
    },
  });
  try {
    return await send(reply, await server.handleWeb(webRequestOf(raw)));
  } catch (error) {
    dropRest(raw);
    throw error;
  }
}

function webRequestOf({ method, headers }: FastifyRequest): Parameters<Server["handleWeb"]>[0] {
  const given = READ_HEADERS.flatMap((name) =>
    headers[name] === undefined ? [] : [[name, String(headers[name])]],
  );
  return new Request(`http://magtrace${UPLOADS_PATH}/`, { method, headers: Object.fromEntries(given) });
}

/** Only what the protocol says. Ours are the headers about origins, caching and connections. */
const SENT_HEADERS = /^(location|upload-|dataset-|cache-control)/;

async function send(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  if (response.status >= 400) {
    throw appErrorOf({ status_code: response.status, body: await response.text() });
  }
  for (const [name, value] of response.headers) if (SENT_HEADERS.test(name)) reply.header(name, value);
  return reply.code(response.status).send();
}

/** The protocol server's own refusals, by their status; 403 is what it says where a header is missing. */
const CODES: Readonly<Record<number, ErrorCode>> = {
  404: "not_found",
  409: "conflict",
  410: "gone",
  413: "too_large",
};

function appErrorOf(error: unknown): unknown {
  if (error instanceof AppError || typeof error !== "object" || error === null || !("status_code" in error)) {
    return error;
  }
  const { status_code, body } = error as { status_code: number; body: string };
  if (status_code === 409) {
    return new AppError(
      "conflict",
      "Upload-Offset is not where this upload ends. Ask for its offset, and go on there.",
    );
  }
  return new AppError(CODES[status_code] ?? "bad_request", `${body.trim().replace(/[.!]$/, "")}.`);
}

/**
 * Given up by closing the connection: whoever wants it has lost this one. So is that of a server that stops. HEAD has it
 * for a moment only.
 */
function lockOn({ uploadLocks, stopping }: TusDeps, { id, raw }: { id: number; raw: FastifyRequest }) {
  const breakOff = (): void => {
    if (raw.method !== "HEAD") raw.raw.destroy();
  };
  let release: () => void = () => undefined;
  return {
    async lock() {
      release = await uploadLocks.acquire(id, breakOff);
      stopping.addEventListener("abort", breakOff);
    },
    async unlock() {
      stopping.removeEventListener("abort", breakOff);
      release();
    },
  };
}

function lengthOf({ headers }: FastifyRequest): number {
  const length = Number(headers["upload-length"]);
  if (Number.isSafeInteger(length) && length >= 0) return length;
  throw new AppError(
    "bad_request",
    "Send Upload-Length with the file's bytes. A length that follows later is not taken.",
  );
}

/** A key without a value says nothing. */
function fieldsOf(metadata: Record<string, string | null> = {}): UploadMetadata {
  const given = Object.entries(metadata).filter((entry): entry is [string, string] => entry[1] !== null);
  return Object.fromEntries(given);
}

const DIGEST_BYTES = { sha1: 20, sha256: 32 } as const;

function checksumOf({ headers }: FastifyRequest): WantedChecksum | null {
  const given = headers["upload-checksum"];
  if (given === undefined) return null;
  const [algorithm, encoded = ""] = String(given).split(" ");
  if (algorithm !== "sha1" && algorithm !== "sha256") {
    throw new AppError("bad_request", "Upload-Checksum must begin with sha1 or sha256.");
  }
  const digest = Buffer.from(encoded, "base64");
  if (digest.length !== DIGEST_BYTES[algorithm]) {
    throw new AppError("bad_request", `Upload-Checksum must have the ${algorithm} digest in base64.`);
  }
  return { algorithm, digest };
}

/** What a client learns before it begins. */
export function describeTus(reply: FastifyReply, mostBytes: number): FastifyReply {
  return reply.code(204).headers({
    "Tus-Resumable": TUS_VERSION,
    "Tus-Version": TUS_VERSION,
    "Tus-Extension": TUS_EXTENSIONS.join(","),
    "Tus-Checksum-Algorithm": "sha256,sha1",
    "Tus-Max-Size": mostBytes,
  });
}
