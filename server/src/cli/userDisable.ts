import { setUserDisabled } from "../accounts/administration/users.ts";
import { withAccounts } from "../supervisor/withAccounts.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Locks an account: its sessions end now and its tokens are refused. Nothing it made is deleted.",
  options: { enable: { help: "Unlocks it instead." }, ...dataDirOption },
  positionals: ["EMAIL"],
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const [email = ""] = invocation.positionals;
    const disabled = !invocation.switches.has("enable");
    await withAccounts(config, (pool) => setUserDisabled(pool, email, disabled));
    invocation.print(`${disabled ? "Locked" : "Unlocked"} the account ${email}.`);
    return 0;
  },
};
