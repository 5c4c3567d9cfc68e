const counts = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 1234567 → "1,234,567". */
export function formatCount(value: number): string {
  return counts.format(value);
}

/** "1 label", "2 labels". */
export function countOf(value: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(value)} ${value === 1 ? singular : plural}`;
}

/** A share of one as a percentage; "–" where it is not known. */
export function formatShare(value: number | null | undefined, digits = 0): string {
  return value === null || value === undefined || !Number.isFinite(value)
    ? "–"
    : `${(value * 100).toFixed(digits)} %`;
}

/** A field value in nT; "–" where there is none. */
export function formatFieldNt(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "–";
  const digits = Math.abs(value) >= 100 ? 1 : Math.abs(value) >= 1 ? 2 : 4;
  return value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** A value of a channel as its unit is read: positions to a metre or so, everything else as a field. */
export function formatReading(value: number | null | undefined, unit: string): string {
  if (unit !== "°" || value === null || value === undefined || !Number.isFinite(value))
    return formatFieldNt(value);
  return value.toFixed(5);
}

const UNITS = ["B", "kB", "MB", "GB", "TB"];

/** 1,500,000 → "1.5 MB" (steps of 1,000). */
export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes) || bytes < 0) return "–";
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 99.5 ? value.toFixed(0) : value.toFixed(1)} ${UNITS[unit]}`;
}
