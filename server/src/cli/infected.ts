import { createWriteStream } from "node:fs";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AppError } from "../errors.ts";
import { openPlatform } from "../platform/openPlatform.ts";
import { withOwnerUrl } from "../supervisor/withOwnerUrl.ts";
import { type InfectedFileRecord, infectedFile, infectedFiles } from "../system/infectedFiles.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

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
    return withOwnerUrl(config, async (ownerUrl) => {
      const platform = await openPlatform(
        { ...config, DATABASE_URL: ownerUrl, LOG_LEVEL: "fatal" },
        "command",
      );
      try {
        if (number === undefined) {
          for (const file of await infectedFiles(platform.accountsPool)) print(lineOf(file));
          return 0;
        }
        const id = Number(number);
        const found = Number.isSafeInteger(id) ? await infectedFile(platform.accountsPool, id) : undefined;
        if (!found?.sampleKey) throw new AppError("not_found", `There is no sample of number ${number}.`);
        const reader = await platform.deps.objects.open(found.sampleKey);
        try {
          const target = createWriteStream(values.to!, { flags: "wx", mode: 0o600 });
          await pipeline(Readable.from(reader.stream()), target);
        } catch (cause) {
          if (cause instanceof AppError) throw cause;
          throw new AppError(
            "cannot_write",
            `The file ${values.to} cannot be written, or is there already.`,
            {
              cause,
            },
          );
        } finally {
          await reader.close();
        }
        print(`Wrote ${found.bytes} bytes in which ${found.found} was found to ${values.to}.`);
        return 0;
      } finally {
        await platform.close();
      }
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
  const name = JSON.stringify(fileName.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, " "));
  const sample = sampleKey === null ? "no sample" : "sample kept";
  return `${id}  ${foundAt.toISOString()}  organisation ${organizationId}  user ${uploadedBy ?? "-"}  ${found}  ${name}  ${sha256}  ${sample}`;
}
