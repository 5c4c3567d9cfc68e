import type { Actor } from "../access/actor.ts";
import { AppError } from "../errors.ts";
import { sqlState } from "../platform/database/sqlState.ts";
import { inTransaction, type Transaction } from "../platform/database/transaction.ts";
import type { Deps } from "../platform/deps.ts";
import { findLegacyIds, insertLegacyIds, type LegacyKind } from "./legacyIdQueries.ts";

const UNIQUE_VIOLATION = "23505";

export interface LedgerOptions {
  readonly deps: Deps;
  readonly actor: Actor;
  readonly organizationId: number;
  readonly source: string;
  readonly isDry: boolean;
}

interface LegacyRef {
  readonly kind: LegacyKind;
  readonly key: string;
}

/**
 * What rows of the old database became. A row and what it became are written in one transaction, so that an import that
 * was cut off goes on where it was. A dry run writes nothing: what it would make has negative ids.
 */
export class Ledger {
  readonly isDry: boolean;
  readonly #options: LedgerOptions;
  readonly #known: Map<string, readonly number[]>;
  #nextDryId = -1;

  static async open(options: LedgerOptions): Promise<Ledger> {
    const { deps, actor, organizationId, source } = options;
    const found = await inTransaction(deps.db, actor.database, (tx) =>
      findLegacyIds(tx, organizationId, source),
    );
    return new Ledger(
      options,
      new Map(found.map(({ kind, key, newIds }) => [nameOf({ kind, key }), newIds])),
    );
  }

  private constructor(options: LedgerOptions, known: Map<string, readonly number[]>) {
    this.#options = options;
    this.#known = known;
    this.isDry = options.isDry;
  }

  find(kind: LegacyKind, key: string): readonly number[] | undefined {
    return this.#known.get(nameOf({ kind, key }));
  }

  /** @param projectId Null where the row becomes a project. */
  async make(
    ref: LegacyRef,
    projectId: number | null,
    work: (tx: Transaction) => Promise<number>,
  ): Promise<number> {
    const [ids] = await this.makeAll([ref], projectId, async (tx) => [[await work(tx)]]);
    return ids![0]!;
  }

  /** @param dryIds How many each row would become; one where nothing is said. */
  async makeAll(
    refs: readonly LegacyRef[],
    projectId: number | null,
    work: (tx: Transaction) => Promise<(readonly number[])[]>,
    dryIds: readonly number[] = [],
  ): Promise<(readonly number[])[]> {
    const { deps, actor } = this.#options;
    const made = this.isDry
      ? refs.map((_, at) => Array.from({ length: dryIds[at] ?? 1 }, () => this.dryId()))
      : await orKnown(
          inTransaction(deps.db, actor.database, async (tx) => {
            const ids = await work(tx);
            await this.#insert(tx, projectId ?? ids[0]![0]!, refs, ids);
            return ids;
          }),
        );
    refs.forEach((ref, at) => void this.#known.set(nameOf(ref), made[at]!));
    return made;
  }

  /** Writes down what somebody else's transaction makes of a row. */
  async note(tx: Transaction, ref: LegacyRef, projectId: number, newId: number): Promise<void> {
    await orKnown(this.#insert(tx, projectId, [ref], [[newId]]));
    this.#known.set(nameOf(ref), [newId]);
  }

  dryId(): number {
    return this.#nextDryId--;
  }

  #insert(
    tx: Transaction,
    projectId: number,
    refs: readonly LegacyRef[],
    ids: readonly (readonly number[])[],
  ): Promise<void> {
    const { organizationId, source } = this.#options;
    const rows = refs.map((ref, at) => ({ ...ref, newIds: ids[at]! }));
    return insertLegacyIds(tx, { projectId, organizationId }, source, rows);
  }
}

function nameOf({ kind, key }: LegacyRef): string {
  return `${kind} ${key}`;
}

async function orKnown<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    if (sqlState(cause) !== UNIQUE_VIOLATION) throw cause;
    throw new AppError(
      "not_allowed",
      "Rows of this database are in the organisation already, in projects that this account cannot see, or another import of it is running. Import as an owner of the organisation, and only once at a time.",
      { cause },
    );
  }
}
