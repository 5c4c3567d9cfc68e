import { statSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { AppError } from "../errors.ts";
import { chosenOrganization, commandActor } from "../legacy/commandActor.ts";
import { ImportReport } from "../legacy/importReport.ts";
import { Ledger } from "../legacy/ledger.ts";
import { openLegacyDatabase } from "../legacy/legacyDatabase.ts";
import { type ReportHead, reportJson, reportLines } from "../legacy/printReport.ts";
import { withPlatform } from "../supervisor/withPlatform.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";
import { printable } from "./printable.ts";
import { watchForStop } from "./watchForStop.ts";

export const command: Command = {
  help: "Brings everything of an old MagTrace (the Django one) into an organisation: projects, readings, categories, labels, models, and as history trainings and predictions. What is here already is passed over, so that it can be interrupted and run again. Beside a running installation or without one.",
  options: {
    database: { value: "FILE", required: true, help: "Its db.sqlite3; never written to." },
    media: { value: "FOLDER", required: true, help: "Its media folder." },
    organization: { value: "ID", required: true, help: "Id or name of the organisation that is to have it." },
    as: { value: "EMAIL", required: true, help: "Account whose projects and labels they will be." },
    "dry-run": { help: "Reads and checks everything, says what would be done, and does nothing." },
    report: { value: "FILE", help: "Writes all that was brought, changed and refused as JSON." },
    ...dataDirOption,
  },
  run: async (invocation) => {
    const { values, switches, print } = invocation;
    const { config } = configOf(invocation);
    const { signal } = watchForStop(() => process.exit(130));
    const mediaDir = requireFolder(values.media ?? "");
    if (values.report !== undefined) writeReport(values.report, "");
    const database = openLegacyDatabase(values.database ?? "");
    try {
      await withPlatform(config, async ({ deps, accountsPool }) => {
        const actor = await commandActor(accountsPool, values.as ?? "", "import-legacy");
        const organization = chosenOrganization(actor, values.organization ?? "");
        const head: ReportHead = {
          source: database.source,
          organization: { id: organization.id, name: organization.name },
          dry_run: switches.has("dry-run"),
        };
        const place = { deps, actor, organizationId: organization.id };
        const ledger = await Ledger.open({ ...place, source: database.source, isDry: head.dry_run });
        const report = new ImportReport();
        // Files are read here as well: nobody else may be running.
        const [{ startWorker }, { importLegacy }] = await Promise.all([
          import("../worker.ts"),
          import("../legacy/importLegacy.ts"),
        ]);
        // It is not one of those that are watched: the port may be another's.
        const worker = head.dry_run ? null : await startWorker({ ...deps.config, METRICS_PORT: 0 });
        try {
          await importLegacy({ ...place, database, mediaDir, ledger, report, signal });
        } finally {
          await worker?.stop();
          if (values.report !== undefined) writeReport(values.report, reportJson(report, head));
          for (const line of reportLines(report, head)) print(printable(line));
        }
      });
      if (switches.has("dry-run")) print("\nNothing was changed. Run this without --dry-run to bring it.");
      return 0;
    } finally {
      database.close();
    }
  },
};

function requireFolder(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return resolve(path);
  throw new AppError(
    "not_found",
    `There is no folder ${path}. Name the media folder of the old MagTrace with --media.`,
  );
}

function writeReport(path: string, text: string): void {
  try {
    writeFileSync(path, text, { mode: 0o600 });
  } catch (cause) {
    throw new AppError(
      "cannot_write",
      `The report cannot be written to ${path}. Name another with --report.`,
      { cause },
    );
  }
}
