import type { Config } from "../config.ts";
import { openPlatform, type Platform } from "../platform/openPlatform.ts";
import { bringForward } from "./withAccounts.ts";
import { withOwnerUrl } from "./withOwnerUrl.ts";

/** Lends a command all that a worker has, beside a running installation or without one. Nothing of it is logged. */
export async function withPlatform<T>(config: Config, work: (platform: Platform) => Promise<T>): Promise<T> {
  return withOwnerUrl(config, async (ownerUrl) => {
    await bringForward(config, ownerUrl);
    const quiet: Config = { ...config, DATABASE_URL: ownerUrl, LOG_LEVEL: "fatal" };
    const platform = await openPlatform(quiet, "command");
    try {
      return await work(platform);
    } finally {
      await platform.close();
    }
  });
}
