import type { Assumption } from "@magtrace/contracts";
import { peekBytes } from "../../byteStream.ts";
import type { TimeReading } from "../../cells/parseTime.ts";
import { RefusedFile } from "../../findings.ts";
import type { TableInput } from "../../typed/tableInput.ts";
import type { FormatInput, FormatReader } from "../formatReader.ts";
import { joinPlaces, withoutJoined } from "../places/joinPlaces.ts";
import { type FormatRow, openRowTable } from "../rowTable.ts";
import { formatOf, offsetOf, type UlogField } from "./ulogFormats.ts";
import { isUlog, type UlogMessage, ulogMessages } from "./ulogMessages.ts";
import { UlogPlaces } from "./ulogPlaces.ts";

/** µs since the autopilot started. */
const TIME: TimeReading = { form: "seconds", usPerUnit: 1, zone: true };
/** Enough to see which topics have data. */
const LOOKED_BYTES = 4 * 1024 * 1024;
const ROWS_AT_ONCE = 4096;
const MAX_FORMATS = 5000;

/** Topics that hold a field in gauss, the calibrated one first. Source: PX4, msg/*.msg. */
const TOPICS: readonly {
  readonly name: string;
  readonly fields: readonly (readonly [name: string, index: number])[];
}[] = [
  { name: "vehicle_magnetometer", fields: [0, 1, 2].map((i) => ["magnetometer_ga", i] as const) },
  {
    name: "sensor_mag",
    fields: [
      ["x", 0],
      ["y", 0],
      ["z", 0],
    ],
  },
  { name: "sensor_combined", fields: [0, 1, 2].map((i) => ["magnetometer_ga", i] as const) },
];

/** PX4's log. Source: https://docs.px4.io/main/en/dev_log/ulog_file_format.html */
export const ulog: FormatReader = { format: "ulog", claims: isUlog, open };

async function open({ bytes, reopen, request }: FormatInput): Promise<TableInput> {
  const peeked = await peekBytes(bytes, LOOKED_BYTES);
  const looked = new MagnetometerLog(null);
  const announced = new UlogPlaces();
  for await (const message of ulogMessages(once(peeked.head))) {
    looked.rowOf(message);
    announced.take(message);
  }
  const [topic, ...others] = TOPICS.map(({ name }) => name).filter((name) => looked.withData.has(name));
  if (topic === undefined) {
    const known = [...looked.topics].slice(0, 20).join(", ");
    const expected = `a topic ${TOPICS.map(({ name }) => name).join(", ")}; this log has ${known || "none"}`;
    throw new RefusedFile({ code: "column_missing", value: "a PX4 log", expected });
  }
  const log = new MagnetometerLog(topic);
  async function* rows(): AsyncGenerator<FormatRow[]> {
    let some: FormatRow[] = [];
    for await (const message of ulogMessages(peeked.all)) {
      const row = log.rowOf(message);
      if (row === null) continue;
      some.push(row);
      if (some.length < ROWS_AT_ONCE) continue;
      yield some;
      some = [];
    }
    if (some.length > 0) yield some;
  }
  const assumptions: Assumption[] = [];
  if (others.length > 0) {
    assumptions.push({
      subject: "sensors",
      taken: `the topic ${topic}`,
      reason: `The log has ${others.join(" and ")}, too, which PX4 makes ${topic} of or which repeats it.`,
      column: null,
      others: [],
    });
  }
  const mapping = withoutJoined(request.mapping);
  const table = await openRowTable(
    {
      format: "ulog",
      header: ["timestamp_pc", "mag_x (gauss)", "mag_y (gauss)", "mag_z (gauss)", "sensor_id"],
      textColumns: [4],
      time: TIME,
      isText: false,
      rows: rows(),
      assumptions,
    },
    { limits: request.limits, ...(mapping === undefined ? {} : { mapping }) },
  );
  // The log is read once more for where it was, and only where it says so.
  if (!announced.areAnnounced) return table;
  const places = new UlogPlaces();
  for await (const message of ulogMessages(reopen())) {
    places.take(message);
    request.signal?.throwIfAborted();
  }
  return places.found === null ? table : joinPlaces(table, places.found.fixes, places.found.topic, mapping);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

interface Subscription {
  readonly topic: string;
  readonly name: string;
  readonly timeAt: number;
  readonly axesAt: readonly number[];
}

/** Formats and subscriptions as they come, and the rows of one topic. */
class MagnetometerLog {
  readonly #topic: string | null;
  readonly #formats = new Map<string, readonly UlogField[]>();
  readonly #subscriptions = new Map<number, Subscription>();
  #row = 0;
  readonly topics = new Set<string>();
  readonly withData = new Set<string>();

  constructor(topic: string | null) {
    this.#topic = topic;
  }

  rowOf({ type, data }: UlogMessage): FormatRow | null {
    if (type === "F") this.#addFormat(textOf(data, 0));
    else if (type === "A" && data.byteLength > 3) {
      this.#subscribe(data.getUint16(1, true), textOf(data, 3), data.getUint8(0));
    } else if (type === "D" && data.byteLength > 2) return this.#readData(data);
    return null;
  }

  #addFormat(text: string): void {
    const format = formatOf(text);
    if (format !== null && this.#formats.size < MAX_FORMATS) this.#formats.set(format.name, format.fields);
  }

  #subscribe(id: number, topic: string, instance: number): void {
    if (this.topics.size < 1000) this.topics.add(topic.slice(0, 100));
    const fields = TOPICS.find(({ name }) => name === topic)?.fields;
    const time = offsetOf(this.#formats, topic, "timestamp");
    if (fields === undefined || time?.type !== "uint64_t") return;
    const axesAt = fields.flatMap(([name, index]) => {
      const field = offsetOf(this.#formats, topic, name);
      return field?.type === "float" && index < field.count ? [field.offset + 4 * index] : [];
    });
    if (axesAt.length !== fields.length) return;
    this.#subscriptions.set(id, { topic, name: `${topic} ${instance}`, timeAt: time.offset, axesAt });
  }

  #readData(data: DataView): FormatRow | null {
    const subscription = this.#subscriptions.get(data.getUint16(0, true));
    if (subscription === undefined) return null;
    const { topic, name, timeAt, axesAt } = subscription;
    if (Math.max(timeAt + 8, ...axesAt.map((at) => at + 4)) + 2 > data.byteLength) return null;
    this.withData.add(topic);
    if (topic !== this.#topic) return null;
    this.#row++;
    const axes = axesAt.map((at) => data.getFloat32(2 + at, true));
    return { line: this.#row, cells: [Number(data.getBigUint64(2 + timeAt, true)), ...axes, name] };
  }
}

function textOf(data: DataView, from: number): string {
  return Buffer.from(data.buffer, data.byteOffset + from, data.byteLength - from).toString("latin1");
}
