import { chainReader } from "../audit/chainQueries.ts";
import { verifyChain } from "../audit/verifyChain.ts";
import { AppError } from "../errors.ts";
import { installationSecret } from "../platform/installationSecret.ts";
import { givenMasterKeys } from "../platform/objects/masterKeySource.ts";
import { withAccounts } from "../supervisor/withAccounts.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Recomputes every organisation's audit chain from its entries, and checks it against the anchors sealed with the master key. Prints a line for each, and exits with 1 when anything was altered, removed, moved or put in.",
  options: {
    organization: { value: "ID", help: "Only this one; 0 is the installation's own chain." },
    expect: {
      value: "POSITION:HASH",
      help: "With --organization: an end noted earlier, which must still stand in the chain.",
    },
    ...dataDirOption,
  },
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const { organization, expect } = invocation.values;
    const keyring = await givenMasterKeys(config);
    const secret = installationSecret(keyring, "audit");
    return withAccounts(config, async (pool) => {
      const reader = chainReader(pool);
      const chosen = organization === undefined ? await reader.organizations() : [wholeNumber(organization)];
      const expected = expect === undefined ? null : parseEnd(expect);
      let intact = true;
      for (const id of chosen) {
        const verdict = await verifyChain(reader, id, secret);
        const name = id === 0 ? "installation" : `organisation ${id}`;
        invocation.print(
          `${verdict.intact ? "ok  " : "FAIL"}  ${name}: ${verdict.entries} entries, anchored to ${verdict.anchored}, end ${verdict.entries}:${verdict.head ?? "-"}`,
        );
        for (const { position, fault } of verdict.faults) invocation.print(`      ${position}: ${fault}`);
        intact &&= verdict.intact;
        if (expected) {
          const [entry] = await reader.entriesAfter(id, expected.position - 1);
          const stands =
            entry?.position === expected.position && entry.hash.toString("hex") === expected.hash;
          invocation.print(
            stands ? `ok    ${expect} stands` : `FAIL  ${expect} does not stand in this chain`,
          );
          intact &&= stands;
        }
      }
      return intact ? 0 : 1;
    });
  },
};

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new AppError("bad_request", "--organization must be an id, or 0.");
  return Number(text);
}

function parseEnd(text: string): { position: number; hash: string } {
  const [, position, hash] = /^(\d{1,15}):([0-9a-f]{64})$/.exec(text) ?? [];
  if (!position || !hash)
    throw new AppError("bad_request", "--expect must be an end as this command prints it.");
  return { position: Number(position), hash };
}
