import { createHash } from "node:crypto";
import { RateLimiterRedis, RateLimiterRes } from "rate-limiter-flexible";
import { MemoryLimiter } from "./memoryLimiter.ts";
import type { RedisLink } from "./redisLink.ts";

/** What a limiter says of a key. */
export interface Verdict {
  readonly allowed: boolean;
  /** Counted in this window, refused ones too. */
  readonly used: number;
  /** Left in this window, at least 0. */
  readonly remaining: number;
  /** Until the window ends and the count starts anew; 0 where nothing has been counted. */
  readonly resetMs: number;
  /** When to try again; 0 where it is allowed now. */
  readonly retryAfterMs: number;
}

/** Counts by key in fixed windows. A window starts with the first thing counted. */
export interface Limiter {
  readonly limit: number;
  /** Counts, and says whether what was counted is still within the limit. */
  consume(key: string, points?: number): Promise<Verdict>;
  /** Whether one more would be allowed. Counts nothing. */
  peek(key: string): Promise<Verdict>;
  /** Refuses everything of this key for that long, rounded up to whole seconds; the window is then over, too. */
  block(key: string, ms: number): Promise<void>;
  /** Forgets what was counted, and a block. */
  reset(key: string): Promise<void>;
}

export interface LimitOptions {
  /** Tells this limiter's counts from others'. Two limiters of one name count together. */
  readonly name: string;
  /** Allowed per window and key. */
  readonly limit: number;
  readonly windowSeconds: number;
}

/** A limiter whose counts live in this process, or in Redis; without Redis for a while, here. */
export function createLimiter(options: LimitOptions, redis: RedisLink | null = null): Limiter {
  const { name, limit, windowSeconds } = options;
  const shape = { keyPrefix: `magtrace:limit:${name}`, points: limit, duration: windowSeconds };
  const memory = new MemoryLimiter(shape);
  const store = redis && new RateLimiterRedis({ ...shape, storeClient: redis.client });

  async function run<T>(action: (of: MemoryLimiter | RateLimiterRedis) => Promise<T>): Promise<T> {
    if (!store || !redis.usable()) return action(memory);
    try {
      return await action(store);
    } catch (error) {
      // A refusal is thrown, too; anything else is Redis failing, which must not fail a request.
      if (error instanceof RateLimiterRes) throw error;
      redis.failed(error);
      return action(memory);
    }
  }

  return {
    limit,
    async consume(key, points = 1) {
      const id = keyOf(key);
      const counted = await run((of) => of.consume(id, points)).catch(asRefusal);
      return verdict(counted, { limit, allowed: counted.consumedPoints <= limit });
    },
    async peek(key) {
      const counted = await run((of) => of.get(keyOf(key)));
      return verdict(counted, { limit, allowed: (counted?.consumedPoints ?? 0) < limit });
    },
    async block(key, ms) {
      await run((of) => of.block(keyOf(key), Math.max(1, Math.ceil(ms / 1000))));
    },
    async reset(key) {
      await run((of) => of.delete(keyOf(key)));
    },
  };
}

function asRefusal(error: unknown): RateLimiterRes {
  if (error instanceof RateLimiterRes) return error;
  throw error;
}

function verdict(
  counted: RateLimiterRes | null,
  { limit, allowed }: { limit: number; allowed: boolean },
): Verdict {
  const used = counted?.consumedPoints ?? 0;
  const resetMs = Math.max(0, counted?.msBeforeNext ?? 0);
  return {
    allowed,
    used,
    remaining: Math.max(0, limit - used),
    resetMs,
    retryAfterMs: allowed ? 0 : resetMs,
  };
}

/** Of one length, whatever is sent; and nobody reads addresses of people in Redis. */
function keyOf(key: string): string {
  return createHash("sha256").update(key).digest("base64url").slice(0, 27);
}
