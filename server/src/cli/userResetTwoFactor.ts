import { resetTwoFactor } from "../accounts/administration/users.ts";
import { withAccounts } from "../supervisor/withAccounts.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Takes the second factor off an account whose owner has lost both it and the recovery codes, and ends its sessions. Make sure first that it is them who ask.",
  options: { ...dataDirOption },
  positionals: ["EMAIL"],
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const [email = ""] = invocation.positionals;
    await withAccounts(config, (pool) => resetTwoFactor(pool, email));
    invocation.print(
      `The account ${email} signs in with its password alone until it sets a second factor up again.`,
    );
    return 0;
  },
};
