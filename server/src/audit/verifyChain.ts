import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { AuditVerdict } from "@magtrace/contracts";
import type { Anchor, ChainReader, Head } from "./queries.ts";

type Fault = AuditVerdict["faults"][number];

/** Before the first link. */
const ORIGIN = createHash("sha256").update("").digest();
const MOST_FAULTS = 100;

/** @returns the hash, 32 bytes, of an entry whose text is `sealed`, after the one before it. */
export function linkHash(previous: Uint8Array, sealed: string): Buffer {
  return createHash("sha256").update(previous).update(sealed, "utf8").digest();
}

/** The seal of a chain's end under the installation's secret, 32 bytes. */
export function anchorSeal(secret: Uint8Array, { organization_id, position, hash }: Head): Buffer {
  return createHmac("sha256", secret).update(`${organization_id}/${position}/`).update(hash).digest();
}

/**
 * Walks one organisation's chain from its beginning and recomputes every hash from the entries themselves. Finds
 * entries altered, missing, reordered, put in or cut off, and a chain made anew since it was last anchored.
 * Cost O(entries); memory that of a few thousand.
 */
export async function verifyChain(
  reader: ChainReader,
  organizationId: number,
  secret: Uint8Array,
): Promise<AuditVerdict> {
  const faults: Fault[] = [];
  const report = (position: number, fault: string) => {
    if (faults.length < MOST_FAULTS) faults.push({ position, fault });
  };
  const anchors = await reader.anchors(organizationId);
  const head = await reader.head(organizationId);
  const anchored = checkSeals(anchors, { organizationId, secret, report });
  let position = 0;
  let previous = ORIGIN;
  for (;;) {
    const links = await reader.linksAfter(organizationId, position);
    for (const link of links) {
      if (link.position !== position + 1) {
        report(position + 1, `missing: the chain goes on with ${link.position}`);
      } else if (link.sealed === null) {
        report(link.position, "its entry is gone");
      } else if (!linkHash(previous, link.sealed).equals(link.hash)) {
        report(link.position, "altered, or moved: its hash is of something else");
      }
      const wanted = anchored.get(link.position);
      if (wanted && !wanted.equals(link.hash)) report(link.position, "not what was anchored here");
      anchored.delete(link.position);
      position = link.position;
      previous = link.hash as typeof previous;
    }
    if (links.length === 0) break;
  }
  for (const lost of anchored.keys()) report(lost, "was anchored, and is missing");
  // What was added while this was looking is none of its business.
  if (head && head.position > position) report(position + 1, `missing: the chain ended at ${head.position}`);
  if (!head && position > 0) report(position, "the note of where the chain ends is gone");
  const unlinked = await reader.countUnlinked(organizationId);
  if (unlinked > 0) report(position, `${unlinked} entries stand outside the chain`);
  return {
    organization: organizationId,
    entries: position,
    head: position === 0 ? null : previous.toString("hex"),
    anchored: anchors.at(-1)?.position ?? 0,
    intact: faults.length === 0,
    faults,
  };
}

/** What is anchored where; an anchor without a good seal proves nothing, and is a fault itself. */
function checkSeals(
  anchors: readonly Anchor[],
  check: { organizationId: number; secret: Uint8Array; report: (position: number, fault: string) => void },
): Map<number, Buffer> {
  const good = new Map<number, Buffer>();
  for (const anchor of anchors) {
    const seal = anchorSeal(check.secret, { ...anchor, organization_id: check.organizationId });
    if (anchor.seal.length === seal.length && timingSafeEqual(seal, anchor.seal)) {
      good.set(anchor.position, anchor.hash);
    } else {
      check.report(anchor.position, "its anchor was not made by this installation");
    }
  }
  return good;
}
