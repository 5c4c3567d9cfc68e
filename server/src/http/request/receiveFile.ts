import { createHash, randomUUID } from "node:crypto";
import type { FastifyError, FastifyRequest } from "fastify";
import { AppError } from "../../errors.ts";
import { noAuthor } from "../../platform/author.ts";
import { mayHaveCommitted } from "../../platform/database/mayHaveCommitted.ts";
import type { DatabaseAccess } from "../../platform/database/transaction.ts";
import type { Log } from "../../platform/logs/log.ts";
import type { ObjectStore, ObjectWriter, PutOptions } from "../../platform/objects/types.ts";
import type { Infections } from "../../platform/scanner/infections.ts";
import type { Scanner, ScannerUnavailable } from "../../platform/scanner/scanner.ts";
import { beginScanning } from "../../platform/scanner/scanning.ts";

const MIB = 1024 * 1024;

/** A file as it came, sealed and not yet looked into. */
export interface ReceivedFile {
  readonly key: string;
  /** Without folders, control characters and those of the direction of writing; empty where the client gave none. */
  readonly filename: string;
  readonly bytes: number;
  readonly sha256: string;
  /** Why nobody has said that it is clean; absent where somebody has, or no scanner is configured. */
  readonly unscanned?: ScannerUnavailable;
}

export type FormFields = Readonly<Record<string, string>>;

export interface ReceiveDeps {
  readonly objects: ObjectStore;
  readonly scanner: Scanner | null;
  /** None where a test is about something else. */
  readonly infections?: Infections;
}

export interface ReceiveOptions {
  readonly mostMib: number;
  /** What to do about a file that is too large. */
  readonly advice: string;
  /** Whether a file that the scanner gave no verdict on is handed over, to be scanned later. Else it is refused. */
  readonly keepsUnscanned?: boolean;
  /** Refuses before the file is taken in what the fields so far make hopeless; says whose it will be if they do. */
  readonly beforeFile: (
    fields: FormFields,
  ) => Promise<{ organizationId?: number; projectId?: number } | undefined>;
}

/**
 * Takes a multipart upload of one file, in the field `file`: seals it while it arrives, and has it scanned where a
 * scanner is configured. A refusal leaves nothing but, where that is configured, a sample of an infected file.
 */
export async function receiveFile(
  deps: ReceiveDeps,
  request: FastifyRequest,
  options: ReceiveOptions,
): Promise<{ file: ReceivedFile; fields: FormFields }> {
  const fields: Record<string, string> = Object.create(null);
  let file: ReceivedFile | undefined;
  try {
    for await (const part of wellFormed(request.parts())) {
      if (part.type === "field") {
        if (typeof part.value === "string") fields[part.fieldname] = part.value;
        continue;
      }
      const whose = await options.beforeFile(fields);
      if (part.fieldname !== "file" || file)
        throw new AppError("bad_request", "Send exactly one file, in the field `file`.");
      file = await sealFile(deps, wellFormed(part.file), {
        filename: baseName(part.filename),
        sender: request.actor?.database,
        ...options,
        ...whose,
      });
    }
    if (!file) throw new AppError("bad_request", "Send the file in the multipart field `file`.");
    return { file, fields };
  } catch (error) {
    dropRest(request);
    if (file) await deps.objects.delete(file.key);
    throw error;
  }
}

/** What a form may add to its file at most: what is longer than that by its header is a long file for certain. */
const FORM_BYTES = 2 * 1024 * 1024;

/** The least that the file of a form has, by its header; 0 where that says nothing. */
export function leastBytesOf({ headers }: FastifyRequest): number {
  return Math.max(0, Number(headers["content-length"] ?? 0) - FORM_BYTES);
}

/** Lets what is still on its way pass unread: left there, it would keep the connection from ever being used again. */
export function dropRest({ raw }: FastifyRequest): void {
  raw.unpipe();
  raw.resume();
}

/**
 * Deletes a received file whose row could not be made. Where that is not certain it stays, and the sweep decides by
 * what the rows say.
 */
export async function discardFile(
  { objects, log }: { objects: ObjectStore; log: Log },
  { key }: ReceivedFile,
  reason: unknown,
): Promise<void> {
  if (mayHaveCommitted(reason)) {
    log.warn({ err: reason, key }, "a received file was left for the sweep: its row may have been made");
    return;
  }
  await objects
    .delete(key)
    .catch((error) => log.warn({ err: error, key }, "an object was left for the sweep"));
}

/** A form that breaks off is the sender's fault, though the parser has no status for it. */
export async function* wellFormed<T>(parts: AsyncIterable<T>): AsyncGenerator<T> {
  try {
    yield* parts;
  } catch (cause) {
    if (typeof (cause as FastifyError).statusCode === "number") throw cause;
    throw new AppError(
      "bad_request",
      "The form is incomplete, or does not match its boundary. Send it again as multipart/form-data.",
      {
        cause,
      },
    );
  }
}

interface SealOptions extends PutOptions {
  readonly filename: string;
  readonly mostMib: number;
  readonly advice: string;
  readonly keepsUnscanned?: boolean;
  /** In whose name it came, for the records of an infected one. */
  readonly sender?: Pick<DatabaseAccess, "author" | "organizations"> | undefined;
  readonly projectId?: number;
}

/** Seals what comes, and has it scanned and hashed on the way. */
export async function sealFile(
  deps: ReceiveDeps,
  stream: AsyncIterable<Uint8Array>,
  options: SealOptions,
): Promise<ReceivedFile> {
  const { objects, scanner } = deps;
  const { filename, mostMib, advice, organizationId } = options;
  const key = `uploads/${randomUUID()}`;
  const hash = createHash("sha256");
  const scanning = await beginScanning(scanner);
  const writer = await objects.createWriter(key, organizationId === undefined ? {} : { organizationId });
  let bytes = 0;
  /** The piece before is sealed, written and scanned while the next one arrives and is hashed. */
  let taken: Promise<unknown> = Promise.resolve();
  try {
    for await (const chunk of stream) {
      bytes += chunk.length;
      if (bytes > mostMib * MIB) {
        throw new AppError("too_large", `A file may have at most ${mostMib} MiB. ${advice}`);
      }
      hash.update(chunk);
      await taken;
      taken = Promise.all([writer.write(chunk), scanning.write(chunk)]);
      // Awaited in its turn; until then a failure must not count as unhandled.
      taken.catch(() => undefined);
    }
    await taken;
    const verdict = await scanning.verdict();
    const file = { key, filename, bytes, sha256: hash.digest("hex") };
    if (verdict.kind === "infected") {
      await refuseInfected(deps, writer, { ...options, ...file, found: verdict.found });
    }
    if (verdict.kind === "unscanned" && !options.keepsUnscanned) {
      throw new AppError(
        "dependency_unavailable",
        `${verdict.reason.message} The file was not kept. Try again in a moment.`,
        { cause: verdict.reason },
      );
    }
    await writer.close();
    return verdict.kind === "unscanned" ? { ...file, unscanned: verdict.reason } : file;
  } catch (error) {
    scanning.abandon();
    await taken.catch(() => undefined);
    await writer.abort();
    throw error;
  }
}

/** @throws AppError infected_file */
async function refuseInfected(
  { infections }: ReceiveDeps,
  writer: ObjectWriter,
  { key, found, sender, organizationId, projectId, ...file }: SealOptions & ReceivedFile & { found: string },
): Promise<never> {
  if (infections?.keepsSamples) await writer.close();
  else await writer.abort();
  const [only, ...others] = sender?.organizations ?? [];
  await infections?.report(
    {
      ...file,
      found,
      author: sender?.author ?? noAuthor,
      // A form may name the project only after the file.
      organizationId: organizationId ?? (others.length === 0 ? (only ?? null) : null),
      projectId: projectId ?? null,
    },
    infections.keepsSamples ? key : null,
  );
  throw new AppError("infected_file", `The virus scanner found ${found} in this file. It was refused.`);
}

/** The last part of whatever path a client sent, without control characters and those that turn its letters round. */
export function baseName(filename: string | undefined): string {
  const name = (filename ?? "")
    .split(/[/\\]/)
    .at(-1)!
    .replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, "")
    .trim();
  return name.slice(0, 255);
}
