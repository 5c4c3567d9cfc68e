import type { Command } from "./command.ts";
import { findings } from "./doctorFindings.ts";
import { dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Checks the configuration, the data folder, the master key, the database and the objects. Changes nothing.",
  options: dataDirOption,
  run: async ({ values, environment, print }) => {
    const dataDir = values["data-dir"];
    const merged = dataDir === undefined ? environment : { ...environment, MAGTRACE_DATA_DIR: dataDir };
    let failed = false;
    for await (const { what, fault } of findings(merged)) {
      print(fault === undefined ? `ok    ${what}` : `FAIL  ${what}: ${fault}`);
      failed ||= fault !== undefined;
    }
    return failed ? 1 : 0;
  },
};
