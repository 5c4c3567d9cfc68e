import { createDraw, type Draw } from "./draw.ts";
import { drawFields } from "./drawFields.ts";
import { drawTimes } from "./drawTimes.ts";
import type { Expected } from "./readCase.ts";
import type { WrittenTimes } from "./writtenTimes.ts";

export interface DrawnFile {
  readonly family: string;
  readonly filename: string;
  readonly bytes: Uint8Array;
  readonly expected: Expected;
  /** Whether the file holds enough to know how it is meant. */
  readonly known: boolean;
  /** Where the file cannot say which of two is meant: what an assumption would have to be about. */
  readonly mayAssume: boolean;
  /** Set where no reading is right. */
  readonly unreadable: boolean;
}

const STEPS_US = [5e3, 10e3, 20e3, 100e3, 250e3, 1e6];
const SENTINELS =
  "99999 -9999 1e32 88888 -99999 NaN N/A null #NV 1.#QNAN -1.#IND00 inf - nan(snan) undefined --- \\N 9999999"
    .split(" ")
    .concat("");

/** A known series, written in a drawn dialect. The same seed gives the same bytes. */
export function drawFile(seed: number): DrawnFile {
  const draw = createDraw(seed);
  const rows = draw.integer(150, 300);
  const stepUs = draw.pick(STEPS_US);
  const startMs = Date.UTC(
    draw.integer(2018, 2026),
    draw.integer(0, 11),
    draw.integer(1, 28),
    draw.integer(0, 23),
    draw.integer(0, 59),
    draw.integer(0, 59),
    draw.integer(0, 999),
  );
  // A day stays a day: forms without a date have a test of midnight elsewhere.
  const times = drawTimes(draw, { startUs: startMs * 1e3, stepUs });
  const scalar = draw.chance(0.08);
  const fields = drawFields(draw, scalar);
  const readings = drawReadings(draw, rows, scalar);
  const written = readings.map((axes) => axes.map(fields.cell));
  const numbers = fields.number === undefined ? written : readings.map((axes) => axes.map(fields.number!));
  const expectedOf = (row: number) => numbers[row]!.map((cell) => Number(cell) * fields.nt);

  const delimiter = draw.pick([",", ",", ",", ";", "\t", " ", "|"]);
  const spaced = delimiter === " " && hasSpaces(times, fields.names);
  const sign = spaced ? "," : delimiter;
  const decimalComma = sign === ";" && draw.chance(0.5);
  const missing = drawMissing(draw, rows, decimalComma, sign);

  const extra = draw.chance(0.4) ? drawExtra(draw, rows) : null;
  const indexed = draw.chance(0.06) && sign !== " ";
  const names = [...(indexed ? [""] : []), ...times.names, ...fields.names, ...(extra?.names ?? [])];
  const bodyRows = written.map((axes, row) => {
    const cells = axes.map((cell) => missing.cells.get(row) ?? cell);
    return [...(indexed ? [String(row)] : []), ...times.cells(row), ...cells, ...(extra?.cells(row) ?? [])];
  });
  const descending = draw.chance(0.03) && times.absolute;
  if (descending) bodyRows.reverse();
  const cut =
    draw.chance(0.04) && !descending && times.names.length > 0 && fields.names.length === 3 && extra === null;

  const quoted = draw.chance(0.1);
  const text = (cell: string) => {
    const point =
      decimalComma && /^[-+−]?\d+\.\d+(e[-+]?\d+)?( ?[a-zµ]+)?$/i.test(cell) ? cell.replace(".", ",") : cell;
    return quoted || point.includes(sign) ? `"${point}"` : point;
  };
  const lines = [names, ...(fields.unitsRow === null ? [] : [unitsRow(names, fields)]), ...bodyRows].map(
    (cells) => cells.map(text).join(sign),
  );
  if (draw.chance(0.03)) lines.splice(draw.integer(20, lines.length - 20), 0, lines[0]!);
  const preamble = drawPreamble(draw, sign);
  const lineEnd = draw.pick(["\n", "\n", "\r\n"]);
  if (cut) lines[lines.length - 1] = lines.at(-1)!.slice(0, lines.at(-1)!.lastIndexOf(sign));
  const whole = [...preamble.lines, ...lines].join(lineEnd) + (cut || draw.chance(0.1) ? "" : lineEnd);
  const latin = draw.chance(0.06) && /[µγ]/.test(whole) && !/[Îμγ]/.test(whole);
  const mark = !latin && draw.chance(0.1) ? "\uFEFF" : "";

  const kept = cut ? rows - 1 : rows;
  const [startUs, endUs] = [times.us(0), times.us(kept - 1)];
  return {
    family: [
      times.family,
      fields.family,
      ...preamble.family,
      ...missing.family,
      ...(cut ? ["cut off"] : []),
      ...(descending ? ["descending"] : []),
      ...(scalar ? ["scalar"] : []),
      ...(indexed ? ["index"] : []),
      ...(quoted ? ["quoted"] : []),
      sign === "\t" ? "tabs" : sign === " " ? "blanks" : `delimiter ${sign}`,
    ].join(", "),
    filename: `survey_${seed}.csv`,
    bytes: latin ? Buffer.from(whole, "latin1") : Buffer.from(mark + whole),
    expected: {
      rows: kept,
      ...(scalar ? { b0: expectedOf(0)[0]! } : { first: expectedOf(0), last: expectedOf(kept - 1) }),
      dur: (endUs - startUs) / 1e6,
      ...(times.absolute && !times.either
        ? { start: new Date(startUs / 1e3).toISOString().slice(0, -1) }
        : {}),
      max_abs: 80_000,
    },
    known: times.known && fields.known,
    mayAssume: Boolean(times.either) || !fields.known,
    unreadable: Boolean(times.unreadable) || Boolean(fields.unreadable),
  };
}

function hasSpaces(times: WrittenTimes, names: readonly string[]): boolean {
  return [...times.cells(0), ...times.names, ...names].some((cell) => cell.includes(" ") || cell === "");
}

/** A field like the Earth's, with slow change and noise. nT. */
function drawReadings(draw: Draw, rows: number, scalar: boolean): number[][] {
  const strength = 25_000 + 40_000 * draw.fraction();
  const [inclination, declination] = [draw.fraction() * 3 - 1.5, draw.fraction() * 6.28];
  const base = [
    strength * Math.cos(inclination) * Math.cos(declination),
    strength * Math.cos(inclination) * Math.sin(declination),
    strength * Math.sin(inclination),
  ];
  return Array.from({ length: rows }, (_, row) => {
    const axes = base.map(
      (value, axis) => value + 200 * Math.sin(row / 30 + axis) + 20 * (draw.fraction() - 0.5),
    );
    return scalar ? [Math.hypot(...axes)] : axes;
  });
}

function drawMissing(draw: Draw, rows: number, decimalComma: boolean, sign: string) {
  const cells = new Map<number, string>();
  if (!draw.chance(0.15)) return { cells, family: [] };
  const word = draw.pick(
    SENTINELS.filter((each) => !(decimalComma && each.includes(".")) && !(sign === " " && each === "")),
  );
  for (let n = draw.integer(4, 8); n > 0; n--) cells.set(draw.integer(10, rows - 10), word);
  return { cells, family: [`missing as "${word}"`] };
}

function drawExtra(draw: Draw, rows: number): { names: string[]; cells(row: number): string[] } {
  const turn = draw.integer(0, 50);
  return draw.pick([
    { names: ["temperature"], cells: (row: number) => [(20 + ((row + turn) % 40) / 100).toFixed(2)] },
    { names: ["label"], cells: (row: number) => [row > rows / 2 ? "car" : "none"] },
    {
      names: ["lat", "lon"],
      cells: (row: number) => [(56.86 + row * 1e-6).toFixed(7), (24.1 + row * 1e-6).toFixed(7)],
    },
    {
      names: ["accel_x", "accel_y", "accel_z"],
      cells: (row: number) => [(0.1 + row * 1e-4).toFixed(4), "0.0200", (9.81 - row * 1e-4).toFixed(4)],
    },
  ]);
}

function drawPreamble(draw: Draw, sign: string): { lines: string[]; family: string[] } {
  const chance = draw.fraction();
  if (chance < 0.7) return { lines: [], family: [] };
  if (chance < 0.78)
    return { lines: ["# Recorded with a fluxgate", "# Site: north field"], family: ["# comments"] };
  if (chance < 0.84) {
    const lines = ["Instrument: FGM3D", "Serial: 1234", "Operator: A. Weber", "Range: 100", ""];
    return { lines, family: ["key: value preamble"] };
  }
  if (chance < 0.9) return { lines: ["North field, second flight"], family: ["a title line"] };
  if (chance < 0.95 && sign !== " " && sign !== "\t") return { lines: [`sep=${sign}`], family: ["sep="] };
  return { lines: ["% made by the logger", "/ second comment"], family: ["% and / comments"] };
}

function unitsRow(
  names: readonly string[],
  fields: { names: readonly string[]; unitsRow: string | null },
): string[] {
  return names.map((name) => (fields.names.includes(name) ? fields.unitsRow! : ""));
}
