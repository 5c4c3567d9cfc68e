import pg from "pg";
import type { RememberedLabel } from "./remembered.ts";
import type { RememberingClient } from "./rememberingClient.ts";

type Complain = (what: string) => void;

interface LabelRow extends RememberedLabel {
  readonly id: number;
  readonly dataset: number;
}

/** What one client was answered before the rows are read. */
interface Before {
  readonly client: RememberingClient;
  readonly labels: readonly { readonly id: number; readonly label: RememberedLabel }[];
  readonly deleted: readonly number[];
  readonly bulks: readonly (readonly [tag: string, count: number])[];
  readonly ids: { readonly [Table in (typeof TABLES)[number]]: readonly number[] };
  readonly reviewed: readonly number[];
}

const TABLES = ["datasets", "training_sessions", "predictions"] as const;

/**
 * Holds all that every client was answered so far against the rows, while the clients go on: what one of them changes
 * meanwhile is left to the next time. What is in objects, and what the api says, is for `checkRemembered`.
 */
export async function checkRows(
  ownerUrl: string,
  clients: readonly RememberingClient[],
  complain: Complain,
): Promise<void> {
  const before = clients.map(remember);
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    await checkWork(owner, before, complain);
    const { rows } = await owner.query<LabelRow>(
      `SELECT id::int, dataset_id::int AS dataset, start_index::int, end_index::int, category_id::int AS category, notes
       FROM magtrace.annotations WHERE deleted_at IS NULL`,
    );
    const there = new Map(rows.map((row) => [row.id, row]));
    for (const one of before) checkLabels(one, there, complain);
    await checkReviews(owner, before, complain);
  } finally {
    await owner.end();
  }
}

function remember(client: RememberingClient): Before {
  const { datasets, sessions, predictions, reviewed } = client.remembered;
  const all = [...datasets.values()];
  return {
    client,
    labels: all.flatMap(({ labels, unsure }) =>
      [...labels].flatMap(([id, label]) => (unsure.has(id) ? [] : [{ id, label }])),
    ),
    deleted: all.flatMap(({ deleted }) => [...deleted]),
    bulks: all.flatMap(({ unsureBulks }) => [...unsureBulks]),
    ids: {
      datasets: [...datasets.keys()],
      training_sessions: [...sessions],
      predictions: [...predictions],
    },
    reviewed: [...reviewed],
  };
}

/** Everything that was taken on has its row, and says why where it failed. */
async function checkWork(owner: pg.Client, before: readonly Before[], complain: Complain): Promise<void> {
  for (const table of TABLES) {
    const wanted = before.flatMap(({ client, ids }) => ids[table].map((id) => ({ id, client })));
    const why = table === "datasets" ? "error" : "error_message";
    const { rows } = await owner.query<{ id: number; status: string; why: string | null }>(
      `SELECT id::int, status, ${why} AS why FROM magtrace.${table} WHERE id = ANY ($1)`,
      [wanted.map(({ id }) => id)],
    );
    const there = new Map(rows.map((row) => [row.id, row]));
    for (const { id, client } of wanted) {
      const row = there.get(id);
      if (row === undefined) complain(`${client.name}: ${id} of ${table} was acknowledged, and has no row`);
      else if (row.status === "failed" && (row.why ?? "") === "")
        complain(`${client.name}: ${id} of ${table} failed without a reason`);
    }
  }
}

function checkLabels(
  { client, labels, deleted, bulks }: Before,
  there: ReadonlyMap<number, LabelRow>,
  complain: Complain,
): void {
  const own = [...client.remembered.datasets.values()];
  const isAsItWas = (id: number, label: RememberedLabel) =>
    own.some((dataset) => dataset.labels.get(id) === label && !dataset.unsure.has(id));
  for (const { id, label } of labels) {
    const row = there.get(id);
    const isRight =
      row !== undefined &&
      row.start_index === label.start_index &&
      row.end_index === label.end_index &&
      row.category === label.category &&
      row.notes === label.notes;
    if (!isRight && isAsItWas(id, label) && !client.isChanging(id))
      complain(`${client.name}: label ${id} is ${JSON.stringify(row)}, not ${JSON.stringify(label)}`);
  }
  for (const id of deleted)
    if (there.has(id)) complain(`${client.name}: label ${id} was deleted, and has its row`);
  for (const [tag, count] of bulks) {
    const made = [...there.values()].filter(({ notes }) => notes.startsWith(tag)).length;
    if (made !== 0 && made !== count)
      complain(`${client.name}: of ${count} labels made together ${made} are there (${tag})`);
  }
}

/** A review that was answered is whole, and so is one whose answer was lost, if it came to be. */
async function checkReviews(owner: pg.Client, before: readonly Before[], complain: Complain): Promise<void> {
  const { rows } = await owner.query<{ id: number; pending: number; accepted: number; lost: number }>(
    `SELECT i.prediction_id::int AS id, count(*) FILTER (WHERE i.review = 'pending')::int AS pending,
       count(*) FILTER (WHERE i.review = 'accepted')::int AS accepted,
       count(*) FILTER (WHERE i.annotation_id IS NOT NULL AND a.id IS NULL)::int AS lost
     FROM magtrace.predicted_intervals i LEFT JOIN magtrace.annotations a ON a.id = i.annotation_id
     GROUP BY i.prediction_id`,
  );
  const reviewed = new Set(before.flatMap((one) => one.reviewed));
  for (const { id, pending, accepted, lost } of rows) {
    if (reviewed.has(id) && pending > 0)
      complain(`prediction ${id} was accepted, and ${pending} intervals are pending`);
    if (pending > 0 && accepted > 0) complain(`prediction ${id} is accepted by halves: ${accepted}`);
    if (lost > 0) complain(`prediction ${id} names ${lost} labels that are not there`);
  }
}
