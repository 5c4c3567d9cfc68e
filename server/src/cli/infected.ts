import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { AppError } from "../errors.ts";
import { streamOf } from "../platform/objects/streamOf.ts";
import { withPlatform } from "../supervisor/withPlatform.ts";
import { type InfectedFileRecord, infectedFile, infectedFiles } from "../system/infectedFiles.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";
import { printable } from "./printable.ts";

export const command: Command = {
  help: "Lists the files that were refused because the virus scanner found something in them. With a number and --to it writes the sample of one, where INFECTED_FILES keeps samples, as it was uploaded: it is malware, handle it as such.",
  optionalPositional: "NUMBER",
  options: {
    ...dataDirOption,
    to: { value: "FILE", help: "Where the sample is written; a file that exists is not overwritten." },
  },
  run: async (invocation) => {
    const { values, positionals, print } = invocation;
    const { config } = configOf(invocation);
    const [number] = positionals;
    if ((number === undefined) !== (values.to === undefined)) {
      throw new AppError("bad_request", "Give the number of one of the list together with --to FILE.");
    }
    return withPlatform(config, async ({ deps, accountsPool }) => {
      if (number === undefined) {
        for (const file of await infectedFiles(accountsPool)) print(lineOf(file));
        return 0;
      }
      const id = Number(number);
      const found = Number.isSafeInteger(id) ? await infectedFile(accountsPool, id) : undefined;
      if (!found?.sampleKey) throw new AppError("not_found", `There is no sample of number ${number}.`);
      try {
        const target = createWriteStream(values.to!, { flags: "wx", mode: 0o600 });
        await pipeline(streamOf(deps.objects, found.sampleKey), target);
      } catch (cause) {
        if (cause instanceof AppError) throw cause;
        const message = `The file ${values.to} cannot be written, or is there already.`;
        throw new AppError("cannot_write", message, { cause });
      }
      print(`Wrote ${found.bytes} bytes in which ${found.found} was found to ${values.to}.`);
      return 0;
    });
  },
};

/** Names are chosen by whoever uploads. */
function lineOf({
  id,
  foundAt,
  organizationId,
  uploadedBy,
  found,
  fileName,
  sha256,
  sampleKey,
}: InfectedFileRecord): string {
  const name = JSON.stringify(printable(fileName));
  const sample = sampleKey === null ? "no sample" : "sample kept";
  return `${id}  ${foundAt.toISOString()}  organisation ${organizationId}  user ${uploadedBy ?? "-"}  ${found}  ${name}  ${sha256}  ${sample}`;
}
