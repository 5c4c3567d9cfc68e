import type { Assumption } from "@magtrace/contracts";
import type { Occurrences, Place } from "@magtrace/series";
import type { Assembled, CellTally } from "./assembleSeries.ts";
import type { ResolvedColumns } from "./cells/resolveColumns.ts";
import { fittingUnit } from "./cells/units.ts";
import { beyondSentence } from "./labelRuns.ts";
import type { TableInput } from "./typed/tableInput.ts";
import type { QualityNote, QualityPlace, QualityPlaces, QualityReport } from "./types.ts";

/** Total fields nearer to each other than this are the same, rounded. */
const SAME_FIELD = 2e-3;

/** Gathers what is odd about a file that was taken all the same. */
export function qualityReport(input: TableInput, assembled: Assembled): QualityReport {
  const { timeAxis, rows, tracks, trackStepUs } = assembled.manifest;
  const { medianStepUs, sampleStepUs } = timeAxis;
  return {
    assumptions: [...input.assumptions, ...kindAssumptions(assembled), ...dateAssumptions(input, assembled)],
    rows,
    median_step_us: medianStepUs,
    sampling_rate_hz: rateOf(sampleStepUs),
    tracks: tracks.map(({ sensorId }, i) => ({
      sensor_id: sensorId || null,
      sampling_rate_hz: rateOf(trackStepUs[i] ?? null),
    })),
    duplicate_times: placesOf(timeAxis.duplicates),
    backward_steps: placesOf(timeAxis.backwardSteps),
    gaps: placesOf(timeAxis.gaps),
    longest_gap: timeAxis.longestGap && stepOf(timeAxis.longestGap),
    rate_changes: {
      count: timeAxis.rateChanges.count,
      first: timeAxis.rateChanges.first.map(({ index, timeUs, fromHz, toHz }) => ({
        index,
        time_us: timeUs,
        from_hz: fromHz,
        to_hz: toHz,
      })),
    },
    rollovers: { count: assembled.rollovers.count, first_lines: assembled.rollovers.firstLines },
    missing: assembled.missing
      .filter(({ count }) => count > 0)
      .map(({ channel, count, firstLines }) => ({ channel, count, first_lines: firstLines })),
    median_field_nt: assembled.medianFieldNt,
    notes: [
      ...unitNotes(input.columns, assembled.medianFieldNt),
      ...timeNotes(input),
      ...columnNotes(input.columns),
      ...totalFieldNotes(input.columns, assembled),
      ...labelNotes(assembled.labels),
      ...cellNotes("not_a_number", assembled.notNumbers, (tally) => {
        return `${cells(tally)} of ${tally.channel} hold text; they count as missing.`;
      }),
      ...cellNotes("position_out_of_range", assembled.outOfRange, (tally) => {
        return `${cells(tally)} of ${tally.channel} lie off the globe; they count as missing.`;
      }),
      ...input.notes,
    ],
  };
}

function rateOf(stepUs: number | null): number | null {
  return stepUs === null ? null : 1e6 / stepUs;
}

function placesOf({ count, first }: Occurrences<Place>): QualityPlaces {
  return { count, first: first.map(stepOf) };
}

function stepOf({ index, timeUs, stepUs }: Place): QualityPlace {
  return { index, time_us: timeUs, step_us: stepUs };
}

function cells({ count }: CellTally): string {
  return count === 1 ? "1 cell" : `${count} cells`;
}

function unitNotes({ app, unitFrom, unit }: ResolvedColumns, fieldNt: number | null): QualityNote[] {
  const notes: QualityNote[] = [];
  if (app !== null) {
    notes.push({
      code: "unit_by_app",
      message: `The header is ${app}'s, which writes ${unit} without saying so: values were converted to nT.`,
    });
  }
  const fitting = fieldNt === null ? null : fittingUnit(fieldNt);
  if (fitting === null || fieldNt === null) return notes;
  const size = Number(fieldNt.toPrecision(4));
  const stated =
    unitFrom === "default" ? `the file names no unit and ${unit} was taken` : `the unit was ${unit}`;
  const advice =
    fitting === "none"
      ? "no usual unit would bring it there"
      : `it would fit if the values were in ${unitFor(fitting, unitFrom)}`;
  notes.push({
    code: "field_out_of_range",
    message: `The median magnitude is ${size} nT, outside the Earth's 10,000–100,000 nT; ${stated}; ${advice}.`,
    ...(fitting === "none" || unitFrom !== "default" ? {} : { column: fitting }),
  });
  return notes;
}

/** Where nT was taken the fitting unit is the file's; where another was, it can only be said of the result. */
function unitFor(fitting: string, unitFrom: ResolvedColumns["unitFrom"]): string {
  return unitFrom === "default" ? fitting : `another unit (as read, they look like ${fitting})`;
}

function timeNotes({ time }: TableInput): QualityNote[] {
  if (time.form === "epoch_ns")
    return [{ code: "time_rounded", message: "Nanoseconds were rounded to microseconds." }];
  if ((time.roundUs ?? 0) <= 1) return [];
  const message = `Times were rounded to ${time.roundUs} µs, which is what their digits hold.`;
  return [{ code: "time_rounded", message }];
}

function labelNotes(labels: Assembled["labels"]): QualityNote[] {
  if (labels === null || labels.taken || labels.runs.length === 0) return [];
  const { column, values, runs, beyond } = labels;
  const code = "labels_in_file";
  if (beyond !== null) {
    const message = `Column "${column}" holds text that is too varied to become labels: ${beyondSentence(beyond)}.`;
    return [{ code, column, message }];
  }
  const different = values.length === 1 ? "1 value" : `${values.length} values`;
  const inRuns = runs.length === 1 ? "1 run" : `${runs.length} runs`;
  return [
    {
      code,
      column,
      message: `Column "${column}" holds text: ${different} in ${inRuns}; it can become labels.`,
    },
  ];
}

function columnNotes({ ignored, values, label }: ResolvedColumns): QualityNote[] {
  const renamed = values.filter((column) => column.extra && column.channel !== column.name);
  return [
    ...ignored
      .filter((name) => name !== label?.name)
      .map((name): QualityNote => {
        return {
          code: "text_column_ignored",
          column: name,
          message: `Column "${name}" holds text and was left out.`,
        };
      }),
    ...renamed.map(({ name, channel }): QualityNote => {
      const message = `Column "${name}" became the channel ${channel}.`;
      return { code: "column_renamed", column: name, message };
    }),
  ];
}

/** That rows of other sensors than magnetometers were left out. */
function kindAssumptions({ leftOut }: Assembled): Assumption[] {
  if (leftOut.size === 0) return [];
  const counted = [...leftOut].slice(0, 12).map(([name, rows]) => `${rows} of ${name}`);
  return [
    {
      subject: "sensors",
      taken: `Rows of other sensors were left out: ${counted.join(", ")}.`,
      reason: "A column of the file names the sensor of each row, and these measure no magnetic field.",
      column: null,
      others: [],
    },
  ];
}

/** That days were counted on where the date stood still. */
function dateAssumptions({ columns }: TableInput, { stuckDates, rollovers }: Assembled): Assumption[] {
  if (stuckDates === 0) return [];
  return [
    {
      subject: "time_form",
      taken: `The clock passed midnight ${stuckDates === 1 ? "once" : `${stuckDates} times`} (line ${rollovers.firstLines.join(", ")}); a day was added there.`,
      reason: "The date beside it did not change, and the times would have gone back by a day.",
      column: columns.time.name,
      others: [],
    },
  ];
}

/** How the file's own total field compares with the magnitude that was computed of its axes. */
function totalFieldNotes({ measuredTotal }: ResolvedColumns, { manifest }: Assembled): QualityNote[] {
  if (!measuredTotal) return [];
  const { name, channel, factor } = measuredTotal;
  const meanOf = (wanted: string) =>
    manifest.statistics.find((one) => one.name === wanted)?.mean ?? Number.NaN;
  const [computed, measured] = [meanOf("b"), meanOf(channel) * factor];
  const size = (fieldNt: number): string => `${Number(fieldNt.toPrecision(6))} nT`;
  const isSame = Math.abs(measured - computed) <= SAME_FIELD * computed;
  const comparison = isSame
    ? "the two agree"
    : `the two differ: on the mean ${size(measured)} in the file, ${size(computed)} computed`;
  return [
    {
      code: isSame ? "total_field_agrees" : "total_field_differs",
      column: name,
      message: `Column "${name}" is the total field and was kept as the channel ${channel}; b was computed of b_x, b_y and b_z, and ${comparison}.`,
    },
  ];
}

function cellNotes(
  code: string,
  tallies: readonly CellTally[],
  message: (tally: CellTally) => string,
): QualityNote[] {
  return tallies
    .filter(({ count }) => count > 0)
    .map((tally): QualityNote => {
      return {
        code,
        column: tally.channel,
        count: tally.count,
        first_lines: tally.firstLines,
        message: message(tally),
      };
    });
}
