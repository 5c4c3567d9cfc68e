import type { Config } from "../config.ts";
import { addressFactor, rateKinds } from "../platform/limits/rateKinds.ts";
import { indented } from "./errorPages.ts";

type Rates = Pick<
  Config,
  "RATE_LIMIT_SIGN_IN" | "RATE_LIMIT_READ" | "RATE_LIMIT_WRITE" | "RATE_LIMIT_UPLOAD" | "RATE_LIMIT_TRAINING"
>;

/** Under way at once from one address, as the api allows. */
const CONNECTIONS = 256;

export interface RateLimits {
  /** Beside the servers. */
  readonly zones: string[];
  /** In a server: what applies to every request. */
  readonly usual: string[];
  /** In a location where people sign in. */
  readonly signIn: string[];
}

/**
 * Keeps floods from the api, which counts by user and kind and refuses with more words: an address may send twice as
 * much as the api lets all its users send together. Addresses of IPv6 count by their first 64 bits.
 */
export function rateLimits(config: Rates): RateLimits {
  const perKind = rateKinds.map(
    (kind) => config[`RATE_LIMIT_${kind.toUpperCase() as Uppercase<typeof kind>}`],
  );
  const isUnlimited = perKind.includes(0);
  const perMinute = 2 * addressFactor * perKind.reduce((sum, each) => sum + each, 0);
  const signInPerMinute = 2 * addressFactor * config.RATE_LIMIT_SIGN_IN;
  const usual = [
    ...(isUnlimited ? [] : [`limit_req zone=magtrace_requests burst=${Math.ceil(perMinute / 30)} nodelay;`]),
    `limit_conn magtrace_connections ${CONNECTIONS};`,
  ];
  return {
    zones: [
      "map $remote_addr $magtrace_client {",
      indented("default $remote_addr;"),
      indented('"~^(([0-9a-f]+:){4})" $1;'),
      indented('"~^(([0-9a-f]+:){1,3}):([0-9a-f]+(:[0-9a-f]+){0,3})?$" $1;'),
      "}",
      "map $request_method $magtrace_sign_in {",
      indented('default "";'),
      indented("POST $magtrace_client;"),
      "}",
      ...(isUnlimited
        ? []
        : [`limit_req_zone $magtrace_client zone=magtrace_requests:10m rate=${rate(perMinute)};`]),
      ...(signInPerMinute === 0
        ? []
        : [`limit_req_zone $magtrace_sign_in zone=magtrace_sign_in:10m rate=${rate(signInPerMinute)};`]),
      "limit_conn_zone $magtrace_client zone=magtrace_connections:10m;",
    ],
    usual,
    signIn: [
      ...usual,
      ...(signInPerMinute === 0 ? [] : [`limit_req zone=magtrace_sign_in burst=${signInPerMinute} nodelay;`]),
    ],
  };
}

/** nginx counts whole requests a second or minute. */
function rate(perMinute: number): string {
  return perMinute >= 600 ? `${Math.ceil(perMinute / 60)}r/s` : `${perMinute}r/m`;
}
