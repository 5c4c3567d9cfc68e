import { AppError } from "../errors.ts";
import { bucketRules, checkRule, endUnfinishedUploads } from "../platform/objects/s3/bucketRules.ts";
import { failureOf, s3Code } from "../platform/objects/s3/s3Failure.ts";
import { bucketOf } from "./bucketOf.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";
import { printStates, statesOf } from "./storageCheck.ts";

const KEEP_DAYS = 30;

export const command: Command = {
  help: "Sets up the bucket that objects lie in: versioning, a lifecycle for old versions and unfinished uploads, private access, access logging. Changes only what is missing, keeps other lifecycle rules, ends uploads that were left unfinished for two days, and prints what it could not set. The access key needs the right to change the bucket; give such a key to this command alone. Ends with 1 where something is still missing.",
  options: {
    ...dataDirOption,
    "keep-days": {
      value: "NUMBER",
      help: `Days that deleted objects can be brought back; else ${KEEP_DAYS}.`,
    },
    "log-bucket": { value: "BUCKET", help: "Bucket of the same provider that access logs are written to." },
  },
  run: async (invocation) => {
    const { values, print } = invocation;
    const keepDays = Number(values["keep-days"] ?? KEEP_DAYS);
    if (!Number.isInteger(keepDays) || keepDays < 1 || keepDays > 36_500) {
      throw new AppError("bad_request", "--keep-days must be a whole number of days, at least 1.");
    }
    const calls = await bucketOf(configOf(invocation).config);
    for (const rule of bucketRules) {
      const { state } = await checkRule(calls, rule);
      const isAsked = rule.name === "lifecycle" && values["keep-days"] !== undefined;
      if (rule.apply === undefined || (state === "ok" && !isAsked)) continue;
      if (rule.name === "access logging" && values["log-bucket"] === undefined) continue;
      try {
        await rule.apply(calls, { keepDays, logBucket: values["log-bucket"] });
        print(`set      ${rule.name}`);
      } catch (error) {
        if (failureOf(error) === "temporary") throw error;
        print(`NOT SET  ${rule.name}: the store refused (${s3Code(error)}).`);
      }
    }
    const ended = await endUnfinishedUploads(calls, Date.now());
    if (ended > 0) print(`Ended ${ended} uploads that were left unfinished.`);
    return printStates(await statesOf(calls), print);
  },
};
