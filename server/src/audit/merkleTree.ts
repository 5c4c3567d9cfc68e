import { createHash } from "node:crypto";
import { LRUCache } from "lru-cache";

/** Source of everything here: RFC 9162, section 2.1. Hashes are 32 bytes, SHA-256. */

/** Reads hashes of complete subtrees of 2^level leaves, from index `from` to before `to`; 0 are the leaves. */
export type ReadHashes = (level: number, from: number, to: number) => Promise<Buffer[]>;

/** Hashes are kept of every eighth level: a group of 256 of them folds into one of the next. */
const GROUP_LEVELS = 8;
const GROUP = 2 ** GROUP_LEVELS;
const MOST_GROUPS = 64;

export function leafHash(sealed: string): Buffer {
  return createHash("sha256").update(Uint8Array.of(0)).update(sealed, "utf8").digest();
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return createHash("sha256").update(Uint8Array.of(1)).update(left).update(right).digest();
}

export const EMPTY_ROOT = createHash("sha256").digest();

/** Some of a tree's subtrees are not kept, so that what was asked cannot be proven. */
export class MissingHashes extends Error {}

/** The tree over the first `size` leaves. A proof costs about as many reads as it has groups: log₂₅₆(size). */
export class MerkleTree {
  readonly size: number;
  readonly #read: ReadHashes;
  /** Of each group its hashes level by level, complete pairs only; the least recently used goes first. */
  readonly #groups = new LRUCache<string, Promise<Buffer[][]>>({ max: MOST_GROUPS });

  constructor(size: number, read: ReadHashes) {
    this.size = size;
    this.#read = read;
  }

  async root(): Promise<Buffer> {
    return this.size === 0 ? EMPTY_ROOT : this.#rangeHash(0, this.size);
  }

  /** Proof that a leaf is in the tree, from the leaf up (2.1.3.1). */
  async inclusion(index: number): Promise<Buffer[]> {
    if (!(index >= 0 && index < this.size)) throw new RangeError(`no leaf ${index} of ${this.size}`);
    const path: Buffer[] = [];
    let [start, end] = [0, this.size];
    while (end - start > 1) {
      const middle = start + splitOf(end - start);
      const isLeft = index < middle;
      path.push(await (isLeft ? this.#rangeHash(middle, end) : this.#rangeHash(start, middle)));
      [start, end] = isLeft ? [start, middle] : [middle, end];
    }
    return path.reverse();
  }

  /** Proof that the tree's first `from` leaves are those of the tree that had so many (2.1.4.1). */
  async consistency(from: number): Promise<Buffer[]> {
    if (!(from > 0 && from <= this.size)) throw new RangeError(`no size ${from} of ${this.size}`);
    const path: Buffer[] = [];
    let [start, end] = [0, this.size];
    while (end !== from) {
      const middle = start + splitOf(end - start);
      const isLeft = from <= middle;
      path.push(await (isLeft ? this.#rangeHash(middle, end) : this.#rangeHash(start, middle)));
      [start, end] = isLeft ? [start, middle] : [middle, end];
    }
    if (start > 0) path.push(await this.#rangeHash(start, end));
    return path.reverse();
  }

  /** Complete subtrees that together are the tree, from the left: what has to be known to let it grow. */
  async subtrees(): Promise<{ level: number; hash: Buffer }[]> {
    const found: { level: number; hash: Buffer }[] = [];
    for (let start = 0; start < this.size; ) {
      const width = 2 ** Math.floor(Math.log2(this.size - start));
      found.push({ level: Math.log2(width), hash: await this.#rangeHash(start, start + width) });
      start += width;
    }
    return found;
  }

  async #rangeHash(start: number, end: number): Promise<Buffer> {
    const width = end - start;
    const level = Math.log2(width);
    // All complete ranges that the recursion comes to begin at a multiple of their width.
    if (Number.isInteger(level)) return this.#completeHash(level, start / width);
    const middle = start + splitOf(width);
    return nodeHash(await this.#rangeHash(start, middle), await this.#rangeHash(middle, end));
  }

  async #completeHash(level: number, index: number): Promise<Buffer> {
    const within = level % GROUP_LEVELS;
    const wide = GROUP / 2 ** within;
    const group = await this.#group(level - within, Math.floor(index / wide));
    const hash = group[within]?.[index % wide];
    if (!hash) throw new MissingHashes(`subtree ${index} of level ${level} is not kept`);
    return hash;
  }

  #group(level: number, index: number): Promise<Buffer[][]> {
    const key = `${level}/${index}`;
    const group = this.#groups.get(key) ?? this.#readGroup(level, index);
    this.#groups.set(key, group);
    return group;
  }

  async #readGroup(level: number, index: number): Promise<Buffer[][]> {
    const from = index * GROUP;
    const to = Math.min(from + GROUP, Math.floor(this.size / 2 ** level));
    const hashes = await this.#read(level, from, to);
    if (hashes.length !== to - from)
      throw new MissingHashes(`${to - from - hashes.length} hashes are not kept`);
    const levels = [hashes];
    for (let below = hashes; below.length > 1; ) {
      const above: Buffer[] = [];
      for (let at = 1; at < below.length; at += 2) above.push(nodeHash(below[at - 1]!, below[at]!));
      levels.push(above);
      below = above;
    }
    return levels;
  }
}

/** The largest power of two smaller than a width over 1. */
function splitOf(width: number): number {
  const power = 2 ** Math.floor(Math.log2(width));
  return power === width ? width / 2 : power;
}

/** A tree that grows leaf by leaf and remembers no more than its complete subtrees. */
export class GrowingTree {
  readonly #subtrees: { level: number; hash: Buffer }[];
  #size: number;

  constructor(subtrees: readonly { level: number; hash: Buffer }[] = []) {
    this.#subtrees = [...subtrees];
    this.#size = subtrees.reduce((sum, { level }) => sum + 2 ** level, 0);
  }

  /** @param completed is told every subtree this leaf completes, with its level and index. */
  push(
    leaf: Buffer,
    completed: (level: number, index: number, hash: Buffer) => void = () => undefined,
  ): void {
    let subtree = { level: 0, hash: leaf };
    this.#size += 1;
    while (this.#subtrees.at(-1)?.level === subtree.level) {
      const left = this.#subtrees.pop()!;
      subtree = { level: subtree.level + 1, hash: nodeHash(left.hash, subtree.hash) };
      completed(subtree.level, this.#size / 2 ** subtree.level - 1, subtree.hash);
    }
    this.#subtrees.push(subtree);
  }

  root(): Buffer {
    if (this.#size === 0) return EMPTY_ROOT;
    return this.#subtrees.map(({ hash }) => hash).reduceRight((right, left) => nodeHash(left, right));
  }
}
