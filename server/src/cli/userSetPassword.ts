import { setPassword } from "../accounts/administration/users.ts";
import { withAccounts } from "../supervisor/withAccounts.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";
import { readPassword } from "./readPassword.ts";

export const command: Command = {
  help: "Gives an account a new password, asked for or read from the first line of standard input. Its sessions end.",
  options: dataDirOption,
  positionals: ["EMAIL"],
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const [email = ""] = invocation.positionals;
    const password = await readPassword();
    await withAccounts(config, (pool) => setPassword(pool, email, password));
    invocation.print(`The account ${email} has a new password.`);
    return 0;
  },
};
