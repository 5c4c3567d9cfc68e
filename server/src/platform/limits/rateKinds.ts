import type { InstallationRole } from "@magtrace/contracts";

export const rateKinds = ["sign_in", "read", "write", "upload", "training"] as const;
/** What a request costs us, or an attacker: each kind is counted by itself. */
export type RateKind = (typeof rateKinds)[number];
export type RateRole = InstallationRole | "anonymous";

/** How many times the configured number a role may ask per minute. The only such table. */
export const roleFactors: Record<RateRole, Record<RateKind, number>> = {
  admin: { sign_in: 1, read: 2, write: 2, upload: 2, training: 2 },
  user: { sign_in: 1, read: 1, write: 1, upload: 1, training: 1 },
  read_only: { sign_in: 1, read: 1, write: 0.25, upload: 0.25, training: 0.25 },
  // By address: several people may stand behind one, and what needs an account is refused anyway.
  anonymous: { sign_in: 4, read: 0.5, write: 0.25, upload: 0.25, training: 0.25 },
};

/** How many times the configured number all who share an address may ask together. */
export const addressFactor = 4;

interface Declared {
  readonly method: string;
  /** Null for what anybody may call. */
  readonly scope: string | null;
  readonly limit?: RateKind | "none" | undefined;
}

/** The kind a route is counted as: what it declares, else what its method and the scope of its permission say. */
export function rateKindOf({ method, scope, limit }: Declared): RateKind | null {
  if (limit !== undefined) return limit === "none" ? null : limit;
  if (method === "GET" || method === "HEAD") return "read";
  // What anybody may change is how they get in.
  if (scope === null) return "sign_in";
  return method === "POST" && scope === "train" ? "training" : "write";
}
