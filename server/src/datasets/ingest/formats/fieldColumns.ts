import { type ColumnName, FIELD_AXES, fitOf } from "../cells/columnNames.ts";

/** A name that says by itself that it is of a field; `x` does not. */
const CLEAR_FIT = 2;

/** Whether there are three axes of a field, or a total. @param anyName Whether `x` or `mag` will do. */
export function hasField(names: readonly ColumnName[], anyName: boolean): boolean {
  const worst = anyName ? Number.POSITIVE_INFINITY : CLEAR_FIT;
  const has = (target: (typeof FIELD_AXES)[number] | "b"): boolean =>
    names.some((name) => (fitOf(name, target) ?? Number.NaN) <= worst);
  return FIELD_AXES.every(has) || has("b");
}
