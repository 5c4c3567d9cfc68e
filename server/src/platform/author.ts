/** Something that lies in an organisation, and mostly in a project of it. */
export interface ReadPlace {
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
  readonly places: ReadPlace[];
  /** Places whose reading stands in the audit already: a request may need several transactions. */
  readonly noted: Set<string>;
}

/** By whose hand something is read or changed, as the audit tells it. */
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

/** What is left to be noted of a reading; marks it as noted once the caller's transaction has committed. */
export function unauditedPlaces(reading: Reading, everywhere: readonly number[]): ReadPlace[] {
  const places = reading.places.length > 0 ? reading.places : everywhere.map(wholeOrganization);
  const byKey = new Map(places.map((place) => [placeKey(place), place]));
  return [...byKey].filter(([key]) => !reading.noted.has(key)).map(([, place]) => place);
}

export function markAudited(reading: Reading, places: readonly ReadPlace[]): void {
  for (const place of places) reading.noted.add(placeKey(place));
}

function wholeOrganization(organizationId: number): ReadPlace {
  return { organizationId, projectId: null };
}

function placeKey({ organizationId, projectId }: ReadPlace): string {
  return `${organizationId}/${projectId ?? ""}`;
}
