/** The version after the highest of a family: "1.9" → "1.10". What is not major.minor does not count. */
export function nextVersion(family: readonly string[]): string {
  let [highestMajor, highestMinor] = [1, -1];
  for (const version of family) {
    const [, major, minor] = /^(\d{1,9})\.(\d{1,9})$/.exec(version)?.map(Number) ?? [];
    if (major === undefined || minor === undefined) continue;
    if (major > highestMajor || (major === highestMajor && minor > highestMinor)) {
      [highestMajor, highestMinor] = [major, minor];
    }
  }
  return `${highestMajor}.${highestMinor + 1}`;
}
