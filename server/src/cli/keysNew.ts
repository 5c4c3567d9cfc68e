import { masterKeySource } from "../platform/objects/masterKeySource.ts";
import { newMasterKeyLine } from "../platform/objects/sealing/masterKey.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Prints the line of a new master key, for MAGTRACE_MASTER_KEY or a key file that is kept elsewhere. With KMS_KEY the line says nothing without the key service; otherwise it is the key itself. Changes nothing.",
  options: dataDirOption,
  run: async (invocation) => {
    const { config } = configOf(invocation);
    invocation.print(await newMasterKeyLine(masterKeySource(config).kms));
    return 0;
  },
};
