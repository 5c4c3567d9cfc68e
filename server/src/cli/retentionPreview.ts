import { allPolicies, previewOf } from "../retention/queries.ts";
import { withAccounts } from "../supervisor/withAccounts.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Prints what the next night would take by every organisation's policies, and what can still be brought back. Changes nothing.",
  options: dataDirOption,
  run: async (invocation) => {
    const { config } = configOf(invocation);
    return withAccounts(config, async (pool) => {
      const policies = await allPolicies(pool);
      if (policies.length === 0) invocation.print("No organisation has a policy: everything is kept.");
      for (const { organization, kind, keep_days } of policies) {
        const { count, bytes, first, recoverable } = await previewOf(pool, organization, { kind, keep_days });
        invocation.print(
          `organisation ${organization}: ${kind} kept ${keep_days} days: ${count} would go, ${Math.round(bytes / 1e6)} MB; ${recoverable.count} can be brought back`,
        );
        for (const { id, name, since } of first) invocation.print(`      ${since}  ${id ?? ""}  ${name}`);
      }
      return 0;
    });
  },
};
