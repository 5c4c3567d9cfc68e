import type { Asker } from "./askers.ts";
import type { Tenant } from "./tenants.ts";
import type { AskerName, Policy, Verdict } from "./verdicts.ts";

/** What a call carries. Path parameters that are left out follow from the path. */
export interface Sample {
  readonly params?: Readonly<Record<string, number | string>>;
  readonly query?: Readonly<Record<string, number | string>>;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly bytes?: string;
  readonly form?: { readonly fields: Readonly<Record<string, string>>; readonly file: string };
}

/** The call, made of the first tenant's rows. */
export type MakeSample = (tenant: Tenant, asker: Asker) => Sample;

export interface Expectation {
  readonly policy: Policy;
  readonly samples: readonly MakeSample[];
  /** What is answered to whom it is allowed, where that is no 2xx. */
  readonly success?: number;
  /** Who is told something else than the others of the policy, and why is said beside it. */
  readonly but?: Partial<Record<AskerName, Verdict>>;
  /** It is a row of the project owner's own account: for others, who may do it with their own, it does not exist. */
  readonly ownersAlone?: boolean;
  /** The organisation's name is told to whoever asks, who holds something secret of it. */
  readonly tells?: boolean;
}

/** By method and path. */
export type Declared = Readonly<Record<string, Expectation | readonly Expectation[]>>;

interface Details extends Omit<Expectation, "policy" | "samples"> {
  /** Further calls of the same route that the same must hold for. */
  readonly also?: readonly MakeSample[];
}

export function may(
  policy: Policy,
  sample: MakeSample = () => ({}),
  { also = [], ...rest }: Details = {},
): Expectation {
  return { policy, samples: [sample, ...also], ...rest };
}

export const body =
  (make: (ids: Tenant["ids"]) => unknown): MakeSample =>
  ({ ids }) => ({ body: make(ids) });

export const query =
  (make: (ids: Tenant["ids"]) => Sample["query"] & object): MakeSample =>
  ({ ids }) => ({ query: make(ids) });

/** The membership of whoever asks; of the tenant's user where nobody is signed in. */
export const ownMembership: MakeSample = ({ ids }, { person }) => ({
  params: { user: person?.id ?? ids.user },
});

/** Of everybody whom the tests' installation knows. */
export const PASSWORD = "correct horse battery";
