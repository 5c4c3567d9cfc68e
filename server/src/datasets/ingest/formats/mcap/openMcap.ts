import type { Assumption } from "@magtrace/contracts";
import type { TimeReading } from "../../cells/parseTime.ts";
import { usOfNanoseconds } from "../../time/calendar.ts";
import type { TableInput } from "../../typed/tableInput.ts";
import type { QualityNote } from "../../types.ts";
import { UnpackingLimit } from "../../unpackingLimit.ts";
import type { FormatInput } from "../formatReader.ts";
import { joinPlaces, withoutJoined } from "../places/joinPlaces.ts";
import { type FormatRow, openRowTable } from "../rowTable.ts";
import { ChannelDecoders } from "./channelDecoders.ts";
import { chooseTopics } from "./chooseTopics.ts";
import { type McapMessage, mcapRows } from "./mcapRecords.ts";
import { decoded, type Survey, type SurveyedTopic, surveyTopics } from "./surveyTopics.ts";

const STAMP = "header.stamp";
const LOG_TIME = "log_time";
/** Stamps further than this from when their messages were recorded are of another clock, or were played again. */
const LIKELY_DELAY_US = 1e6;
/** 1985: times before it count from a start, as those of a simulation do. */
const EPOCH_FROM_US = 5e14;

/**
 * A recording in two readings: the first finds what its topics are and the positions, the second reads the field.
 *
 * @throws {RefusedFile} it has no magnetometer, is damaged, or is beyond a limit. So does reading its blocks.
 */
export async function openMcap({ bytes, reopen, request }: FormatInput): Promise<TableInput> {
  const { member, ...rest } = request.mapping ?? {};
  const mapping = withoutJoined(rest);
  const survey = await surveyTopics(reopen(), request);
  const { topics, assumptions: chosen } = chooseTopics(survey, member);
  const clock = chooseClock(topics, mapping?.columns?.timestamp_pc);
  const [{ decoder }] = topics;
  const names = decoder?.names ?? [];
  const header = [clock.name, ...names, "sensor_id"];
  const notes: QualityNote[] = [];
  const table = await openRowTable(
    {
      format: "mcap",
      header,
      textColumns: [header.length - 1],
      time: clock.reading,
      isText: false,
      rows: rowsOf({ bytes, request }, topics, clock, notes),
      assumptions: [...chosen, ...clock.assumptions],
      notes,
    },
    { limits: request.limits, ...(mapping === undefined ? {} : { mapping }) },
  );
  return placed(table, survey, clock, mapping);
}

function placed(
  table: TableInput,
  { fixes, placeTopic }: Survey,
  clock: Clock,
  mapping: FormatInput["request"]["mapping"],
): TableInput {
  if (placeTopic === null) return table;
  return joinPlaces(table, clock.name === STAMP ? fixes.byStamp : fixes.byLog, placeTopic, mapping);
}

interface Clock {
  readonly name: typeof STAMP | typeof LOG_TIME;
  readonly reading: TimeReading;
  readonly assumptions: readonly Assumption[];
}

/** The stamps, which say when it was measured, unless there are none or the caller wants the other. */
function chooseClock(topics: readonly SurveyedTopic[], asked: string | undefined): Clock {
  const logged = topics.flatMap(({ loggedUs }) => loggedUs);
  const delays = topics.flatMap(({ delaysUs }) => delaysUs).sort((a, b) => a - b);
  const hasStamps = 2 * delays.length > logged.length;
  const name = (
    asked === LOG_TIME || asked === STAMP ? asked : hasStamps ? STAMP : LOG_TIME
  ) as Clock["name"];
  const delayUs = delays[delays.length >> 1] ?? 0;
  const firstUs = logged[0] - (name === STAMP ? delayUs : 0);
  const form = firstUs < EPOCH_FROM_US ? "seconds" : "epoch_us";
  const reading: TimeReading = { form, usPerUnit: 1, zone: true };
  const assume = (taken: string, reason: string, others: Assumption["others"]): Clock => {
    return { name, reading, assumptions: [{ subject: "time_column", taken, reason, column: name, others }] };
  };
  if (asked !== undefined) return { name, reading, assumptions: [] };
  if (name === LOG_TIME) {
    return assume("The times are when messages were recorded.", "The messages say no time of their own.", []);
  }
  if (Math.abs(delayUs) <= LIKELY_DELAY_US) return { name, reading, assumptions: [] };
  const seconds = Number((Math.abs(delayUs) / 1e6).toPrecision(3));
  return assume(
    "The times are those in the messages.",
    `They were recorded ${seconds} s ${delayUs > 0 ? "later" : "before that"}: by another clock, or when they were played again.`,
    [{ label: "when they were recorded", mapping: { columns: { timestamp_pc: LOG_TIME } } }],
  );
}

async function* rowsOf(
  { bytes, request }: Pick<FormatInput, "bytes" | "request">,
  topics: readonly SurveyedTopic[],
  clock: Clock,
  notes: QualityNote[],
): AsyncGenerator<FormatRow[]> {
  const wanted = new Set(topics.map(({ topic }) => topic));
  const width = (topics[0].decoder?.names.length ?? 0) + 1;
  const decoders = new ChannelDecoders();
  const left = { out: 0 };
  let line = 0;
  const message = (one: McapMessage): FormatRow | null => {
    const topic = decoders.topicOf(one);
    if (topic === null || !wanted.has(topic.topic)) return null;
    line++;
    const read = decoded(topic, one);
    const us = clock.name === STAMP ? (read?.stampUs ?? null) : usOfNanoseconds(one.logTime);
    if (read === null || us === null || read.values.length !== width - 1) {
      left.out++;
      return null;
    }
    return { line, cells: [us, ...read.values, nameOf(topic.topic)] };
  };
  const limit = new UnpackingLimit(request.source.size, request.limits);
  const visitor = {
    schema: decoders.addSchema.bind(decoders),
    channel: decoders.addChannel.bind(decoders),
    message,
  };
  for await (const rows of mcapRows(bytes, limit, visitor, () => notes.push(CUT))) {
    limit.addRows(rows.length, width);
    yield rows;
  }
  if (left.out > 0) {
    const message = `${left.out} messages without a time, or without a measurement, were left out.`;
    notes.push({ code: "messages_left_out", message, count: left.out });
  }
}

const CUT: QualityNote = {
  code: "file_cut",
  message: "The recording ends before its end mark, as when power fails: what is whole of it was read.",
};

/** A topic by whose name a table of a phone's sensors would be left out says what it is. */
function nameOf(topic: string): string {
  return /mag/i.test(topic) ? topic : `${topic} magnetometer`;
}
