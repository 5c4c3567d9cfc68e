import { PlaceFixes } from "../places/placeFixes.ts";
import { formatOf, offsetOf, type UlogField } from "./ulogFormats.ts";
import type { UlogMessage } from "./ulogMessages.ts";

const MAX_FORMATS = 5000;
/** Of a receiver's fix: two dimensions; below it there is none. Source: PX4, msg/SensorGps.msg. */
const TWO_DIMENSIONS = 2;

/** Topics with a position, a receiver's own before the estimator's. Source: PX4, msg/*.msg. */
const TOPICS = ["vehicle_gps_position", "sensor_gps", "vehicle_global_position"] as const;
/** Names of each number and what it is to be multiplied by, by its type; the earlier logs have 1e-7 degrees and mm. */
const LATITUDE = ["latitude_deg", "lat"];
const LONGITUDE = ["longitude_deg", "lon"];
const ALTITUDE = ["altitude_msl_m", "alt"];

type NumberReader = (data: DataView) => number;

interface Receiver {
  readonly topic: string;
  readonly us: NumberReader;
  readonly lat: NumberReader;
  readonly lon: NumberReader;
  readonly altitude: NumberReader;
  readonly fixType: NumberReader;
}

/** Gathers the fixes of a log. */
export class UlogPlaces {
  readonly #formats = new Map<string, readonly UlogField[]>();
  readonly #receivers = new Map<number, Receiver>();
  readonly #fixes = new Map<string, PlaceFixes>();

  /** Whether a topic with positions was announced. */
  get areAnnounced(): boolean {
    return this.#receivers.size > 0;
  }

  /** The fixes of the first topic that has any. */
  get found(): { readonly topic: string; readonly fixes: PlaceFixes } | null {
    for (const topic of TOPICS) {
      const fixes = this.#fixes.get(topic);
      if (fixes !== undefined && fixes.count > 0) return { topic, fixes };
    }
    return null;
  }

  take({ type, data }: UlogMessage): void {
    if (type === "F") this.#addFormat(data);
    else if (type === "A" && data.byteLength > 3) this.#subscribe(data);
    else if (type === "D" && data.byteLength > 2) this.#add(data);
  }

  #addFormat(data: DataView): void {
    const format = formatOf(textOf(data, 0));
    if (format !== null && this.#formats.size < MAX_FORMATS) this.#formats.set(format.name, format.fields);
  }

  /** Of several receivers, the first. */
  #subscribe(data: DataView): void {
    const topic = textOf(data, 3);
    if (data.getUint8(0) !== 0 || !TOPICS.some((name) => name === topic)) return;
    const [us, lat, lon] = [["timestamp"], LATITUDE, LONGITUDE].map((names) =>
      this.#reader(topic, names, 1e-7),
    );
    if (us === null || lat === null || lon === null) return;
    const altitude = this.#reader(topic, ALTITUDE, 1e-3) ?? (() => Number.NaN);
    const fixType = this.#reader(topic, ["fix_type"], 1) ?? (() => TWO_DIMENSIONS);
    this.#receivers.set(data.getUint16(1, true), { topic, us, lat, lon, altitude, fixType });
  }

  /** @param perUnit What whole numbers of four bytes are to be multiplied by. */
  #reader(topic: string, names: readonly string[], perUnit: number): NumberReader | null {
    const fields = names
      .map((name) => offsetOf(this.#formats, topic, name))
      .filter((field) => field !== null);
    const [field] = fields;
    if (field === undefined) return null;
    const at = field.offset + 2;
    switch (field.type) {
      case "double":
        return (data) => data.getFloat64(at, true);
      case "float":
        return (data) => data.getFloat32(at, true);
      case "int32_t":
        return (data) => data.getInt32(at, true) * perUnit;
      case "uint8_t":
        return (data) => data.getUint8(at);
      case "uint64_t":
        return (data) => Number(data.getBigUint64(at, true));
      default:
        return null;
    }
  }

  #add(data: DataView): void {
    const receiver = this.#receivers.get(data.getUint16(0, true));
    if (receiver === undefined) return;
    try {
      if (receiver.fixType(data) < TWO_DIMENSIONS) return;
      const { topic } = receiver;
      const fixes = this.#fixes.get(topic) ?? new PlaceFixes();
      this.#fixes.set(topic, fixes);
      fixes.add(receiver.us(data), receiver.lat(data), receiver.lon(data), receiver.altitude(data));
    } catch (error) {
      // A message shorter than its format says.
      if (!(error instanceof RangeError)) throw error;
    }
  }
}

function textOf(data: DataView, from: number): string {
  return Buffer.from(data.buffer, data.byteOffset + from, data.byteLength - from).toString("latin1");
}
