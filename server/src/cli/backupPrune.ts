import { usualRule } from "../backup/keepRule.ts";
import { pruneBackups } from "../backup/pruneBackups.ts";
import { AppError } from "../errors.ts";
import { withOwnerUrl } from "../supervisor/withOwnerUrl.ts";
import { fromOption, megabytes, withBackups } from "./backupParts.ts";
import type { Command } from "./command.ts";
import { dataDirOption } from "./installationOptions.ts";

const { daily, weekly, monthly } = usualRule;

export const command: Command = {
  help: "Deletes backups beyond the newest of the last days, weeks and months, and the objects that none of the others refers to. Waits for no backup: it is refused while one is made.",
  options: {
    daily: { value: "COUNT", help: `Days of which the newest stays; else ${daily}.` },
    weekly: { value: "COUNT", help: `Weeks; else ${weekly}.` },
    monthly: { value: "COUNT", help: `Months; else ${monthly}.` },
    ...fromOption,
    ...dataDirOption,
  },
  run: async (invocation) => {
    const { values, print } = invocation;
    const rule = {
      daily: countOf("daily", values.daily, daily),
      weekly: countOf("weekly", values.weekly, weekly),
      monthly: countOf("monthly", values.monthly, monthly),
    };
    const { config, store } = await withBackups(invocation);
    const pruned = await withOwnerUrl(config, (ownerUrl) =>
      pruneBackups({ ownerUrl, store, rule, now: () => new Date() }),
    );
    for (const id of pruned.deleted) print(`Deleted ${id}.`);
    print(
      `${pruned.kept} backups stay. ${pruned.objects} objects of ${megabytes(pruned.bytes)} went, which none of them refers to.`,
    );
    return 0;
  },
};

function countOf(option: string, given: string | undefined, usual: number): number {
  if (given === undefined) return usual;
  if (!/^\d{1,4}$/.test(given))
    throw new AppError("bad_request", `--${option} is a whole number, not "${given}".`);
  return Number(given);
}
