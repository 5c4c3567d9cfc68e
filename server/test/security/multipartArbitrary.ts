import fc from "fast-check";
import { hostileTexts } from "./hostileValues.ts";
import type { PickId } from "./valueArbitrary.ts";

export interface Field {
  readonly name: string;
  readonly filename?: string;
  readonly content: string;
}

const file = fc.record({
  name: fc.constantFrom("file", "file", "file", "other", "file[]", "__proto__"),
  filename: fc.constantFrom(
    "a.csv",
    "a.csv",
    "../../x.csv",
    "C:\\x.csv",
    "",
    "a\u0000b.csv",
    "a%0d%0ab.csv",
    "ä.csv",
  ),
  content: fc.constantFrom(
    "timestamp_pc,b_x,b_y,b_z\n2026-01-01T00:00:00Z,1,2,3\n2026-01-01T00:00:01Z,1,2,3\n",
    "",
    "<svg onload=alert(1)>",
    "\u0000".repeat(1_000),
    "PK\u0003\u0004",
  ),
});

const text = (names: readonly string[], values: fc.Arbitrary<string>) =>
  fc.record({ name: fc.constantFrom(...names), content: values });

const hostile = fc.constantFrom(...hostileTexts);

function recording(pickId: PickId, names: readonly string[]): fc.Arbitrary<Field[]> {
  const project = text(
    ["project"],
    fc.nat().map((n) => String(pickId("projects", n))),
  );
  const more = text(["project", "project_id", "mapping", "unknown", ...names], hostile);
  return fc
    .tuple(project, fc.option(more), file)
    .map((fields) => fields.filter((field): field is Field => field !== null));
}

/** Operations that take a form, which the document has no schema for. */
export const multipartFields: Record<string, (pickId: PickId) => fc.Arbitrary<Field[]>> = {
  "POST /api/datasets/upload/": (pickId) => recording(pickId, ["name", "profile"]),
  "POST /api/datasets/inspect/": (pickId) => recording(pickId, ["profile", "total_bytes", "filename"]),
  "POST /api/projects/import_project/": () =>
    fc.array(fc.oneof(text(["organization", "name", "unknown"], hostile), file), { maxLength: 4 }),
};

/** Written with the boundary `attack`; names as they are, so that they may break out of their quotes. */
export function multipartBody(fields: readonly Field[]): Buffer {
  const parts = fields.map(({ name, filename, content }) => {
    const disposition = `form-data; name="${name}"${filename === undefined ? "" : `; filename="${filename}"`}`;
    return `--attack\r\nContent-Disposition: ${disposition}\r\n\r\n${content}\r\n`;
  });
  return Buffer.from(`${parts.join("")}--attack--\r\n`);
}
