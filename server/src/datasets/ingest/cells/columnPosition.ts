import type { ColumnName } from "./columnNames.ts";

/** Where the column stands that a mapping names: exactly, but for case and spaces, or by its place (`#3`); or −1. */
export function positionOf(wanted: string, names: readonly ColumnName[]): number {
  const exact = names.findIndex(({ text }) => text === wanted);
  if (exact >= 0) return exact;
  const plain = (text: string): string =>
    text
      .trim()
      .replace(/^[%#!]+\s*/, "")
      .toLowerCase();
  const loose = names.findIndex(({ text }) => plain(text) === plain(wanted));
  if (loose >= 0 || !/^#\d{1,5}$/.test(wanted)) return loose;
  const place = Number(wanted.slice(1));
  return place >= 1 && place <= names.length ? place - 1 : -1;
}
