import type { ImportLabels } from "@magtrace/contracts";

type Imported = Pick<ImportLabels, "csv" | "annotations">;

/**
 * What to send of a file with labels: JSON as an array (bare, or under `annotations` as our export has it), anything
 * else as CSV text, which the server reads. @throws {Error} in words, for JSON that is neither.
 */
export function readImport(text: string): Imported {
  const trimmed = text.replace(/^\uFEFF/, "").trimStart();
  if (!trimmed.startsWith("[") && !trimmed.startsWith("{")) return { csv: text };
  let parsed: unknown;
  try {
    parsed = JSON.parse(trimmed);
  } catch {
    throw new Error("The file begins like JSON but is not. Save it again as JSON or CSV.");
  }
  const list = Array.isArray(parsed) ? parsed : (parsed as { annotations?: unknown }).annotations;
  if (!Array.isArray(list)) {
    throw new Error(
      "The JSON has no list of labels: an array, or an object with `annotations`, is expected.",
    );
  }
  return { annotations: list as NonNullable<Imported["annotations"]> };
}
