import type { Invocation, Option } from "./command.ts";

export const supervisedOption: Record<string, Option> = {
  supervised: { help: "Used by `up`: waits for the address of the database from it." },
};

/**
 * The environment, completed with what the supervisor hands on through the channel once it knows. Ends the process
 * when the supervisor is gone before that.
 */
export async function withHanded(invocation: Invocation): Promise<Invocation> {
  if (!invocation.switches.has("supervised")) return invocation;
  const handed = await new Promise<Record<string, string>>((resolve) => {
    const leave = () => process.exit(0);
    if (!process.connected) leave();
    process.once("disconnect", leave);
    process.once("message", (message: { environment: Record<string, string> }) => {
      process.off("disconnect", leave);
      resolve(message.environment);
    });
  });
  return { ...invocation, environment: { ...invocation.environment, ...handed } };
}
