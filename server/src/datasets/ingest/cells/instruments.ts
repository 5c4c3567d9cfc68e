import type { FieldUnit } from "../types.ts";
import type { ColumnName } from "./columnNames.ts";

/** An instrument or app that writes no unit, and the unit it writes. */
export interface Instrument {
  readonly name: string;
  readonly unit: FieldUnit;
}

interface Known extends Instrument {
  readonly by: (names: readonly string[], preamble: string) => boolean;
}

function has(names: readonly string[], ...wanted: readonly string[]): boolean {
  return wanted.every((name) => names.includes(name));
}

const SENSOR_LOGGER = new Set(["time,seconds_elapsed,z,y,x", "sensor,time,seconds_elapsed,x,y,z"]);

const KNOWN: readonly Known[] = [
  // Its headers are all there is to know it by.
  { name: "Sensor Logger", unit: "µT", by: (names) => SENSOR_LOGGER.has(names.join()) },
  {
    name: "ArduPilot",
    unit: "mG",
    by: (names) => has(names, "magx", "magy", "magz", "ofsx", "ofsy", "ofsz"),
  },
  // RAW_IMU and SCALED_IMU of MAVLink are in mG by their definition.
  { name: "MAVLink", unit: "mG", by: (names) => has(names, "xmag", "ymag", "zmag", "xacc", "yacc", "zacc") },
  // sensor_msgs/MagneticField is in tesla by its definition.
  { name: "ROS", unit: "T", by: (names) => names.some((name) => /(^|[./])magnetic_field[./]x$/.test(name)) },
  { name: "Physics Toolbox", unit: "µT", by: (names) => has(names, "time", "bx", "by", "bz", "bt") },
  {
    name: "OpenLog Artemis",
    unit: "µT",
    by: (names) => has(names, "magx", "magy", "magz") && has(names, "rtctime"),
  },
  { name: "phyphox", unit: "µT", by: (_, preamble) => preamble.includes("phyphox") },
  { name: "AndroSensor", unit: "µT", by: (_, preamble) => preamble.includes("androsensor") },
];

/** The instrument that a header, or the lines above it, is of; null where it is none known. */
export function instrumentOf(names: readonly ColumnName[], preamble: readonly string[]): Instrument | null {
  const lower = names.map(({ text }) => text.toLowerCase().replace(/^[%#]\s*/, ""));
  const above = preamble.join("\n").slice(0, 20_000).toLowerCase();
  return KNOWN.find(({ by }) => by(lower, above)) ?? null;
}
