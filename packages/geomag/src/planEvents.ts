/** What disturbs a simulated survey, named as MagTrace's default categories are. */
export type EventCategory = "Motor" | "Fan noise" | "Anomaly" | "Electrical";

export interface PlannedEvent {
  readonly category: EventCategory;
  readonly startSeconds: number;
  readonly durationSeconds: number;
}

const categories: readonly EventCategory[] = ["Motor", "Fan noise", "Anomaly", "Electrical"];

/** Shortest and longest, s. A dipole pass lasts as long as its geometry makes it; this is the room it is given. */
const durations: Readonly<Record<EventCategory, readonly [number, number]>> = {
  Motor: [4, 25],
  "Fan noise": [8, 50],
  Anomaly: [8, 8],
  Electrical: [4, 20],
};
const shortestGapSeconds = 6;
const longestGapSeconds = 18;

/**
 * Fills a survey with events that do not overlap, in random order, each category equally often (to within one).
 * Cost O(events).
 */
export function planEvents(random: () => number, durationSeconds: number): PlannedEvent[] {
  const between = (least: number, most: number) => least + (most - least) * random();
  const events: PlannedEvent[] = [];
  let bag: EventCategory[] = [];
  let at = between(shortestGapSeconds, longestGapSeconds);
  for (;;) {
    if (bag.length === 0) bag = shuffled(categories, random);
    const category = bag.pop();
    if (category === undefined) return events;
    const [least, most] = durations[category];
    const duration = between(least, most);
    if (at + duration + shortestGapSeconds > durationSeconds) return events;
    events.push({ category, startSeconds: at, durationSeconds: duration });
    at += duration + between(shortestGapSeconds, longestGapSeconds);
  }
}

/** Source: Fisher–Yates as in Knuth, The Art of Computer Programming 2, §3.4.2, algorithm P. */
function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [order[last], order[other]] = [order[other], order[last]];
  }
  return order;
}
