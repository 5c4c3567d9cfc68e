import { createLimiter, type Limiter, type LimitOptions } from "./limiter.ts";
import type { RedisLink } from "./redisLink.ts";

/** Where every part of the api gets its limiters from, so that all of them count in the same place. */
export interface Limiters {
  create(options: LimitOptions): Limiter;
}

export function createLimiters(redis: RedisLink | null): Limiters {
  return { create: (options) => createLimiter(options, redis) };
}
