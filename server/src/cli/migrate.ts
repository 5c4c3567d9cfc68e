import { migrate } from "../platform/database/migrate.ts";
import { runtimeUrls } from "../platform/database/runtimeUrls.ts";
import { withOwnerUrl } from "../supervisor/withOwnerUrl.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Applies the migrations this version brings and the database lacks. Safe at any time, also twice at once.",
  options: dataDirOption,
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const applied = await withOwnerUrl(config, (ownerUrl) =>
      migrate({ ownerUrl, roleSecret: runtimeUrls(config, ownerUrl).roleSecret }),
    );
    invocation.print(applied.length === 0 ? "Nothing to do." : `Applied ${applied.join(", ")}.`);
    return 0;
  },
};
