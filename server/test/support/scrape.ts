export interface Scraped {
  /** Of a series as Prometheus writes it, `name{label="value"}`; undefined where there is none. */
  value(series: string): number | undefined;
  /** All that a metric has, by its labels as they are written. */
  all(name: string): ReadonlyMap<string, number>;
  /** Names of metrics, as rules and dashboards use them, with their labels. */
  readonly families: ReadonlyMap<string, ReadonlySet<string>>;
  /** How many series there are. */
  readonly size: number;
}

const SUFFIXES = { histogram: ["_bucket", "_sum", "_count"], summary: ["", "_sum", "_count"] } as const;

/** What a process shows on its metrics port. */
export async function scrape(port: number): Promise<Scraped> {
  const response = await fetch(`http://127.0.0.1:${port}/metrics`);
  if (response.status !== 200) throw new Error(`/metrics answered ${response.status}`);
  return parseMetrics(await response.text());
}

function parseMetrics(text: string): Scraped {
  const values = new Map<string, number>();
  const byName = new Map<string, Map<string, number>>();
  const families = new Map<string, Set<string>>();
  for (const line of text.split("\n")) {
    const [, name, type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined) {
      for (const suffix of SUFFIXES[type as keyof typeof SUFFIXES] ?? [""])
        families.set(name + suffix, new Set());
    }
    const [, metric, labels = "", value] = /^([a-zA-Z_]\w*)(\{.*\})? (\S+)$/.exec(line) ?? [];
    if (metric === undefined) continue;
    values.set(metric + labels, Number(value));
    byName.getOrInsertComputed(metric, () => new Map()).set(labels, Number(value));
    for (const [, label] of labels.matchAll(/(\w+)="/g)) families.get(metric)?.add(label!);
  }
  return {
    value: (series) => values.get(series),
    all: (name) => byName.get(name) ?? new Map(),
    families,
    size: values.size,
  };
}
