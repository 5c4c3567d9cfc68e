const MOST_DEPTH = 64;

/** Whether PostgreSQL can keep a value of JSON: no NUL, no half of a character, no number beyond a double, no abyss. */
export function isStorable(value: unknown, depth = 0): boolean {
  if (typeof value === "string") return value.isWellFormed() && !value.includes("\0");
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || value === null) return true;
  if (depth === MOST_DEPTH) return false;
  if (Array.isArray(value)) return value.every((each) => isStorable(each, depth + 1));
  return Object.entries(value).every(([key, each]) => isStorable(key) && isStorable(each, depth + 1));
}
