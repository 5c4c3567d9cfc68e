import { percentile } from "./percentile.ts";
import { type Reference, startReferenceCaller } from "./referenceCaller.ts";
import type { GeneratedRequest } from "./requestArbitrary.ts";

/** Traffic beside which the reference call is timed. */
export interface Traffic {
  /** Answers once the request has been answered. */
  readonly send: (request: GeneratedRequest) => Promise<void>;
  readonly next: () => GeneratedRequest;
}

/** A load, until its end is asked for. Resolves to how many requests it came to. */
type Load = () => { end(): Promise<number> };

export interface Measured {
  /** How long the reference call took at p99, ms, once a turn. */
  readonly p99Ms: readonly number[];
  readonly requests: number;
}

const REFERENCE_CALLS = 100;
const TURNS = 5;

export const alone: Load = () => ({ end: async () => 0 });

/** So many connections, each of which sends the next request when its last one has been answered. */
export function saturating({ send, next }: Traffic, connections: number): Load {
  return () => {
    let sent = 0;
    let isOver = false;
    const work = async () => {
      for (; !isOver; sent++) await send(next());
    };
    const all = Promise.all(Array.from({ length: connections }, work));
    return {
      async end() {
        isOver = true;
        await all;
        return sent;
      },
    };
  };
}

/** So many requests a second, whether or not the ones before have been answered. */
export function steady({ send, next }: Traffic, perSecond: number): Load {
  return () => {
    const sent: Promise<void>[] = [];
    const timer = setInterval(() => sent.push(send(next())), 1000 / perSecond);
    return {
      async end() {
        clearInterval(timer);
        await Promise.all(sent);
        return sent.length;
      },
    };
  };
}

/** Times the reference call beside each load, all of them in each turn: what else the machine does meets all alike. */
export async function measureLoads<Name extends string>(
  reference: Reference,
  loads: Readonly<Record<Name, Load>>,
  turns = TURNS,
): Promise<Record<Name, Measured>> {
  const names = Object.keys(loads) as Name[];
  const p99Ms = new Map<Name, number[]>(names.map((name) => [name, []]));
  const requests = new Map<Name, number>();
  for (let turn = 0; turn < turns; turn++) {
    for (const name of names) {
      const load = loads[name]();
      const times = await startReferenceCaller(reference).afterCalls(REFERENCE_CALLS);
      requests.set(name, (requests.get(name) ?? 0) + (await load.end()));
      p99Ms.get(name)!.push(percentile(times, 0.99));
    }
  }
  const measured = (name: Name): Measured => ({ p99Ms: p99Ms.get(name)!, requests: requests.get(name)! });
  return Object.fromEntries(names.map((name) => [name, measured(name)])) as unknown as Record<Name, Measured>;
}

/** Of the turns: one in which the machine was busy with something else does not count. */
export function medianMs({ p99Ms }: Measured): number {
  return percentile(
    p99Ms.toSorted((a, b) => a - b),
    0.5,
  );
}
