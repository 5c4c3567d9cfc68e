import { notFound } from "@tanstack/react-router";

/** A word of an address's query, or nothing. */
export const text = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;

/** Row numbers and ids in an address's query are whole numbers or absent. */
export const whole = (value: unknown): number | undefined => {
  const number = typeof value === "number" ? value : Number(text(value));
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
};

/** The id in a path. What is no id names nothing, and the server need not be asked about it. */
export function readId(written: string): number {
  const id = /^[1-9]\d{0,15}$/.test(written) ? Number(written) : Number.NaN;
  if (!Number.isSafeInteger(id)) throw notFound();
  return id;
}
