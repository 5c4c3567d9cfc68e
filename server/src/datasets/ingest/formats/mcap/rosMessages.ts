import type { DecodedMessage, MessageDecoder } from "./decodedMessage.ts";

/** Bytes before a message in CDR: how it is encoded. */
const ENCAPSULATION_BYTES = 4;
const NO_FIX = -1;

/** Decoders of messages that are known by their names. Source: ROS, common_interfaces, sensor_msgs and geometry_msgs. */
export function rosDecoder(schemaName: string, encoding: string, topic: string): MessageDecoder | null {
  if (encoding !== "cdr" && encoding !== "ros1") return null;
  const begin = (data: Uint8Array): RosCursor =>
    encoding === "cdr" ? cdrCursor(data) : new RosCursor(data, 0, 0, true);
  const isRos1 = encoding === "ros1";
  switch (schemaName.replace("/msg/", "/")) {
    case "sensor_msgs/MagneticField": {
      const names = ["x", "y", "z"].map((axis) => `magnetic_field.${axis} (T)`);
      return { kind: "field", names, decode: (data) => vectorOf(begin(data), isRos1) };
    }
    case "geometry_msgs/Vector3Stamped": {
      if (!/mag/i.test(topic)) return null;
      const names = ["x", "y", "z"].map((axis) => `mag.${axis}`);
      return { kind: "vector", names, decode: (data) => vectorOf(begin(data), isRos1) };
    }
    case "sensor_msgs/NavSatFix":
      return {
        kind: "place",
        names: ["latitude", "longitude", "altitude"],
        decode: (data) => placeOf(begin(data), isRos1),
      };
    default:
      return null;
  }
}

function vectorOf(cursor: RosCursor, isRos1: boolean): DecodedMessage {
  const stampUs = cursor.header(isRos1);
  return { stampUs, values: [cursor.float64(), cursor.float64(), cursor.float64()] };
}

function placeOf(cursor: RosCursor, isRos1: boolean): DecodedMessage | null {
  const stampUs = cursor.header(isRos1);
  const status = cursor.int8();
  cursor.uint16();
  const values = [cursor.float64(), cursor.float64(), cursor.float64()];
  return status === NO_FIX ? null : { stampUs, values };
}

/** Source: OMG, DDS-XTypes 1.3, 7.4.3 and 7.6.3.1.2: the second byte says byte order and version. */
function cdrCursor(data: Uint8Array): RosCursor {
  const kind = data[1];
  return new RosCursor(data, ENCAPSULATION_BYTES, kind >= 6 ? 4 : 8, (kind & 1) === 1);
}

/** Reads one message from its beginning. ROS 1 aligns nothing; CDR aligns numbers to their size, 8 or 4 at most. */
class RosCursor {
  readonly #view: DataView;
  readonly #origin: number;
  readonly #alignment: number;
  readonly #little: boolean;
  #at: number;

  constructor(data: Uint8Array, origin: number, alignment: number, little: boolean) {
    this.#view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    this.#origin = origin;
    this.#at = origin;
    this.#alignment = alignment;
    this.#little = little;
  }

  /** std_msgs/Header. @returns its stamp, µs; null where it is 0, which means that none was given. */
  header(hasSequence: boolean): number | null {
    if (hasSequence) this.#uint32();
    const seconds = this.#uint32();
    const nanoseconds = this.#uint32();
    const frame = this.#uint32();
    this.#at += frame;
    return seconds === 0 && nanoseconds === 0 ? null : seconds * 1e6 + Math.round(nanoseconds / 1e3);
  }

  int8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#take(2), this.#little);
  }

  float64(): number {
    return this.#view.getFloat64(this.#take(8), this.#little);
  }

  #uint32(): number {
    return this.#view.getUint32(this.#take(4), this.#little);
  }

  #take(bytes: number): number {
    const step = Math.min(bytes, this.#alignment);
    if (step > 1) this.#at += (step - ((this.#at - this.#origin) % step)) % step;
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}
