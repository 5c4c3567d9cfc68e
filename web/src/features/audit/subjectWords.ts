import type { Choice } from "./AuditFilters.tsx";

/** A subject such as `member 1/4`, with the name of the person where it is about one who is known. */
export function subjectWords(subject: string | null, people: readonly Choice[]): string {
  if (subject === null) return "–";
  const id = /^(?:(?:member|project_member) \d+\/|user )(\d+)$/.exec(subject)?.[1];
  const name = people.find((person) => String(person.id) === id)?.name;
  return name === undefined ? subject : `${subject} (${name})`;
}
