import type { AuditExportQuery } from "@magtrace/contracts";
import type pg from "pg";
import { AppError } from "../errors.ts";
import { type DatabaseAccess, inTransaction } from "../platform/database/transaction.ts";
import { chainReader, treeOf } from "./chainQueries.ts";
import { entryOf, exportText, type SealedEntry } from "./entries.ts";
import { type MerkleTree, MissingHashes } from "./merkleTree.ts";
import * as queries from "./queries.ts";

export interface ExportDeps {
  /** Connections of the app role. */
  readonly db: pg.Pool;
  /** Connections of the accounts role: names of people, and hashes of whole chains. */
  readonly accountsPool: pg.Pool;
}

export interface ExportScope {
  readonly organizationId: number;
  readonly database: DatabaseAccess;
}

/** Others get a turn of the event loop after each part. */
const ENTRIES_A_PART = 200;

/**
 * An export as text, part by part: each part is a transaction of its own, and none is open while it is sent. It needs no
 * request, so that a worker can write it as well.
 *
 * @throws {AppError} with the first part, when what was asked cannot be proven.
 */
export async function* exportLines(
  deps: ExportDeps,
  scope: ExportScope,
  { format = "csv", formulas = "guard", since_size: sinceSize, ...filters }: AuditExportQuery,
): AsyncGenerator<string> {
  const head = await chainReader(deps.accountsPool).head(scope.organizationId);
  const size = head?.position ?? 0;
  const parts = sealedParts(deps, scope, { filters, size });
  if (format !== "proofs") {
    yield* exportText(parts, format, formulas);
    return;
  }
  const tree = treeOf(deps.accountsPool, scope.organizationId, size);
  const treeLine = {
    organization: scope.organizationId,
    size,
    root: hex(await provable(tree.root())),
    head: head ? hex(head.hash) : null,
    since: sinceSize === undefined ? null : await consistencyOf(deps, scope, tree, sinceSize),
  };
  yield `${JSON.stringify({ tree: treeLine })}\n`;
  for await (const part of parts) {
    let text = "";
    for (const entry of part) {
      const inclusion = await provable(tree.inclusion(entry.position - 1));
      text += `${JSON.stringify({ ...entry, inclusion: inclusion.map(hex) })}\n`;
    }
    yield text;
  }
}

async function consistencyOf(
  { accountsPool }: ExportDeps,
  { organizationId }: ExportScope,
  tree: MerkleTree,
  sinceSize: number,
) {
  if (sinceSize > tree.size) {
    throw new AppError(
      "validation_failed",
      `querystring/since_size must be at most ${tree.size}: the chain has no more entries.`,
    );
  }
  const earlier = treeOf(accountsPool, organizationId, sinceSize);
  return {
    size: sinceSize,
    root: hex(await provable(earlier.root())),
    consistency: (await provable(tree.consistency(sinceSize))).map(hex),
  };
}

async function* sealedParts(
  deps: ExportDeps,
  { organizationId, database }: ExportScope,
  { filters, size }: { filters: queries.Filters; size: number },
): AsyncGenerator<SealedEntry[]> {
  for (let after = 0; after < size; ) {
    const rows = await inTransaction(deps.db, database, (tx) =>
      queries.entriesAfter(tx, organizationId, { after, upTo: size, most: ENTRIES_A_PART, filters }),
    );
    const last = rows.at(-1);
    if (!last) return;
    after = last.position;
    const ids = new Set(rows.flatMap(({ user_id }) => (user_id === null ? [] : [user_id])));
    const names = ids.size === 0 ? new Map() : await queries.namesOfUsers(deps.accountsPool, [...ids]);
    yield rows.map((row) => ({ ...entryOf(row, names), sealed: row.sealed }));
  }
}

async function provable<T>(proof: Promise<T>): Promise<T> {
  try {
    return await proof;
  } catch (cause) {
    if (!(cause instanceof MissingHashes)) throw cause;
    throw new AppError(
      "gone",
      "This proof needs audit entries that were dropped or are missing. Ask for a proof with a larger since_size, or verify the chain.",
      { cause },
    );
  }
}

function hex(hash: Buffer): string {
  return hash.toString("hex");
}
