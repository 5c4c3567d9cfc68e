import { ObjectDamagedError, ObjectMissingError } from "../errors.ts";
import { readAhead } from "../readAhead.ts";
import type { ObjectRow } from "../rows/objectRows.ts";
import type { ObjectReader } from "../types.ts";
import { readHeader } from "./sealedHeader.ts";
import type { SealedObjectsParts } from "./sealedObjects.ts";
import {
  plainSize,
  SegmentCipher,
  sealedSegmentBytes,
  segmentCount,
  segmentsStart,
} from "./sealedSegments.ts";
import { SegmentCutter } from "./segmentCutter.ts";
import { type DataKey, type SealedFormat, unwrapDataKey } from "./wrappedKey.ts";

/** What one read of a whole object came to. */
export interface ObjectVerdict {
  /** Of the object as it lies in the store. */
  readonly bytes: number;
  /** One sentence without a full stop a fault; none where every byte is as it was sealed. */
  readonly faults: readonly string[];
}

const mostFaults = 10;

/**
 * Reads an object to its end and opens every segment, the ones after a damaged one too. Each read is one stream of the
 * store; a segment and a piece are in memory.
 *
 * @param row Undefined for an object from before there were rows.
 * @throws ObjectMissingError, MasterKeyMissingError: nothing is known of its bytes then.
 */
export async function verifyObject(
  { inner, keyring }: SealedObjectsParts,
  key: string,
  row: ObjectRow | undefined,
): Promise<ObjectVerdict> {
  const reader = await inner.open(key);
  try {
    const format: SealedFormat = row?.format ?? 1;
    const size = plainSize(reader.size, format);
    if (Number.isNaN(size) || (row !== undefined && row.size !== null && row.size !== size)) {
      return { bytes: reader.size, faults: [lengthFault(reader.size, row)] };
    }
    if (row !== undefined && !keyring.byId.has(row.masterKeyId)) await keyring.reload?.();
    const dataKey =
      row === undefined ? await readHeader(reader, key, keyring.byId) : unwrapDataKey(key, row, keyring.byId);
    return { bytes: reader.size, faults: await faultsOfSegments(reader, { key, dataKey, format, size }) };
  } catch (error) {
    if (error instanceof ObjectMissingError || !(error instanceof ObjectDamagedError)) throw error;
    if (error.reason === "unknown_master_key") throw error;
    return { bytes: reader.size, faults: [keyFault(error, row)] };
  } finally {
    await reader.close();
  }
}

async function faultsOfSegments(
  reader: ObjectReader,
  { key, dataKey, format, size }: { key: string; dataKey: DataKey; format: SealedFormat; size: number },
): Promise<string[]> {
  const cipher = new SegmentCipher(key, dataKey);
  const cutter = new SegmentCutter();
  const start = segmentsStart(format);
  const last = segmentCount(size) - 1;
  const faults: string[] = [];
  let index = 0;
  const openAll = (segments: Iterable<Uint8Array>) => {
    for (const sealed of segments) {
      const from = start + index * sealedSegmentBytes;
      if (faults.length < mostFaults && !opens(cipher, sealed, index, index === last)) {
        const flipped = cipher.flippedByte(sealed, index, index === last);
        faults.push(
          flipped === null
            ? `bytes ${from} to ${from + sealed.byteLength - 1} of the stored file are not as they were sealed`
            : `byte ${from + flipped} of the stored file is not as it was sealed`,
        );
      }
      index += 1;
    }
  };
  for await (const piece of readAhead(reader.stream(start))) openAll(cutter.cut(piece));
  openAll(cutter.rest());
  if (index !== last + 1) faults.push("the stored file ended before its length");
  return faults;
}

function opens(cipher: SegmentCipher, sealed: Uint8Array, index: number, isLast: boolean): boolean {
  try {
    cipher.open(sealed, index, isLast);
    return true;
  } catch (error) {
    if (error instanceof ObjectDamagedError) return false;
    throw error;
  }
}

function lengthFault(bytes: number, row: ObjectRow | undefined): string {
  const wanted = row?.size === null || row?.size === undefined ? "" : `, where ${row.size} were sealed`;
  const plain = plainSize(bytes, row?.format ?? 1);
  return Number.isNaN(plain)
    ? `the stored file has ${bytes} bytes, which no sealed file has`
    : `the stored file holds ${plain} bytes${wanted}`;
}

function keyFault({ reason }: ObjectDamagedError, row: ObjectRow | undefined): string {
  if (row !== undefined) return `the key in its row cannot be opened with master key ${row.masterKeyId}`;
  return reason === "not_sealed" ? "it has no row, and no key of its own" : "its header was altered";
}
