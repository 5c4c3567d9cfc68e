import { bucketRules, checkRule, type RuleState } from "../platform/objects/s3/bucketRules.ts";
import { provesNoOverwrite } from "../platform/objects/s3/provesNoOverwrite.ts";
import type { S3Calls } from "../platform/objects/s3/s3Calls.ts";
import { bucketOf } from "./bucketOf.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Checks the bucket that objects lie in: that nothing is overwritten, versioning, lifecycle, private access, access logging, replication. Writes and deletes one small object. Ends with 1 where something is missing or cannot be found out.",
  options: dataDirOption,
  run: async (invocation) => {
    const calls = await bucketOf(configOf(invocation).config);
    return printStates(await statesOf(calls), invocation.print);
  },
};

export async function statesOf(calls: S3Calls): Promise<RuleState[]> {
  const states: RuleState[] = [await provesNoOverwrite(calls)];
  for (const rule of bucketRules) states.push(await checkRule(calls, rule));
  return states;
}

const heads = { ok: "ok     ", missing: "MISSING", unknown: "UNKNOWN" } as const;

/** @returns The exit status. */
export function printStates(states: readonly RuleState[], print: (line: string) => void): number {
  for (const { rule, state, words } of states) print(`${heads[state]}  ${rule}: ${words}`);
  return states.every(({ state }) => state === "ok") ? 0 : 1;
}
