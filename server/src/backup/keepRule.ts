export interface KeepRule {
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

export const usualRule: KeepRule = { daily: 7, weekly: 4, monthly: 6 };

const DAY_MS = 86_400_000;

/**
 * Which backups stay: the newest of each of the last days, weeks (from Monday) and months that have any, in UTC. The
 * newest of all always stays.
 */
export function keptOf<T extends { readonly startedAt: Date }>(
  backups: readonly T[],
  rule: KeepRule,
): Set<T> {
  const newestFirst = backups.toSorted((a, b) => b.startedAt.getTime() - a.startedAt.getTime());
  const kept = new Set(newestFirst.slice(0, 1));
  const keep = (count: number, periodOf: (time: Date) => string | number) => {
    const seen = new Set<string | number>();
    for (const backup of newestFirst) {
      const period = periodOf(backup.startedAt);
      if (seen.has(period)) continue;
      if (seen.size === count) return;
      seen.add(period);
      kept.add(backup);
    }
  };
  const dayOf = (time: Date) => Math.floor(time.getTime() / DAY_MS);
  keep(rule.daily, dayOf);
  // Day 0 was a Thursday.
  keep(rule.weekly, (time) => Math.floor((dayOf(time) + 3) / 7));
  keep(rule.monthly, (time) => time.toISOString().slice(0, 7));
  return kept;
}
