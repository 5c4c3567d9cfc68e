import type pg from "pg";
import type { Config } from "../../../config.ts";
import { AppError } from "../../../errors.ts";
import { connectTo } from "../../database/pool.ts";
import { currentPlace } from "./queries.ts";

/**
 * After a move, the configuration of before would write to the old place and find nothing there.
 * @throws AppError invalid_config; dependency_unavailable.
 */
export async function requireKnownPlace(pool: pg.Pool, config: Config): Promise<void> {
  const client = await connectTo(pool);
  const name = await currentPlace(client).finally(() => client.release());
  if (name === null || config.MAGTRACE_OBJECTS.some((place) => place.name === name)) return;
  throw new AppError("invalid_config", `Objects were moved to ${name}. Name it in MAGTRACE_OBJECTS.`);
}
