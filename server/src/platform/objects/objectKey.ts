const segment = "[a-z0-9_][a-z0-9_.=-]{0,127}";
const keyForm = new RegExp(`^${segment}(/${segment})*$`);
const prefixForm = new RegExp(`^(${segment}/)*$`);
const longestKey = 512;

/**
 * Lower case alone, because two keys that differ by case would be one file on some disks; no leading dot, because
 * those names are the store's own.
 * @throws {RangeError}
 */
export function requireObjectKey(key: string): void {
  if (key.length > longestKey || !keyForm.test(key)) {
    throw new RangeError(`not an object key: ${JSON.stringify(key.slice(0, 80))}`);
  }
}

/** @throws {RangeError} unless whole segments, each ended by a slash; the empty prefix passes. */
export function requireObjectPrefix(prefix: string): void {
  if (prefix.length > longestKey || !prefixForm.test(prefix)) {
    throw new RangeError(
      `not an object prefix (it must end with a slash): ${JSON.stringify(prefix.slice(0, 80))}`,
    );
  }
}
