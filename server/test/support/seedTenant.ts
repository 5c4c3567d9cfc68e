import pg from "pg";

export interface Tenant {
  readonly organizationId: number;
  readonly userId: number;
  readonly projectId: number;
}

type Insert = (statement: string, values: unknown[]) => Promise<number>;

function insertOn(client: pg.Client): Insert {
  return async (statement, values) => {
    const { rows } = await client.query(statement, values);
    return Number(rows[0]?.id ?? 0);
  };
}

/** A team with at least one row in every table that holds what teams own, written as the owner of the database. */
export async function seedTenant(ownerUrl: string, name: string): Promise<Tenant> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const insert = insertOn(client);
    const userId = await insert(
      "INSERT INTO accounts.users (name, email, email_verified) VALUES ($1, $2, true) RETURNING id",
      [name, `${name}@example.com`],
    );
    const organizationId = await insert(
      "INSERT INTO accounts.organizations (name, slug) VALUES ($1, $1) RETURNING id",
      [name],
    );
    await insert("INSERT INTO accounts.members (organization_id, user_id, role) VALUES ($1, $2, 'member')", [
      organizationId,
      userId,
    ]);
    const projectId = await seedProject(client, { organizationId, userId, name });
    return { organizationId, userId, projectId };
  } finally {
    await client.end();
  }
}

/** A project of theirs with a row in every table. Returns its id. */
export async function seedProject(
  client: pg.Client,
  { organizationId, userId, name }: { organizationId: number; userId: number; name: string },
): Promise<number> {
  const insert = insertOn(client);
  const projectId = await insert(
    "INSERT INTO magtrace.projects (organization_id, name, created_by) VALUES ($1, $2, $3) RETURNING id",
    [organizationId, name, userId],
  );
  const place = [projectId, organizationId];
  await insert(
    "INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role) VALUES ($1, $2, $3, 'owner')",
    [...place, userId],
  );
  const datasetId = await insert(
    `INSERT INTO magtrace.datasets (project_id, organization_id, name, status, original_name, total_records, tracks)
     VALUES ($1, $2, 'survey', 'completed', 'survey.csv', 100, '[{"sensor_id": null, "start_index": 0, "end_index": 99}]')
     RETURNING id`,
    place,
  );
  await insert(
    `INSERT INTO magtrace.segments (dataset_id, project_id, organization_id, number, rows, object_prefix)
     VALUES ($3, $1, $2, 1, 100, 'series/none/')`,
    [...place, datasetId],
  );
  // A database of an earlier version, which is yet to be brought forward, has neither.
  const { rows } = await client.query("SELECT to_regclass('magtrace.reading_profiles') IS NOT NULL AS there");
  if (rows[0].there) {
    await insert(
      `INSERT INTO magtrace.reading_profiles (project_id, organization_id, name, header, signature, mapping)
     VALUES ($1, $2, 'logger', '{time,bx}', repeat('0', 64), '{}')`,
      place,
    );
    await insert(
      `INSERT INTO magtrace.rereads (dataset_id, project_id, organization_id, status) VALUES ($3, $1, $2, 'completed')`,
      [...place, datasetId],
    );
  }
  const uploads = await client.query("SELECT to_regclass('magtrace.uploads') IS NOT NULL AS there");
  if (uploads.rows[0].there) {
    const uploadId = await insert(
      `INSERT INTO magtrace.uploads (project_id, organization_id, uploaded_by, name, file_name, length, received)
       VALUES ($1, $2, $3, 'survey', 'survey.csv', 9, 4) RETURNING id`,
      [...place, userId],
    );
    await insert(
      `INSERT INTO magtrace.upload_parts (upload_id, project_id, organization_id, start, bytes, object_key)
       VALUES ($3, $1, $2, 0, 4, 'partial/none/0')`,
      [...place, uploadId],
    );
  }
  const legacy = await client.query("SELECT to_regclass('magtrace.legacy_ids') IS NOT NULL AS there");
  if (legacy.rows[0].there) {
    await insert(
      `INSERT INTO magtrace.legacy_ids (project_id, organization_id, source, kind, legacy_key, new_ids)
       VALUES ($1::bigint, $2, repeat('a', 64), 'project', $1::bigint::text, '{1}')`,
      place,
    );
  }
  const categoryId = await insert(
    "INSERT INTO magtrace.label_categories (project_id, organization_id, name, color) VALUES ($1, $2, 'Motor', '#112233') RETURNING id",
    place,
  );
  const annotationId = await insert(
    `INSERT INTO magtrace.annotations (dataset_id, project_id, organization_id, category_id, start_index, end_index)
     VALUES ($3, $1, $2, $4, 1, 9) RETURNING id`,
    [...place, datasetId, categoryId],
  );
  await insert(
    `INSERT INTO magtrace.annotation_changes (dataset_id, project_id, organization_id, annotation_id, batch, action)
     VALUES ($3, $1, $2, $4, gen_random_uuid(), 'create')`,
    [...place, datasetId, annotationId],
  );
  const modelId = await insert(
    "INSERT INTO magtrace.models (project_id, organization_id, name, model_type) VALUES ($1, $2, 'm', 'random_forest') RETURNING id",
    place,
  );
  const sessionId = await insert(
    `INSERT INTO magtrace.training_sessions (project_id, organization_id, model_id, dataset_id, status, labels_key)
     VALUES ($1, $2, $3, $4, 'completed', 'labels/none') RETURNING id`,
    [...place, modelId, datasetId],
  );
  await insert(
    "INSERT INTO magtrace.training_logs (session_id, project_id, organization_id, message) VALUES ($3, $1, $2, 'hello')",
    [...place, sessionId],
  );
  const predictionId = await insert(
    `INSERT INTO magtrace.predictions (project_id, organization_id, dataset_id, model_id, session_id, status)
     VALUES ($1, $2, $3, $4, $5, 'completed') RETURNING id`,
    [...place, datasetId, modelId, sessionId],
  );
  await insert(
    `INSERT INTO magtrace.predicted_intervals (prediction_id, project_id, organization_id, number, start_index, end_index, category, confidence)
     VALUES ($3, $1, $2, 0, 1, 9, 'Motor', 0.9)`,
    [...place, predictionId],
  );
  await insert(
    `INSERT INTO magtrace.suggestions (prediction_id, project_id, organization_id, start_index, end_index, category, confidence)
     VALUES ($3, $1, $2, 1, 9, 'Motor', 0.5)`,
    [...place, predictionId],
  );
  return projectId;
}
