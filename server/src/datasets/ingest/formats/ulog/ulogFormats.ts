/** Bytes of each basic type. Source: PX4, "ULog File Format", table of types. */
const SIZES: Readonly<Record<string, number>> = {
  int8_t: 1,
  uint8_t: 1,
  bool: 1,
  char: 1,
  int16_t: 2,
  uint16_t: 2,
  int32_t: 4,
  uint32_t: 4,
  float: 4,
  int64_t: 8,
  uint64_t: 8,
  double: 8,
};
const MAX_DEPTH = 8;
const MAX_MESSAGE_BYTES = 65_535;

export interface UlogField {
  readonly type: string;
  readonly name: string;
  readonly count: number;
}

/** `name:type field;type[n] field;…`, or null where it is not that. */
export function formatOf(text: string): { name: string; fields: UlogField[] } | null {
  const colon = text.indexOf(":");
  if (colon <= 0) return null;
  const fields: UlogField[] = [];
  for (const part of text.slice(colon + 1).split(";")) {
    if (part.trim() === "") continue;
    const [, type, count, name] = /^\s*(\w+)(?:\[(\d+)\])?\s+(\w+)\s*$/.exec(part) ?? [];
    if (type === undefined) return null;
    fields.push({ type, name, count: count === undefined ? 1 : Number(count) });
  }
  return { name: text.slice(0, colon), fields };
}

/** Where a field stands in a message's data, or null. */
export function offsetOf(
  formats: ReadonlyMap<string, readonly UlogField[]>,
  format: string,
  name: string,
): (UlogField & { offset: number }) | null {
  let offset = 0;
  for (const field of formats.get(format) ?? []) {
    if (field.name === name) return { ...field, offset };
    offset += field.count * sizeOf(formats, field.type, 0);
    if (!(offset <= MAX_MESSAGE_BYTES)) return null;
  }
  return null;
}

function sizeOf(formats: ReadonlyMap<string, readonly UlogField[]>, type: string, depth: number): number {
  const basic = SIZES[type];
  if (basic !== undefined) return basic;
  const fields = formats.get(type);
  if (fields === undefined || depth >= MAX_DEPTH) return Number.NaN;
  let size = 0;
  for (const field of fields) {
    size += field.count * sizeOf(formats, field.type, depth + 1);
    // Types within types could be made to take for ever to add up.
    if (!(size <= MAX_MESSAGE_BYTES)) return Number.NaN;
  }
  return size;
}
