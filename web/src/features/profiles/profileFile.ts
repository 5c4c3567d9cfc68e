import { type CreateReadingProfile, profileFaults, type ReadingProfile } from "@magtrace/contracts";
import { parseJson } from "./parseJson.ts";

type Portable = Pick<ReadingProfile, "name" | "header" | "mapping">;

/** All profiles as a file: without what is of this project alone. */
export function profileFile(profiles: readonly ReadingProfile[]): string {
  const portable = profiles.map(({ name, header, mapping }): Portable => ({ name, header, mapping }));
  return `${JSON.stringify({ reading_profiles: portable }, null, 2)}\n`;
}

export interface ReadProfiles {
  readonly profiles: readonly CreateReadingProfile[];
  /** What is wrong with the file, in sentences; then there are no profiles. */
  readonly faults: readonly string[];
}

/** The profiles in a file that was downloaded, or a list of them that somebody wrote. */
export function readProfileFile(text: string, project: number): ReadProfiles {
  const parsed = parseJson(text);
  if (!parsed.ok) return { profiles: [], faults: [`This is not JSON: ${parsed.says}`] };
  const { value } = parsed;
  const list = Array.isArray(value)
    ? (value as unknown[])
    : value !== null &&
        typeof value === "object" &&
        Array.isArray((value as Record<string, unknown>).reading_profiles)
      ? (value as { reading_profiles: unknown[] }).reading_profiles
      : null;
  if (list === null) {
    return {
      profiles: [],
      faults: ["This file has no list of reading profiles. Choose one that was downloaded here."],
    };
  }
  const profiles: CreateReadingProfile[] = [];
  const faults: string[] = [];
  list.forEach((one, i) => {
    const given = one !== null && typeof one === "object" ? (one as Portable) : ({} as Partial<Portable>);
    const profile = { project, name: given.name, header: given.header, mapping: given.mapping };
    // A name that is not there is told as such, rather than as one of another type.
    const found = profileFaults(JSON.parse(JSON.stringify(profile)));
    if (found.length === 0) profiles.push(profile as CreateReadingProfile);
    const called = typeof given.name === "string" ? `“${given.name}”` : `Profile ${i + 1}`;
    for (const { place, says } of found) faults.push(`${called}: ${place === "" ? "it" : place} ${says}.`);
  });
  return faults.length > 0 ? { profiles: [], faults } : { profiles, faults };
}
