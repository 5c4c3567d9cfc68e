import { zoneOf } from "./columnWords.ts";
import { type HeadColumn, stepsOf } from "./headColumn.ts";
import type { Candidate } from "./timeCandidates.ts";
import { isCoarse } from "./timeCandidates.ts";
import type { TimeChoice, TimeInput } from "./timeInput.ts";

const UNITS_US = [1e6, 1e3, 1, 1e-3] as const;

/**
 * A clock cut to whole seconds beside an exact count: the count, put in time by the clock.
 *
 * @param times Of the first rows by the clock, µs.
 * @returns null where the clock is fine enough, or nothing beside it keeps its pace.
 */
export function exactBeside(
  clock: TimeChoice,
  times: readonly number[],
  others: readonly Candidate[],
  input: TimeInput,
): TimeChoice | null {
  if (!isCoarse(times) || input.mapping?.columns?.timestamp_pc !== undefined) return null;
  const resolution = times.every((us) => us % 60e6 === 0)
    ? 60e6
    : times.every((us) => us % 1e6 === 0)
      ? 1e6
      : 1e5;
  for (const { column, absolute } of others) {
    const counts = column.numbers;
    if (absolute || counts === null || counts.length !== times.length || stepsOf(counts).equal > 0.05)
      continue;
    const usPerUnit = paceOf(counts, times, resolution);
    if (usPerUnit === null) continue;
    return anchored(clock, { column, counts, times, usPerUnit });
  }
  return null;
}

/** µs in one of a count that goes on as fast as a clock does; null where no unit fits, or several do. */
function paceOf(counts: readonly number[], times: readonly number[], resolution: number): number | null {
  const last = counts.length - 1;
  const passed = times[last] - times[0];
  const counted = counts[last] - counts[0];
  if (!(passed >= resolution) || !(counted > 0)) return null;
  const fits = UNITS_US.filter((unit) => {
    return (
      Math.abs(counted * unit - passed) <= resolution * 1.05 + passed * 0.001 && counted * unit > passed * 0.3
    );
  });
  return fits.length === 1 ? fits[0] : null;
}

interface Count {
  readonly column: HeadColumn;
  readonly counts: readonly number[];
  readonly times: readonly number[];
  readonly usPerUnit: number;
}

function anchored(clock: TimeChoice, { column, counts, times, usPerUnit }: Count): TimeChoice {
  // The clock is behind by up to its resolution: where it has just gone on, it is behind least.
  let zeroUs = Number.NEGATIVE_INFINITY;
  counts.forEach((count, i) => {
    zeroUs = Math.max(zeroUs, times[i] - Math.round(count * usPerUnit));
  });
  const zoned = clock.assumptions.filter(({ subject }) => subject !== "time_unit");
  return {
    positions: [column.position],
    name: column.name,
    reading: { form: "seconds", usPerUnit, zone: true, zeroUs },
    assumptions: [
      {
        subject: "time_column",
        taken: `The time is "${column.name}", put at the day and hour that "${clock.name}" says.`,
        reason: `"${clock.name}" is cut off to whole seconds; both go on at the same pace.`,
        column: column.name,
        others: [
          ...(clock.positions.length > 1
            ? []
            : [{ label: `"${clock.name}" as it is`, mapping: { columns: { timestamp_pc: clock.name } } }]),
          { label: `"${column.name}" alone`, mapping: { columns: { timestamp_pc: column.name } } },
        ],
      },
      ...(zoneOf(clock.name) === null ? zoned : []),
    ],
  };
}
