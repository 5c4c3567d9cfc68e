import type { Owner } from "./apiBench.ts";
import { firstProject, type SeededOrganization } from "./seedProjects.ts";

export const LABELLED_ROWS = 10_000_000;

export interface Labelled {
  readonly project: number;
  readonly dataset: number;
  readonly category: number;
}

/** A dataset without readings, which labels do not look at, and a category, in an organisation's first project. */
export async function seedLabelled(owner: Owner, { organization }: SeededOrganization): Promise<Labelled> {
  const id = (text: string, values: unknown[]) => idOf(owner, text, values);
  const project = await firstProject(owner, organization);
  const dataset = await id(
    `INSERT INTO magtrace.datasets (project_id, organization_id, name, status, total_records, original_name, channels)
     VALUES ($1, $2, 'bench', 'completed', $3, 'bench.csv', '{b_x,b_y,b_z,b}') RETURNING id`,
    [project, organization, LABELLED_ROWS],
  );
  const category = await id(
    `INSERT INTO magtrace.label_categories (project_id, organization_id, name, color)
     VALUES ($1, $2, 'fan noise', '#d33') RETURNING id`,
    [project, organization],
  );
  return { project, dataset, category };
}

/** A completed prediction whose intervals all wait for review. */
export async function seedPrediction(
  owner: Owner,
  { organization }: SeededOrganization,
  { project, dataset, category }: Labelled,
  intervals: number,
): Promise<number> {
  const id = (text: string, values: unknown[]) => idOf(owner, text, values);
  const place = [project, organization];
  const model = await id(
    `INSERT INTO magtrace.models (project_id, organization_id, name, model_type)
     VALUES ($1, $2, 'bench', 'random_forest') RETURNING id`,
    place,
  );
  const session = await id(
    `INSERT INTO magtrace.training_sessions (project_id, organization_id, model_id, dataset_id, status, labels_key)
     VALUES ($1, $2, $3, $4, 'completed', 'bench') RETURNING id`,
    [...place, model, dataset],
  );
  const prediction = await id(
    `INSERT INTO magtrace.predictions (project_id, organization_id, dataset_id, model_id, session_id, status, progress)
     VALUES ($1, $2, $3, $4, $5, 'completed', 100) RETURNING id`,
    [...place, dataset, model, session],
  );
  await owner.query(
    `INSERT INTO magtrace.predicted_intervals (prediction_id, project_id, organization_id, number, start_index, end_index,
       category, category_id, confidence)
     SELECT $1, $2, $3, n, n * 100, n * 100 + 49, 'fan noise', $4, 0.9 FROM generate_series(0, $5::int - 1) AS n`,
    [prediction, ...place, category, intervals],
  );
  return prediction;
}

async function idOf(owner: Owner, text: string, values: unknown[]): Promise<number> {
  return (await owner.query<{ id: number }>(text, values)).rows[0]!.id;
}
