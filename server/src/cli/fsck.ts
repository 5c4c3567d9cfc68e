import { withAccounts } from "../supervisor/withAccounts.ts";
import { findingLine, isHarmless } from "../system/objectChecks/findings.ts";
import { type FsckCounts, fsck, verdictOf } from "../system/objectChecks/fsck.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";
import { objectsOf } from "./objectsOf.ts";

const TELL_EVERY_MS = 5_000;
/** Stored data is damaged; see errors.ts. */
const statuses = { clean: 0, orphans: 1, faults: 74 } as const;

export const command: Command = {
  help: "Checks, beside a running installation, that every stored object is there, is what was sealed, byte for byte, and is referred to; that whatever refers to an object finds it; that labels lie within their recordings; and that the audit is whole. Changes nothing without --repair. Ends with 0 where all is well, 1 where there are only orphans, 74 where something is damaged or missing.",
  options: {
    ...dataDirOption,
    quick: { help: "Reads no object: compares lists and lengths." },
    repair: { help: "Removes orphans that are old enough for the sweep, and nothing else." },
    json: { help: "Prints a line of JSON for each finding, and a last one with the counts." },
  },
  run: async (invocation) => {
    const { switches, print } = invocation;
    const { config } = configOf(invocation);
    const asJson = switches.has("json");
    let toldAtMs = performance.now();
    const counts = await withAccounts(config, async (pool) =>
      fsck(
        { accountsPool: pool, ...(await objectsOf(config, pool)) },
        {
          nowMs: Date.now(),
          quick: switches.has("quick"),
          repair: switches.has("repair"),
          onFinding: (finding) => {
            if (asJson) return print(JSON.stringify({ finding }));
            if (!isHarmless(finding.kind))
              print(`${finding.kind === "orphan" ? "ORPHAN" : "FAIL"}  ${findingLine(finding)}`);
          },
          onProgress: (so) => {
            if (asJson || performance.now() - toldAtMs < TELL_EVERY_MS) return;
            toldAtMs = performance.now();
            print(`… ${lookedAt(so)}`);
          },
        },
      ),
    );
    const verdict = verdictOf(counts);
    if (asJson) print(JSON.stringify({ verdict, ...counts }));
    else for (const line of summary(counts)) print(line);
    return statuses[verdict];
  },
};

function lookedAt({ objects, bytes, labels }: FsckCounts): string {
  return `${objects} objects, ${Math.round(bytes / 1e6)} MB read, ${labels} labels`;
}

function summary(counts: FsckCounts): string[] {
  const found = Object.entries(counts.found).map(([kind, n]) => `${n} ${kind}`);
  const lines = [`Looked at ${lookedAt(counts)}, ${counts.auditEntries} entries of the audit.`];
  if (found.length > 0) lines.push(`Found: ${found.join(", ")}.`);
  if (counts.sweptObjects > 0) lines.push(`Removed ${counts.sweptObjects} orphans.`);
  if (verdictOf(counts) === "clean") lines.push("All is well.");
  return lines;
}
