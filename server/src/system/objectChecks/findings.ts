/** Something that a check found. */
export interface Finding {
  readonly kind:
    | "damaged"
    | "missing"
    | "deleting"
    | "no_key"
    | "orphan"
    | "young"
    | "foreign"
    | "label"
    | "count"
    | "audit";
  /** The object's key, where it is about one. */
  readonly key: string | null;
  /** Who refers to it: `original of dataset 12`. */
  readonly what: string | null;
  readonly organizationId: number | null;
  readonly words: string;
}

/** Of these nothing is lost, and nobody has to do anything. */
const HARMLESS: ReadonlySet<Finding["kind"]> = new Set(["young", "foreign"]);

export function isHarmless(kind: Finding["kind"]): boolean {
  return HARMLESS.has(kind);
}

/** One line: `uploads/7, original of dataset 12: byte 4 of the stored file is not as it was sealed.` */
export function findingLine({ key, what, words }: Finding): string {
  const subject = [key, what].filter((part) => part !== null).join(", ");
  return subject === "" ? words : `${subject}: ${words}`;
}
