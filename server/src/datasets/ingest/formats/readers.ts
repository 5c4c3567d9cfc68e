import { FORMAT_HEAD_BYTES, type FormatReader } from "./formatReader.ts";
import { geosoftXyz } from "./geosoft/geosoftXyz.ts";
import { hdf5 } from "./hdf5/hdf5Reader.ts";
import { influxCsv } from "./influx/influxCsv.ts";
import { jsonLines, jsonList } from "./json/jsonReader.ts";
import { mcap } from "./mcap/mcapReader.ts";
import { iaga2002 } from "./observatory/iaga2002.ts";
import { imf } from "./observatory/imf.ts";
import { ulog } from "./ulog/ulogReader.ts";
import { zip } from "./zip/zipReader.ts";

const READERS: readonly FormatReader[] = [
  iaga2002,
  imf,
  jsonLines,
  jsonList,
  influxCsv,
  geosoftXyz,
  zip,
  ulog,
  mcap,
  hdf5,
];

/** The reader of the format that a file's first bytes are in, or null: then it is a table of text, or nothing. */
export function readerFor(head: Uint8Array): FormatReader | null {
  const bytes = head.subarray(0, FORMAT_HEAD_BYTES);
  return READERS.find((reader) => reader.claims(bytes)) ?? null;
}
