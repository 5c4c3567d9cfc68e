const HEADER = ["timestamp_pc", "b_x", "b_y", "b_z"];

/** A table of times and fields, its header included, as text. */
export function table(rows: readonly (readonly string[])[], delimiter = ",", lineEnd = "\n"): string {
  return [HEADER, ...rows].map((row) => row.join(delimiter) + lineEnd).join("");
}
