import type { InspectedReadings, Inspection } from "@magtrace/contracts";
import { List, Text, Title } from "@mantine/core";
import { formatDuration } from "../../../ui/formatMoment.ts";
import { countOf, formatCount, formatFieldNt } from "../../../ui/formatNumber.ts";
import classes from "./importDialog.module.css";

/** The Earth's field at its weakest and strongest, nT, with room for what is nearby. */
const EARTH_NT = { least: 15_000, most: 75_000 };
/** The model is good to some 16 %. */
const NEAR_MAIN_FIELD = 0.25;
/** What the columns and the offer of labels show already. */
const SHOWN_ELSEWHERE = new Set(["column_renamed", "labels_in_file", "text_column_ignored"]);

/** What would come of the file, as far as its first part tells. */
export function PreviewFacts({ inspection, isCurrent }: { inspection: Inspection; isCurrent: boolean }) {
  const { readings, left_out: leftOut, complete } = inspection;
  const notes = inspection.notes.filter(({ code }) => !SHOWN_ELSEWHERE.has(code));
  return (
    <section aria-label="What is read">
      <Title order={3} size="h6" mb={6}>
        What is read
      </Title>
      <div aria-live="polite" className={isCurrent ? undefined : classes.stale}>
        {readings === null ? (
          <Text size="sm" c="dimmed">
            {inspection.no_preview ??
              (inspection.questions.length > 0
                ? "It is shown when the question is answered."
                : "Nothing can be read so.")}
          </Text>
        ) : (
          <dl className={classes.facts}>
            <dt>Time</dt>
            <dd>{timeWords(readings)}</dd>
            <dt>Length</dt>
            <dd>
              {formatDuration(readings.duration_seconds)}
              {complete ? "" : " in the part looked at"}
            </dd>
            <dt>Rate</dt>
            <dd>{rateWords(readings.sampling_rate_hz)}</dd>
            <dt>Rows</dt>
            <dd>{rowWords(readings, complete)}</dd>
            {readings.tracks > 1 ? (
              <>
                <dt>Sensors</dt>
                <dd>{countOf(readings.tracks, "track")}</dd>
              </>
            ) : null}
            <dt>Field</dt>
            <dd>
              <FieldStrength readings={readings} />
            </dd>
            {readings.missing.length > 0 ? (
              <>
                <dt>Missing</dt>
                <dd>
                  {readings.missing
                    .map(({ channel, count }) => `${channel} ${formatCount(count)}×`)
                    .join(", ")}
                </dd>
              </>
            ) : null}
            {leftOut.length > 0 ? (
              <>
                <dt>Left out</dt>
                <dd>{leftOut.join(", ")}</dd>
              </>
            ) : null}
          </dl>
        )}
        {notes.length === 0 ? null : (
          <List size="xs" mt={6} c="dimmed">
            {notes.map(({ message }) => (
              <List.Item key={message}>{message}</List.Item>
            ))}
          </List>
        )}
      </div>
    </section>
  );
}

function FieldStrength({ readings }: { readings: InspectedReadings }) {
  const { median_field_nt: median, main_field_nt: main } = readings;
  if (median === null) return <>no field is read</>;
  const isFar =
    main === null
      ? median < EARTH_NT.least || median > EARTH_NT.most
      : Math.abs(median / main - 1) > NEAR_MAIN_FIELD;
  const compared =
    main === null
      ? isFar
        ? "The Earth's field is 22,000 to 67,000 nT."
        : "as strong as the Earth's"
      : `The Earth's field there is about ${formatCount(Number(main.toPrecision(3)))} nT.`;
  return (
    <>
      {formatFieldNt(median)} nT (median)
      <Text size="xs" className={isFar ? classes.doubt : classes.out}>
        {compared}
        {isFar ? " Is the unit right?" : ""}
      </Text>
    </>
  );
}

function timeWords({ time_kind: kind, start, end }: InspectedReadings): string {
  if (kind === "relative" || start === null) return "counts from the first row; the day is not known";
  const words = (moment: string) =>
    moment
      .replace("T", " ")
      .replace(/(\.\d*?)0*Z$/, "$1")
      .replace(/\.?Z?$/, "");
  const [from, to] = [words(start), words(end ?? start)];
  const sameDay = from.slice(0, 10) === to.slice(0, 10);
  return `${from} to ${sameDay ? to.slice(11) : to} UTC`;
}

function rateWords(hz: number | null): string {
  if (hz === null) return "not even";
  const rows = Number(hz.toPrecision(4));
  if (rows >= 1) return `${rows.toLocaleString("en")} ${rows === 1 ? "row" : "rows"} a second`;
  return `a row every ${formatDuration(1 / hz)}`;
}

function rowWords({ rows, estimated_rows: estimated }: InspectedReadings, complete: boolean): string {
  if (complete) return formatCount(rows);
  const seen = `${formatCount(rows)} in the part looked at`;
  return estimated === null ? seen : `about ${formatCount(estimated)}; ${seen}`;
}
