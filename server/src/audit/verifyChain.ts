import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { AuditVerdict } from "@magtrace/contracts";
import type { Anchor, ChainEntry, ChainReader } from "./chainQueries.ts";
import { GrowingTree, leafHash, MerkleTree, MissingHashes } from "./merkleTree.ts";

type Fault = AuditVerdict["faults"][number];
type Report = (position: number, fault: string) => void;

/** Before the first entry. */
const ORIGIN = createHash("sha256").update("").digest();
const MOST_FAULTS = 100;
/** Levels of which the database keeps hashes. */
const KEPT_EVERY = 8;

/** @returns the hash, 32 bytes, of an entry whose text is `sealed`, after the one before it. */
export function linkHash(previous: Uint8Array, sealed: string): Buffer {
  return createHash("sha256").update(previous).update(sealed, "utf8").digest();
}

/** The seal of a chain's end, and of its tree's root if there is one, under the installation's secret, 32 bytes. */
export function anchorSeal(
  secret: Uint8Array,
  { organization_id, position, hash, root }: Omit<Anchor, "seal"> & { readonly organization_id: number },
): Buffer {
  const seal = createHmac("sha256", secret).update(`${organization_id}/${position}/`).update(hash);
  return (root === null ? seal : seal.update(root)).digest();
}

export interface VerifyOptions {
  /** Told how far it is, every few thousand entries. */
  readonly onProgress?: (position: number) => Promise<void>;
}

/**
 * Walks one organisation's chain from its beginning, or from where what was dropped ended, and recomputes every hash
 * and the tree from the entries themselves. Finds entries altered, missing, reordered, put in or cut off, and a chain
 * made anew since it was last anchored.
 * Cost O(entries); memory that of a few thousand.
 */
export async function verifyChain(
  reader: ChainReader,
  organizationId: number,
  secret: Uint8Array,
  { onProgress }: VerifyOptions = {},
): Promise<AuditVerdict> {
  const faults: Fault[] = [];
  const report: Report = (position, fault) => {
    if (faults.length < MOST_FAULTS) faults.push({ position, fault });
  };
  const anchors = await reader.anchors(organizationId);
  const head = await reader.head(organizationId);
  const start = (await reader.checkpoint(organizationId)) ?? { position: 0, hash: ORIGIN };
  const anchored = checkSeals(anchors, { organizationId, secret, report });
  const tree = await TreeCheck.from(reader, organizationId, start.position, report);
  let position = start.position;
  let previous = start.hash;
  checkAnchor(anchored, { position, hash: previous }, tree, report);
  for (;;) {
    const entries = await reader.entriesAfter(organizationId, position);
    for (const entry of entries) {
      if (entry.position !== position + 1) {
        report(position + 1, `missing: the chain goes on with ${entry.position}`);
        tree.giveUp();
      } else if (!linkHash(previous, entry.sealed).equals(entry.hash)) {
        report(entry.position, "altered, or moved: its hash is of something else");
      }
      tree.add(entry);
      checkAnchor(anchored, entry, tree, report);
      position = entry.position;
      previous = entry.hash;
    }
    await tree.checkKept();
    if (entries.length === 0) break;
    await onProgress?.(position);
  }
  for (const lost of anchored.keys()) {
    if (lost > start.position) report(lost, "was anchored, and is missing");
  }
  await checkEnd(reader, organizationId, { position, head, report });
  return {
    organization: organizationId,
    first: start.position + 1,
    entries: position,
    head: position === 0 ? null : previous.toString("hex"),
    root: tree.root()?.toString("hex") ?? null,
    anchored: anchors.at(-1)?.position ?? 0,
    intact: faults.length === 0,
    faults,
  };
}

interface End {
  readonly position: number;
  /** As it was before the walk: what is added meanwhile is not checked. */
  readonly head: { readonly position: number } | undefined;
  readonly report: Report;
}

async function checkEnd(reader: ChainReader, organizationId: number, { position, head, report }: End) {
  if (head && head.position > position) report(position + 1, `missing: the chain ended at ${head.position}`);
  const now = await reader.head(organizationId);
  if (!now && position > 0) report(position, "the record of where the chain ends is gone");
  if (now && now.position < position) report(position, `put in: the chain ends at ${now.position}`);
  const outside = await reader.countOutside(organizationId);
  if (outside > 0) report(position, `${outside} entries stand outside the chain`);
}

function checkAnchor(
  anchored: Map<number, Anchor>,
  { position, hash }: { position: number; hash: Buffer },
  tree: TreeCheck,
  report: Report,
): void {
  const anchor = anchored.get(position);
  if (!anchor) return;
  anchored.delete(position);
  const root = anchor.root === null ? null : tree.root();
  const sameRoot = root === null || anchor.root === null || root.equals(anchor.root);
  if (!anchor.hash.equals(hash) || !sameRoot) report(position, "not what was anchored here");
}

/** Lets the tree grow along with the walk, and compares it with what is kept of it. */
class TreeCheck {
  readonly #read: ReturnType<ChainReader["hashes"]>;
  readonly #report: Report;
  #tree: GrowingTree | null;
  #completed: { level: number; index: number; hash: Buffer }[] = [];

  private constructor(read: ReturnType<ChainReader["hashes"]>, report: Report, tree: GrowingTree | null) {
    this.#read = read;
    this.#report = report;
    this.#tree = tree;
  }

  static async from(reader: ChainReader, organizationId: number, size: number, report: Report) {
    const read = reader.hashes(organizationId);
    try {
      const subtrees = await new MerkleTree(size, read).subtrees();
      return new TreeCheck(read, report, new GrowingTree(subtrees));
    } catch (error) {
      if (!(error instanceof MissingHashes)) throw error;
      report(size, "what is kept of the entries that were dropped is gone");
      return new TreeCheck(read, report, null);
    }
  }

  add({ position, leaf, sealed }: ChainEntry): void {
    const own = leafHash(sealed);
    if (!own.equals(leaf)) this.#report(position, "altered: its leaf is of something else");
    this.#tree?.push(own, (level, index, hash) => {
      if (level % KEPT_EVERY === 0) this.#completed.push({ level, index, hash });
    });
  }

  /** Where an entry is missing, every tree after it is another one: the hole is the finding. */
  giveUp(): void {
    this.#tree = null;
    this.#completed = [];
  }

  async checkKept(): Promise<void> {
    for (const { level, index, hash } of this.#completed.splice(0)) {
      const [kept] = await this.#read(level, index, index + 1);
      if (!kept?.equals(hash)) {
        this.#report((index + 1) * 2 ** level, "the tree over the entries up to here is of something else");
      }
    }
  }

  root(): Buffer | null {
    return this.#tree?.root() ?? null;
  }
}

/** What is anchored where; an anchor without a good seal proves nothing, and is a fault itself. */
function checkSeals(
  anchors: readonly Anchor[],
  check: { organizationId: number; secret: Uint8Array; report: Report },
): Map<number, Anchor> {
  const good = new Map<number, Anchor>();
  for (const anchor of anchors) {
    const seal = anchorSeal(check.secret, { ...anchor, organization_id: check.organizationId });
    if (anchor.seal.length === seal.length && timingSafeEqual(seal, anchor.seal)) {
      good.set(anchor.position, anchor);
    } else {
      check.report(anchor.position, "its anchor was not made by this installation");
    }
  }
  return good;
}
