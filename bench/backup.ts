/**
 * How fast a backup is made, verified and restored, and what memory that takes. Options: --mb N, the installation's size
 * (1000), and --rows N, how much of it is rows of labels (0.2); the rest is objects.
 */
import assert from "node:assert/strict";
import { createCipheriv } from "node:crypto";
import { chmodSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { createBackup } from "../server/src/backup/createBackup.ts";
import { restoreBackup } from "../server/src/backup/restoreBackup.ts";
import { verifyBackup } from "../server/src/backup/verifyBackup.ts";
import { migrate } from "../server/src/platform/database/migrate.ts";
import { createPool } from "../server/src/platform/database/pool.ts";
import { runtimeUrls } from "../server/src/platform/database/runtimeUrls.ts";
import { startEmbeddedPostgres } from "../server/src/platform/embeddedPostgres/startEmbeddedPostgres.ts";
import { openFolderObjects } from "../server/src/platform/objects/folder/folderObjects.ts";
import { databaseRows } from "../server/src/platform/objects/rows/queries.ts";
import { proveMasterKeys } from "../server/src/platform/objects/sealing/masterKeyMarks.ts";
import { SealedObjects } from "../server/src/platform/objects/sealing/sealedObjects.ts";
import { prepareDataFolder } from "../server/src/supervisor/dataFolder.ts";
import type { Print } from "./bench.ts";
import { timeEach } from "./measure.ts";

export const name = "backup";

const OBJECT_MB = 20;
/** A row of the table that is filled, as COPY writes it. */
const ROW_BYTES = 120;
const secret = new Uint8Array(32);

export async function run(args: string[], print: Print): Promise<void> {
  const { values } = parseArgs({ args, options: { mb: { type: "string" }, rows: { type: "string" } } });
  const mb = Number(values.mb ?? 1000);
  const rowsShare = Number(values.rows ?? 0.2);
  const folder = mkdtempSync(join(tmpdir(), "magtrace-bench-"));
  if (process.getuid?.() === 0) chmodSync(folder, 0o711);
  const dataDir = join(folder, "data");
  prepareDataFolder(dataDir);
  const quiet = { info: () => {}, warn: () => {} };
  const postgres = await startEmbeddedPostgres({ dataDir, log: quiet });
  try {
    await measure({ folder, ownerUrl: postgres.ownerUrl, mb, rowsShare }, print);
  } finally {
    await postgres.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

interface Place {
  readonly folder: string;
  readonly ownerUrl: string;
  readonly mb: number;
  readonly rowsShare: number;
}

async function measure(place: Place, print: Print): Promise<void> {
  const { folder, ownerUrl, mb } = place;
  const inner = await openFolderObjects(join(folder, "data", "objects"));
  await fill(place, inner);
  const target = await openFolderObjects(join(folder, "backups"));
  const identity = await generateX25519Identity();
  const recipients = [await identityToRecipient(identity)];
  const source = { ownerUrl, inner, target, recipients, version: "bench", masterKeyFile: null, secret };
  const backUp = () => createBackup({ ...source, now: () => new Date() });
  const peak = () => print("backup_peak_memory_so_far", process.resourceUsage().maxRSS / 1024, "MiB");

  print("backup_memory_before", process.resourceUsage().maxRSS / 1024, "MiB");
  let manifest = await backUp();
  const firstMs = Date.parse(manifest.finishedAt) - Date.parse(manifest.startedAt);
  print("backup_create", (1000 * mb) / firstMs, "MB/s");
  print("backup_stored", (manifest.database.bytes + manifest.objects.bytes) / 1e6, "MB");
  peak();
  const [againMs] = await timeEach(1, async () => {
    manifest = await backUp();
  });
  assert.equal(manifest.objects.copied, 0, "objects were copied again");
  print("backup_create_again", againMs! / 1000, "s");

  const cluster = createPool({ url: ownerUrl, size: 1, name: "bench" });
  await cluster.query("CREATE DATABASE scratch");
  await cluster.query("CREATE DATABASE restored");
  await cluster.end();
  const on = (database: string) => Object.assign(new URL(ownerUrl), { pathname: `/${database}` }).href;
  const given = { store: target, manifest, identities: [identity] };
  const [verifyMs] = await timeEach(1, async () => {
    const { faults } = await verifyBackup({ ...given, scratchUrl: on("scratch"), now: () => new Date() });
    assert.deepEqual(faults, []);
  });
  print("backup_verify", (1000 * mb) / verifyMs!, "MB/s");
  peak();
  const [restoreMs] = await timeEach(1, async () => {
    const restoredTo = await openFolderObjects(join(folder, "restored"));
    const { database } = await restoreBackup({
      ...given,
      inner: restoredTo,
      ownerUrl: on("restored"),
      roleSecret: null,
      organizationId: null,
    });
    assert.ok([...database.rows.values()].some((count) => count > 0));
  });
  print("backup_restore", (1000 * mb) / restoreMs!, "MB/s");
  peak();
}

/** Sealed objects that datasets speak of, and labels. */
async function fill(
  { folder, ownerUrl, mb, rowsShare }: Place,
  inner: Awaited<ReturnType<typeof openFolderObjects>>,
) {
  const { accounts, roleSecret } = runtimeUrls(
    { DATABASE_APP_URL: "", DATABASE_ACCOUNTS_URL: "", DATABASE_QUEUE_URL: "" },
    ownerUrl,
  );
  await migrate({ ownerUrl, roleSecret });
  const keyring = await proveMasterKeys(inner, { keyFile: join(folder, "data", "master.key") });
  const pool = createPool({ url: accounts, size: 2, name: "bench" });
  const objects = new SealedObjects({ inner, rows: databaseRows(pool), keyring });
  const count = Math.round((mb * (1 - rowsShare)) / OBJECT_MB);
  for (let n = 0; n < count; n++) await objects.put(`uploads/bench-${n}`, noise(n));
  await pool.end();
  const client = createPool({ url: ownerUrl, size: 1, name: "bench" });
  await client.query(`
    INSERT INTO accounts.users (id, name, email, email_verified) VALUES (1, 'bench', 'bench@example.com', true);
    INSERT INTO accounts.organizations (id, name, slug) VALUES (1, 'Bench', 'bench');
    INSERT INTO magtrace.projects (id, organization_id, name) VALUES (1, 1, 'Bench');
    INSERT INTO magtrace.label_categories (id, project_id, organization_id, name, color) VALUES (1, 1, 1, 'c', '#ffffff');
    INSERT INTO magtrace.datasets (id, project_id, organization_id, name, status, original_name, original_key)
      SELECT n + 1, 1, 1, 'd' || n, 'completed', 'd.csv', 'uploads/bench-' || n FROM generate_series(0, ${count - 1}) AS n`);
  const rows = Math.round((mb * rowsShare * 1e6) / ROW_BYTES);
  await client.query("ALTER TABLE magtrace.annotations DISABLE TRIGGER USER");
  await client.query(
    `INSERT INTO magtrace.annotations (dataset_id, project_id, organization_id, category_id, start_index, end_index, notes)
     SELECT 1, 1, 1, 1, n * 7, n * 7 + 5, 'label ' || md5(n::text) FROM generate_series(1, $1::bigint) AS n`,
    [rows],
  );
  await client.query("ALTER TABLE magtrace.annotations ENABLE TRIGGER USER");
  await client.end();
}

/** Bytes that no compression makes smaller, the same in each run. */
async function* noise(seed: number): AsyncGenerator<Uint8Array> {
  const cipher = createCipheriv("aes-128-ctr", Buffer.alloc(16, seed), Buffer.alloc(16));
  const zeros = Buffer.alloc(1e6);
  for (let n = 0; n < OBJECT_MB; n++) yield cipher.update(zeros);
}
