import type { Config } from "../config.ts";
import { givenMasterKeys } from "../platform/objects/masterKeySource.ts";
import { openObjects } from "../platform/objects/openObjects.ts";
import { keyHolders, objectsByMasterKey } from "../platform/objects/rows/keyHolders.ts";
import { markedKeyIds } from "../platform/objects/sealing/keyMarks.ts";
import type { Keyring } from "../platform/objects/sealing/masterKey.ts";
import { withAccounts } from "../supervisor/withAccounts.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

/** As for any fault of the configuration. */
const KEY_IS_MISSING = 78;

export const command: Command = {
  help: "Lists the master keys by id, how many objects need each, and which running process has which. Shows no key. Ends with 78 where a key that is needed is missing.",
  options: dataDirOption,
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const keyring = await givenMasterKeys(config);
    return withAccounts(config, async (pool) => {
      const counts = await objectsByMasterKey(pool);
      const { lines, missing } = await linesOf(config, keyring, counts);
      invocation.print(`Master keys in ${keyring.lookedIn}:`);
      for (const line of lines) invocation.print(`  ${line}`);
      for (const { process, currentId, keyIds, fault } of await keyHolders(pool)) {
        const others = keyIds.filter((id) => id !== currentId);
        const also = others.length === 0 ? "" : `, opens with ${others.join(", ")} too`;
        invocation.print(`${process} seals with ${currentId}${also}${fault === null ? "" : `; ${fault}`}`);
      }
      return missing ? KEY_IS_MISSING : 0;
    });
  },
};

async function linesOf(
  config: Config,
  keyring: Keyring,
  counts: ReadonlyMap<string, number>,
): Promise<{ lines: string[]; missing: boolean }> {
  const marked = await markedKeyIds(await openObjects(config));
  const ids = [...keyring.byId.keys()];
  const lines = ids.map((id) => {
    const uses = [`${counts.get(id) ?? 0} objects`];
    if (id === keyring.current.id) uses.unshift("current");
    if (id === ids.at(-1)) uses.push("sessions and the seals of the audit follow from it");
    return `${id}: ${uses.join(", ")}`;
  });
  const needed = new Set([...counts.keys(), ...marked]);
  const missing = [...needed].filter((id) => !keyring.byId.has(id));
  for (const id of missing) {
    lines.push(`${id}: MISSING, needed by ${counts.get(id) ?? 0} objects. Restore it from your copy.`);
  }
  return { lines, missing: missing.length > 0 };
}
