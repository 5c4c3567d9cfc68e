import { createUser } from "../accounts/administration/users.ts";
import { withAccounts } from "../supervisor/withAccounts.ts";
import { choiceOf } from "./choiceOf.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";
import { readPassword } from "./readPassword.ts";

const roles = ["admin", "user", "read_only"] as const;
const organizationRoles = ["owner", "admin", "member"] as const;

export const command: Command = {
  help: "Makes an account. The password is asked for, or read from the first line of standard input.",
  options: {
    email: { value: "EMAIL", required: true, help: "Address the account signs in with." },
    name: { value: "NAME", help: "Name that others see; the address up to the @ when left out." },
    role: { value: "ROLE", help: "admin, user (the usual) or read_only." },
    organization: {
      value: "NAME",
      help: "Organisation to join, made when missing; the first one when left out.",
    },
    "organization-role": { value: "ROLE", help: "owner, admin or member (the usual) there." },
    ...dataDirOption,
  },
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const { values } = invocation;
    const email = values.email ?? "";
    const request = {
      email,
      name: values.name ?? (email.split("@")[0] || email),
      role: choiceOf("role", roles, values.role ?? "user"),
      organization: values.organization ?? null,
      organizationRole: choiceOf(
        "organization-role",
        organizationRoles,
        values["organization-role"] ?? "member",
      ),
    };
    const password = await readPassword();
    await withAccounts(config, (pool) => createUser(pool, { ...request, password }));
    invocation.print(`Made the account ${email}.`);
    return 0;
  },
};
