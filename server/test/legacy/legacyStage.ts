import { chosenOrganization, commandActor } from "../../src/legacy/commandActor.ts";
import { importLegacy } from "../../src/legacy/importLegacy.ts";
import { ImportReport } from "../../src/legacy/importReport.ts";
import { Ledger } from "../../src/legacy/ledger.ts";
import { openLegacyDatabase } from "../../src/legacy/legacyDatabase.ts";
import { createPool } from "../../src/platform/database/pool.ts";
import { openPlatform } from "../../src/platform/openPlatform.ts";
import type { TestInstallation } from "../support/testInstallation.ts";
import type { LegacyInstallation } from "./legacyFixture.ts";

/** An import as the command does it, read by the installation's worker. */
export async function importInto(
  { config }: TestInstallation,
  { path, mediaDir }: LegacyInstallation,
  {
    email = "ada@example.com",
    organization = "survey",
    isDry = false,
    signal = new AbortController().signal,
    report = new ImportReport(),
  } = {},
): Promise<ImportReport> {
  const { deps, accountsPool, close } = await openPlatform(config, "command");
  const database = openLegacyDatabase(path);
  try {
    const actor = await commandActor(accountsPool, email, "import-legacy");
    const { id: organizationId } = chosenOrganization(actor, organization);
    const place = { deps, actor, organizationId };
    const ledger = await Ledger.open({ ...place, source: database.source, isDry });
    await importLegacy({ ...place, database, mediaDir, ledger, report, signal });
    return report;
  } finally {
    database.close();
    await close();
  }
}

/** All rows of every table that an import could write, as counts. */
export async function rowCounts(url: string): Promise<Record<string, number>> {
  const pool = createPool({ url, size: 1, name: "test" });
  try {
    const { rows: tables } = await pool.query<{ name: string }>(
      "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname IN ('magtrace', 'objects') ORDER BY 1",
    );
    const counts: Record<string, number> = {};
    for (const { name } of tables) {
      const { rows } = await pool.query<{ n: string }>(`SELECT count(*) AS n FROM ${name}`);
      counts[name] = Number(rows[0]!.n);
    }
    return counts;
  } finally {
    await pool.end();
  }
}
