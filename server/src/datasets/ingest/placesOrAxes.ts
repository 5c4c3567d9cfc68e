import { columnName } from "./cells/columnNames.ts";
import { fieldNameOf } from "./cells/fieldNames.ts";
import type { ResolvedColumns } from "./cells/resolveColumns.ts";
import { UndecidedFile } from "./findings.ts";
import type { RowBlock } from "./text/rowBlock.ts";
import type { ColumnMapping } from "./types.ts";

/** Axes and total field of one sensor differ by less, whatever its calibration. */
const MOST_RATIO = 2;
const AXES = 3;

/**
 * Columns called x, y, z beside a total field are its axes, or the place it was measured at: sizes tell.
 *
 * @param block The file's first rows.
 * @throws {UndecidedFile} as axes they would make another field than the one the file says.
 */
export function askWherePlaces(
  columns: ResolvedColumns,
  { rows, values }: RowBlock,
  mapping: ColumnMapping | undefined,
): void {
  const { measuredTotal: total, values: known } = columns;
  if (!total || mapping?.columns?.b_x !== undefined) return;
  const axes = known.slice(0, AXES);
  const isWeak = ({ name }: { name: string }) => fieldNameOf(columnName(name).key)?.strength === "weak";
  if (axes[0]?.channel !== "b_x" || !axes.every(isWeak)) return;
  const slot = known.findIndex(({ channel }) => channel === total.channel);
  const ratios: number[] = [];
  for (let i = 0; i < rows; i++) {
    const size = Math.hypot(values[0][i], values[1][i], values[2][i]);
    const ratio = size / Math.abs(values[slot][i] * total.factor);
    if (Number.isFinite(ratio) && ratio > 0) ratios.push(ratio);
  }
  if (ratios.length === 0) return;
  const ratio = ratios.sort((a, b) => a - b)[ratios.length >> 1];
  if (ratio <= MOST_RATIO && ratio >= 1 / MOST_RATIO) return;
  const [x, y, z] = axes.map(({ name }) => name);
  const names = `"${x}", "${y}", "${z}"`;
  throw new UndecidedFile([
    {
      subject: "field_columns",
      asked: `Are ${names} axes of the field, or the place?`,
      reason: `As axes they would make ${ratio > 1 ? "far more" : "far less"} than the total field, which "${total.name}" says.`,
      column: x,
      choices: [
        {
          label: `the field is "${total.name}" alone`,
          mapping: { columns: { b: total.name }, ignore: [x, y, z] },
        },
        { label: `${names} are its axes`, mapping: { columns: { b_x: x, b_y: y, b_z: z } } },
      ],
    },
  ]);
}
