import type { ColumnMapping, TimeMapping } from "@magtrace/contracts";
import { type MaybeSaid, saidOnly } from "./mappingParts.ts";

/** A mapping with more said of the times; what is undefined is no longer said. */
export function withTime(mapping: ColumnMapping, time: MaybeSaid<TimeMapping>): ColumnMapping {
  return saidOnly({ ...mapping, time: { ...mapping.time, ...time } });
}

/** A mapping in which the rows come at an even rate; without a number, no longer. */
export function withRate(mapping: ColumnMapping, rate: number | string): ColumnMapping {
  if (typeof rate === "number" && rate > 0) return withTime(mapping, { form: "rate", rate_hz: rate });
  const form = mapping.time?.form === "rate" ? undefined : mapping.time?.form;
  return withTime(mapping, { form, rate_hz: undefined });
}
