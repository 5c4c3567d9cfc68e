import type { ColumnMapping, TimeMapping } from "@magtrace/contracts";

type Tree = Record<string, unknown>;

const isTree = (value: unknown): value is Tree =>
  value !== null && typeof value === "object" && !Array.isArray(value);

/** Whether a mapping says all that `part` says. An empty part says nothing, and nothing holds it. */
export function holdsMapping(mapping: ColumnMapping, part: ColumnMapping): boolean {
  return Object.keys(part).length > 0 && holds(mapping, part);
}

function holds(tree: Tree, part: Tree): boolean {
  return Object.entries(part).every(([key, value]) => {
    const own = tree[key];
    if (isTree(value)) return isTree(own) && holds(own, value);
    return JSON.stringify(own) === JSON.stringify(value);
  });
}

/** A mapping without what `part` speaks of, whatever it says of it. */
export function withoutMapping(mapping: ColumnMapping, part: ColumnMapping): ColumnMapping {
  return without(mapping, part);
}

function without(tree: Tree, part: Tree): Tree {
  const result: Tree = { ...tree };
  for (const [key, value] of Object.entries(part)) {
    const own = result[key];
    const left = isTree(value) && isTree(own) ? without(own, value) : {};
    if (Object.keys(left).length === 0) delete result[key];
    else result[key] = left;
  }
  return result;
}

export const isEmptyMapping = (mapping: ColumnMapping): boolean => Object.keys(mapping).length === 0;

export type MaybeSaid<T> = { [K in keyof T]: T[K] | undefined };

/** A mapping without what is not said. */
export function saidOnly({
  time,
  ...rest
}: MaybeSaid<Omit<ColumnMapping, "time">> & { time?: MaybeSaid<TimeMapping> | undefined }): ColumnMapping {
  const times = said(time ?? {});
  return said({ ...rest, ...(Object.keys(times).length === 0 ? {} : { time: times }) }) as ColumnMapping;
}

const said = (part: Tree): Tree =>
  Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined));
