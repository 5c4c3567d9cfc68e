/** Something that lies in an organisation, and mostly in a project of it. */
export interface ReadTarget {
  readonly organizationId: number;
  readonly projectId: number | null;
}

/** What a request reads, gathered while it is served and noted by the transaction that served it. */
export interface Reading {
  /** The route's permission: `dataset.read`. */
  readonly action: string;
  /** `dataset 12`, where the address says it. */
  readonly subject: string | null;
  /** Whether the request was answered out of one place, or of all that the asker can see. */
  readonly targets: ReadTarget[];
  /** Places whose reading stands in the audit already: a request may need several transactions. */
  readonly audited: Set<string>;
  /** Reads that this process has put into the audit lately; left out: every read makes an entry. */
  readonly memory?: ReadMemory;
}

/** Which reads the audit was told a short while ago: they are counted, not told again. */
export interface ReadMemory {
  /** Counts a read that was told already; false when it has to be told. */
  countRepeated(author: Author, target: ReadTarget): boolean;
  /** A read has been told: its transaction is committed. */
  remember(author: Author, target: ReadTarget): void;
}

/** Who reads or changes something, as it is put into the audit. */
export interface Author {
  readonly userId: number | null;
  /** `session 3`, `token 7`, `job 0b1c…`; null for the command line and for MagTrace itself. */
  readonly credential: string | null;
  readonly ip: string | null;
  readonly requestId: string | null;
  /** `GET /api/datasets/12/data/?start_index=0` */
  readonly route: string | null;
  /** Null where nothing is read for anybody: changes tell of themselves. */
  readonly reading: Reading | null;
}

export const noAuthor: Author = {
  userId: null,
  credential: null,
  ip: null,
  requestId: null,
  route: null,
  reading: null,
};

/** Where an author's read still needs an entry. One that had an entry a short while ago is counted instead. */
export function unauditedTargets(author: Author, everywhere: readonly number[]): ReadTarget[] {
  const { reading } = author;
  if (!reading) return [];
  const targets = reading.targets.length > 0 ? reading.targets : everywhere.map(wholeOrganization);
  const byKey = new Map(targets.map((target) => [targetKey(target), target]));
  return [...byKey]
    .filter(([key, target]) => {
      if (reading.audited.has(key)) return false;
      if (!reading.memory?.countRepeated(author, target)) return true;
      reading.audited.add(key);
      return false;
    })
    .map(([, target]) => target);
}

/** To be called once the transaction with their entries has committed. */
export function markAudited(author: Author, targets: readonly ReadTarget[]): void {
  for (const target of targets) {
    author.reading?.audited.add(targetKey(target));
    author.reading?.memory?.remember(author, target);
  }
}

function wholeOrganization(organizationId: number): ReadTarget {
  return { organizationId, projectId: null };
}

function targetKey({ organizationId, projectId }: ReadTarget): string {
  return `${organizationId}/${projectId ?? ""}`;
}
