import type { ColumnMapping, TimeMapping } from "@magtrace/contracts";

/**
 * A mapping with a choice added to it. What the choice makes void is taken out: the unit of times that have another form
 * now, a factor beside a unit, and what a column was before.
 */
export function mergeMapping(
  present: ColumnMapping | null | undefined,
  added: ColumnMapping | null,
): ColumnMapping {
  const { columns, time, sensors, ignore, unit, factor, ...rest } = present ?? {};
  const more = added ?? {};
  const taken = new Set(Object.values(more.columns ?? {}));
  const kept = Object.fromEntries(Object.entries(columns ?? {}).filter(([, name]) => !taken.has(name)));
  const left = more.ignore ?? ignore?.filter((name) => !taken.has(name));
  const merged: ColumnMapping = {
    ...rest,
    ...(more.factor === undefined && unit !== undefined ? { unit } : {}),
    ...(more.unit === undefined && factor !== undefined ? { factor } : {}),
    ...more,
  };
  const allColumns = { ...kept, ...more.columns };
  if (Object.keys(allColumns).length > 0) merged.columns = allColumns;
  if (left !== undefined && left.length > 0) merged.ignore = left;
  if (time !== undefined || more.time !== undefined) merged.time = mergeTime(time, more);
  if (sensors !== undefined || more.sensors !== undefined) merged.sensors = { ...sensors, ...more.sensors };
  return merged;
}

function mergeTime(present: TimeMapping = {}, { time = {}, columns }: ColumnMapping): TimeMapping {
  const { form, unit, rate_hz, columns: parts, ...kept } = present;
  // A choice of another column says all there is to say of its times.
  const isOther = columns?.timestamp_pc !== undefined || (time.form !== undefined && time.form !== form);
  if (isOther) return { ...kept, ...time };
  return {
    ...kept,
    ...(form === undefined ? {} : { form }),
    ...(unit === undefined ? {} : { unit }),
    ...(rate_hz === undefined ? {} : { rate_hz }),
    ...time,
    ...(parts === undefined && time.columns === undefined ? {} : { columns: { ...parts, ...time.columns } }),
  };
}
