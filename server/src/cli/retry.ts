import { AppError } from "../errors.ts";
import { withPlatform } from "../supervisor/withPlatform.ts";
import { type FailedKind, type FailedWork, failedWork, retryFailed } from "../system/failedWork.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";
import { printable } from "./printable.ts";

export const command: Command = {
  help: "Has files read, and projects imported, again that were kept when that failed through no fault of theirs: a full disk, a crash, a scanner that did not answer. Without an argument it lists them. The work is done by the workers, at once or when they run next.",
  optionalPositional: "DATASET",
  options: {
    ...dataDirOption,
    project: { value: "PROJECT", help: "The import of this project instead of a dataset." },
    upload: { value: "UPLOAD", help: "This resumable upload instead of a dataset." },
    all: { help: "Everything there is." },
  },
  run: async (invocation) => {
    const { values, switches, positionals, print } = invocation;
    const { config } = configOf(invocation);
    const wanted = choose(
      { dataset: positionals[0], project: values.project, upload: values.upload },
      switches.has("all"),
    );
    return withPlatform(config, async ({ deps, accountsPool }) => {
      await deps.queue.start();
      const found = await failedWork(accountsPool);
      if (wanted === null) {
        for (const work of found) print(`${nameOf(work)}: ${work.error}`);
        print(`${found.length} can be retried. Name one, or say --all.`);
        return 0;
      }
      const chosen = found.filter(wanted);
      if (chosen.length === 0 && !switches.has("all")) {
        throw new AppError("not_found", "Nothing of that number failed through a fault of ours and is kept.");
      }
      let begun = 0;
      for (const work of chosen) if (await retryFailed(deps, work)) begun++;
      print(`${begun} of ${found.length} are in the queue again.`);
      return 0;
    });
  },
};

type Choice = ((work: FailedWork) => boolean) | null;

/** Null: nothing is chosen. @throws AppError bad_request */
function choose(named: Readonly<Record<FailedKind, string | undefined>>, all: boolean): Choice {
  const given = (Object.keys(named) as FailedKind[]).filter((kind) => named[kind] !== undefined);
  if (given.length + Number(all) > 1) {
    throw new AppError("bad_request", "Name one dataset, one project or one upload, or say --all.");
  }
  if (all) return () => true;
  const [wanted] = given;
  if (wanted === undefined) return null;
  const id = Number(named[wanted]);
  if (!Number.isSafeInteger(id) || id < 1) {
    throw new AppError("bad_request", `"${named[wanted]}" is no number of one.`);
  }
  return (work) => work.kind === wanted && work.id === id;
}

function nameOf({ kind, id, name }: FailedWork): string {
  return `${kind} ${id} (${printable(name)})`;
}
