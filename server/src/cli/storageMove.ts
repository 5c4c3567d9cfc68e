import { AppError } from "../errors.ts";
import { parsePlace } from "../platform/objects/objectPlace.ts";
import { openPlace } from "../platform/objects/openObjects.ts";
import { deleteMoved, moveObjects } from "../platform/objects/places/moveObjects.ts";
import type { Place } from "../platform/objects/places/placedObjects.ts";
import { databaseMoveRecord } from "../platform/objects/places/queries.ts";
import { databaseRows } from "../platform/objects/rows/queries.ts";
import { withAccounts } from "../supervisor/withAccounts.ts";
import type { Command } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

export const command: Command = {
  help: "Moves all objects to another place, beside a running installation. Every process must have been started with both places in MAGTRACE_OBJECTS before. Each copy is read back and compared by its hash; the originals stay until --delete-source. Can be interrupted and run again. Ends with 75 while something that began to be written before may still arrive at the old place: run it again then.",
  options: {
    ...dataDirOption,
    to: { value: "PLACE", required: true, help: "One of MAGTRACE_OBJECTS: folder, a folder's path, s3://…" },
    "delete-source": { help: "Deletes at the old places what was found right in the new one." },
  },
  run: async (invocation) => {
    const { values, switches, print } = invocation;
    const { config } = configOf(invocation);
    const wanted = parsePlace(values.to ?? "");
    const names = config.MAGTRACE_OBJECTS.map(({ name }) => name);
    if (wanted === null || !names.includes(wanted.name) || names.length < 2) {
      throw new AppError(
        "invalid_config",
        `MAGTRACE_OBJECTS must name both places, and every process be started with it, before objects move. It names ${names.join(", ")}.`,
      );
    }
    const places: Place[] = [];
    for (const place of config.MAGTRACE_OBJECTS) {
      places.push({ name: place.name, store: await openPlace(config, place) });
    }
    const target = places.find(({ name }) => name === wanted.name)!;
    const sources = places.filter((place) => place !== target);
    return withAccounts(config, async (pool) => {
      const record = databaseMoveRecord(pool);
      const onProgress = ({ objects, bytes }: { objects: number; bytes: number }) =>
        print(`${objects} objects, ${Math.round(bytes / 1e6)} MB`);
      const move = { sources, target, record, rows: databaseRows(pool), onProgress };
      const { objects, bytes } = await moveObjects(move);
      print(`Copied ${objects} objects, ${Math.round(bytes / 1e6)} MB, to ${target.name}, each read back.`);
      const unfinished = await record.countUnfinished();
      if (switches.has("delete-source")) {
        print(`Deleted ${await deleteMoved(move)} objects at ${sources.map(({ name }) => name).join(", ")}.`);
      }
      if (unfinished > 0) {
        print(
          `${unfinished} objects began to be written before the move and may still arrive. Run this again.`,
        );
        return 75;
      }
      print(`Everything is at ${target.name}. Once the others are empty, set MAGTRACE_OBJECTS to it alone.`);
      return 0;
    });
  },
};
