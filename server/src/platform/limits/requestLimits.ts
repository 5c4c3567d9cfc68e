import type { Limiters } from "./createLimiters.ts";
import type { Limiter, Verdict } from "./limiter.ts";
import { addressFactor, type RateKind, type RateRole, rateKinds, roleFactors } from "./rateKinds.ts";

/** Allowed per minute and user, by kind; 0 does not limit. */
export type PerMinute = Readonly<Record<RateKind, number>>;

export interface Counted extends Verdict {
  readonly limit: number;
}

/** The limits on requests of one installation. Null says that this is not limited. */
export interface RequestLimits {
  /** Counts a request of anybody at this address, or in this network of one customer. */
  ofAddress(kind: RateKind, address: string): Promise<Counted | null>;
  /** Counts a request of a user, or for `anonymous` of an address without a credential. */
  ofCaller(kind: RateKind, role: RateRole, key: string): Promise<Counted | null>;
  /** Counts a credential that is not good. */
  ofBadCredential(address: string): Promise<Counted | null>;
}

const WINDOW_SECONDS = 60;

export function createRequestLimits(limiters: Limiters, perMinute: PerMinute): RequestLimits {
  const limiter = (name: string, limit: number): Limiter | null =>
    limit === 0
      ? null
      : limiters.create({ name, limit: Math.max(1, Math.floor(limit)), windowSeconds: WINDOW_SECONDS });
  const byAddress = new Map(
    rateKinds.map((kind) => [kind, limiter(`address:${kind}`, perMinute[kind] * addressFactor)]),
  );
  const byRole = new Map(
    Object.entries(roleFactors).flatMap(([role, factors]) =>
      rateKinds.map((kind) => [
        `${role}:${kind}`,
        limiter(`${role}:${kind}`, perMinute[kind] * factors[kind]),
      ]),
    ),
  );
  const badCredentials = limiter("bad_credentials", perMinute.sign_in * addressFactor);

  return {
    ofAddress: (kind, address) => count(byAddress.get(kind), address),
    ofCaller: (kind, role, key) => count(byRole.get(`${role}:${kind}`), key),
    ofBadCredential: (address) => count(badCredentials, address),
  };
}

async function count(limiter: Limiter | null | undefined, key: string): Promise<Counted | null> {
  if (!limiter) return null;
  return { limit: limiter.limit, ...(await limiter.consume(key)) };
}
