import type { Category } from "@magtrace/contracts";

const UNKNOWN_COLOUR = "#868e96";

/** What is shown of a label's category, also of one that is not there (any more). */
export interface CategoryLook {
  readonly name: string;
  readonly color: string;
}

export function categoryLooks(categories: readonly Category[]): ReadonlyMap<number, CategoryLook> {
  return new Map(
    categories.map(({ id, name, color }) => [
      id,
      { name, color: /^#[0-9a-f]{6}$/i.test(color) ? color : UNKNOWN_COLOUR },
    ]),
  );
}

export function lookOf(looks: ReadonlyMap<number, CategoryLook>, id: number | null): CategoryLook {
  return (id === null ? undefined : looks.get(id)) ?? { name: "deleted category", color: UNKNOWN_COLOUR };
}

/** Categories one may label with, in their order. */
export function activeCategories(categories: readonly Category[]): Category[] {
  return categories.filter((category) => category.is_active);
}

/** The category a key stands for. */
export function categoryOfKey(categories: readonly Category[], key: string): Category | undefined {
  return activeCategories(categories).find((category) => category.hotkey === key.toLowerCase());
}

/** The first digit no category uses, or null. */
export function freeHotkey(categories: readonly Category[]): string | null {
  const taken = new Set(categories.map((category) => category.hotkey));
  return ["1", "2", "3", "4", "5", "6", "7", "8", "9"].find((key) => !taken.has(key)) ?? null;
}

const COLOURS = [
  "#e8590c",
  "#1971c2",
  "#2f9e44",
  "#e03131",
  "#9c36b5",
  "#f08c00",
  "#0c8599",
  "#6741d9",
  "#c2255c",
];

/** The first of nine clearly different colours that no category has, else one of them in turn. */
export function nextColour(categories: readonly Category[]): string {
  const taken = new Set(categories.map((category) => category.color.toLowerCase()));
  return (
    COLOURS.find((color) => !taken.has(color)) ?? (COLOURS[categories.length % COLOURS.length] as string)
  );
}
