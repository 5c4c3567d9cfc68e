import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createDraw, type Draw } from "../../../bench/cases/draw.ts";
import { type DrawnFile, drawFile } from "../../../bench/cases/drawFile.ts";
import { malformedFile } from "../datasets/malformedFiles.ts";
import type { GrammarFile, Truth } from "./grammarTable.ts";
import { mutate } from "./mutate.ts";
import { pack, writeArrow, writeHdf5, writeMcap, writeParquet, writeUlog } from "./writeBinary.ts";
import { writeCsv, writeIaga, writeInflux, writeJson } from "./writeText.ts";

export interface FuzzFile {
  readonly kind: string;
  readonly filename: string;
  readonly bytes: Uint8Array;
  /** All that must come out, where a grammar made the file. */
  readonly truth: Truth | null;
  /** What is known of a file in one of the dialects of the bench `cases`. */
  readonly drawn: DrawnFile | null;
  /** Set where no reading may be accepted. */
  readonly mustRefuse: boolean;
}

type Made = Pick<FuzzFile, "bytes"> & Partial<FuzzFile>;
type Maker = (draw: Draw, seed: number) => Made | Promise<Made>;

const realFolder =
  process.env.FUZZ_REAL_FILES ?? fileURLToPath(new URL("../../../../shared/data/formats", import.meta.url));
/** Recordings by real instruments, where they are present. */
export const REAL_FILES: readonly { readonly name: string; readonly bytes: Uint8Array }[] = existsSync(
  realFolder,
)
  ? readdirSync(realFolder)
      .sort()
      .map((name) => ({ name, bytes: readFileSync(join(realFolder, name)) }))
  : [];

const grammars: Readonly<Record<string, (draw: Draw) => GrammarFile | Promise<GrammarFile>>> = {
  csv: writeCsv,
  "json lines": (draw) => writeJson(draw, "lines"),
  "json list": (draw) => writeJson(draw, "list"),
  influx: writeInflux,
  iaga: writeIaga,
  arrow: writeArrow,
  parquet: writeParquet,
  mcap: writeMcap,
  ulog: writeUlog,
  hdf5: writeHdf5,
};

const wholeOf =
  (name: string): Maker =>
  (draw) =>
    grammars[name]!(draw);

const plainText: Maker = async (draw, seed) => {
  const name = draw.pick(["csv", "csv", "drawn", "json lines", "json list", "influx", "iaga"]);
  return name === "drawn" ? { bytes: drawFile(seed).bytes } : grammars[name]!(draw);
};

const packedText: Maker = async (draw, seed) => ({ bytes: pack(draw, (await plainText(draw, seed)).bytes) });

/** A real file, mostly its beginning: a whole one of 190 KB is read no otherwise, and takes longer. */
function realBytes(draw: Draw): Uint8Array {
  const { bytes } = draw.pick(REAL_FILES);
  return draw.chance(0.1) ? bytes : bytes.subarray(0, draw.integer(500, 20_000));
}

const mutated =
  (make: Maker): Maker =>
  async (draw, seed) => {
    const [one, other] = [await make(draw, seed), await make(draw, seed + 1)];
    return { bytes: mutate(draw, one.bytes, other.bytes) };
  };

const mutatedReal: Maker = async (draw, seed) => {
  if (REAL_FILES.length === 0) return mutated(plainText)(draw, seed);
  const spoilt = mutate(draw, realBytes(draw), realBytes(draw));
  return { bytes: draw.chance(0.15) ? pack(draw, spoilt) : spoilt };
};

/** A sound file that was packed: the same truth. */
const packedCsv: Maker = async (draw) => {
  const { bytes, truth } = await writeCsv(draw);
  return { bytes: pack(draw, bytes), truth };
};

const makers: readonly (readonly [kind: string, share: number, make: Maker])[] = [
  ["csv", 2600, (draw) => writeCsv(draw)],
  ["csv packed", 700, packedCsv],
  [
    "dialects",
    2800,
    (_draw, seed) => {
      const drawn = drawFile(seed);
      return { bytes: drawn.bytes, filename: drawn.filename, drawn };
    },
  ],
  ["malformed", 1400, (_draw, seed) => ({ bytes: malformedFile(seed, seed).bytes, mustRefuse: true })],
  ["json lines", 600, wholeOf("json lines")],
  ["json list", 400, wholeOf("json list")],
  ["influx", 200, wholeOf("influx")],
  ["iaga", 200, wholeOf("iaga")],
  ["arrow", 700, wholeOf("arrow")],
  ["parquet", 600, wholeOf("parquet")],
  ["mcap", 400, wholeOf("mcap")],
  ["ulog", 300, wholeOf("ulog")],
  ["hdf5", 40, wholeOf("hdf5")],
  [REAL_FILES.length > 0 ? "real, mutated" : "real, left out: text, mutated", 3600, mutatedReal],
  ["text, mutated", 2200, mutated(plainText)],
  ["packed, mutated", 1200, mutated(packedText)],
  ["arrow, mutated", 600, mutated(grammars.arrow!)],
  ["parquet, mutated", 600, mutated(grammars.parquet!)],
  ["mcap, mutated", 400, mutated(grammars.mcap!)],
  ["ulog, mutated", 300, mutated(grammars.ulog!)],
  ["hdf5, mutated", 40, mutated(grammars.hdf5!)],
];
const SHARES = makers.reduce((sum, [, share]) => sum + share, 0);

/** The file at a place of a run. The same seed and place give the same bytes, where the same real files are present. */
export async function fuzzFile(seed: number, place: number): Promise<FuzzFile> {
  const ownSeed = (seed % 100_000) * 1_000_000 + place;
  const draw = createDraw(ownSeed);
  let left = draw.fraction() * SHARES;
  const [kind, , make] = makers.find(([, share]) => {
    left -= share;
    return left < 0;
  })!;
  return {
    kind,
    filename: `survey_${place}`,
    truth: null,
    drawn: null,
    mustRefuse: false,
    ...(await make(draw, ownSeed)),
  };
}
