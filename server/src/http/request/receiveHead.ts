import type { FastifyRequest } from "fastify";
import { AppError } from "../../errors.ts";
import { baseName, dropRest, type FormFields, wellFormed } from "./receiveFile.ts";

/** The first part of a file, in memory. */
export interface ReceivedHead {
  readonly bytes: Uint8Array;
  /** Whether the file that was sent has no more than this. */
  readonly ended: boolean;
  readonly filename: string;
}

export interface ReceiveHeadOptions {
  /** Refuses before the file is taken in what the fields so far make hopeless. */
  readonly beforeFile: (fields: FormFields) => Promise<unknown>;
  /** Bytes that are worth having, going by the first ones. */
  readonly worthTaking: (head: Uint8Array) => number;
}

/** By so many bytes a file shows what it is. */
const FIRST_BYTES = 4096;

/**
 * Takes the beginning of the one file of a multipart form, in the field `file`, and no more: the rest waits, with the
 * fields behind it, until the answer has gone (`answerEarly`). Fields behind a file that ended count.
 */
export async function receiveHead(
  request: FastifyRequest,
  options: ReceiveHeadOptions,
): Promise<{ head: ReceivedHead; fields: FormFields }> {
  const fields: Record<string, string> = Object.create(null);
  let head: ReceivedHead | undefined;
  try {
    for await (const part of wellFormed(request.parts())) {
      if (part.type === "field") {
        if (typeof part.value === "string") fields[part.fieldname] = part.value;
        continue;
      }
      await options.beforeFile(fields);
      if (part.fieldname !== "file" || head)
        throw new AppError("bad_request", "Send exactly one file, in the field `file`.");
      head = {
        ...(await firstBytes(wellFormed(part.file), options.worthTaking)),
        filename: baseName(part.filename),
      };
      if (!head.ended) break;
    }
  } catch (error) {
    dropRest(request);
    throw error;
  }
  request.raw.unpipe();
  request.raw.pause();
  if (!head)
    throw new AppError("bad_request", "Send the file, or its beginning, in the multipart field `file`.");
  return { head, fields };
}

async function firstBytes(
  stream: AsyncIterable<Uint8Array>,
  worthTaking: ReceiveHeadOptions["worthTaking"],
): Promise<Pick<ReceivedHead, "bytes" | "ended">> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  let wanted: number | null = null;
  for await (const piece of stream) {
    pieces.push(piece);
    length += piece.length;
    if (wanted === null && length >= FIRST_BYTES) wanted = worthTaking(Buffer.concat(pieces));
    if (wanted !== null && length > wanted) {
      return { bytes: Buffer.concat(pieces).subarray(0, wanted), ended: false };
    }
  }
  return { bytes: Buffer.concat(pieces), ended: true };
}
