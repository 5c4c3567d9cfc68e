import type { Draw } from "../../../bench/cases/draw.ts";
import { drawTable, type GrammarFile, type GrammarTable, timesOf, truthOf } from "./grammarTable.ts";

const UNITS = [
  { name: "nT", nt: 1 },
  { name: "µT", nt: 1e3 },
  { name: "mG", nt: 1e2 },
  { name: "T", nt: 1e9 },
] as const;

const ENCODINGS = ["utf-8", "utf-8", "utf-8 with mark", "utf-16le", "utf-16be", "windows-1252"] as const;

function encoded(text: string, encoding: (typeof ENCODINGS)[number]): Uint8Array {
  switch (encoding) {
    case "utf-8":
      return Buffer.from(text);
    case "utf-8 with mark":
      return Buffer.from(`\uFEFF${text}`);
    case "utf-16le":
      return Buffer.from(`\uFEFF${text}`, "utf16le");
    case "utf-16be":
      return Buffer.from(`\uFEFF${text}`, "utf16le").swap16();
    case "windows-1252":
      return Buffer.from(text, "latin1");
  }
}

/** Digits enough for a hundredth of a nanotesla. */
function drawNumber(draw: Draw, nt: number): (value: number) => string {
  const digits = Math.round(Math.log10(nt)) + 2;
  return draw.pick([
    (value: number) => (value / nt).toFixed(digits),
    (value: number) => (value / nt).toFixed(digits + 2),
    (value: number) => (value / nt).toExponential(9),
    (value: number) => `${value >= 0 ? "+" : ""}${(value / nt).toFixed(digits)}`,
  ]);
}

/** One table in a drawn dialect of delimited text that says all that has to be known. */
export function writeCsv(draw: Draw): GrammarFile {
  const table = drawTable(draw);
  const unit = draw.pick(UNITS);
  const number = drawNumber(draw, unit.nt);
  const delimiter = draw.pick([",", ",", ";", "\t", "|"]);
  const decimalComma = delimiter === ";" && draw.chance(0.5);
  const absolute = draw.chance(0.6);
  const padded = draw.chance(0.1);
  const quoting = draw.pick(["none", "none", "all", "some"] as const);
  const encoding = draw.pick(ENCODINGS);
  const hole = draw.pick(["", "NaN", "nan", "null"]);

  const point = (text: string) => (decimalComma ? text.replace(".", ",") : text);
  const cell = (text: string) => {
    const inner = padded ? ` ${text} ` : text;
    const mustQuote = /["\r\n]/.test(text) || text.includes(delimiter);
    if (mustQuote || quoting === "all" || (quoting === "some" && draw.chance(0.3)))
      return `"${text.replaceAll('"', '""')}"`;
    return inner;
  };
  const words = draw.chance(0.3)
    ? ["calm", `a "quoted" word`, `one${delimiter}two`, "über", "gate"].filter(
        (word) => !padded || !/"/.test(word),
      )
    : null;
  const temperature = draw.chance(0.3);
  const names = [
    absolute ? "timestamp_pc" : "time (s)",
    ...["x", "y", "z"].map((axis) => `B${axis} (${unit.name})`),
    ...(temperature ? ["temperature"] : []),
    ...(words ? ["remark"] : []),
  ];
  const times = timesOf(table, true);
  const body = table.axes.map((axes, row) => {
    const fields = axes.map((value, axis) =>
      axis === 0 && table.missing.has(row) ? hole : point(number(value)),
    );
    const time = absolute
      ? new Date(times[row]! / 1000).toISOString()
      : point(((row * table.stepUs) / 1e6).toFixed(6));
    return [
      time,
      ...fields,
      ...(temperature ? [point((20 + (row % 7) / 10).toFixed(1))] : []),
      ...(words ? [words[row % words.length]!] : []),
    ];
  });
  const end = draw.pick(["\n", "\n", "\r\n", "\r"]);
  const preamble = draw.chance(0.15) ? ["# made by a logger", "# second line"] : [];
  const lines = [...preamble, ...[names, ...body].map((row) => row.map(cell).join(delimiter))];
  const text = lines.join(end) + (draw.chance(0.85) ? end : "");
  return {
    bytes: encoded(text, encoding),
    truth: truthOf(table, { absolute, withinNt: unit.nt === 1 ? 1e-9 : 1e-4 }),
  };
}

/** Objects with members in members, one a line or in a list. */
export function writeJson(draw: Draw, form: "lines" | "list"): GrammarFile {
  const table = drawTable(draw);
  const absolute = draw.chance(0.5);
  const times = timesOf(table, absolute);
  const nested = draw.chance(0.5);
  const extra = draw.chance(0.3);
  const objects = table.axes.map(([x, y, z], row) => {
    const time = absolute ? new Date(times[row]! / 1000).toISOString() : times[row]! / 1e6;
    const first = table.missing.has(row) ? null : x;
    return {
      [absolute ? "timestamp_pc" : "time"]: time,
      ...(nested ? { mag_nT: { x: first, y, z } } : { bx_nT: first, by_nT: y, bz_nT: z }),
      ...(extra ? { note: `line "${row}"\n`, spare: [] } : {}),
    };
  });
  const end = draw.pick(["\n", "\r\n"]);
  const text =
    form === "lines"
      ? objects.map((one) => JSON.stringify(one)).join(end) + end
      : JSON.stringify(objects, null, draw.pick([0, 2]));
  return {
    bytes: Buffer.from((draw.chance(0.1) ? "\uFEFF" : "") + text),
    truth: truthOf(table, { absolute, withinNt: 1e-9 }),
  };
}

/** A query's answer with annotations: a table a field, one line a value. Source: InfluxData, Annotated CSV. */
export function writeInflux(draw: Draw): GrammarFile {
  const table = drawTable(draw, draw.integer(20, 60));
  const times = timesOf(table, true).map((us) => new Date(us / 1000).toISOString());
  const head = [
    "#group,false,false,true,true,false,false,true,true,true",
    "#datatype,string,long,dateTime:RFC3339,dateTime:RFC3339,dateTime:RFC3339,double,string,string,string",
    "#default,_result,,,,,,,,",
    ",result,table,_start,_stop,_time,_value,_field,_measurement,station",
  ];
  const body = ["bx_nT", "by_nT", "bz_nT"].flatMap((field, axis) =>
    table.axes.flatMap((axes, row) =>
      axis === 0 && table.missing.has(row)
        ? []
        : [`,,${axis},${times[0]},${times.at(-1)},${times[row]},${axes[axis]},${field},mag,north`],
    ),
  );
  return {
    bytes: Buffer.from([...head, ...body, ""].join("\r\n")),
    truth: truthOf(table, { absolute: true, withinNt: 1e-9 }),
  };
}

/** Source: IAGA-2002 exchange format, fixed columns. */
export function writeIaga(draw: Draw): GrammarFile {
  const drawn = drawTable(draw, draw.integer(20, 50));
  const startUs = Math.floor(drawn.startUs / 60e6) * 60e6;
  const table: GrammarTable = { ...drawn, startUs, stepUs: 60e6 };
  const field = (name: string, value: string) => ` ${name.padEnd(23)}${value.padEnd(45)}|`;
  const pad = (value: number) => value.toFixed(2).padStart(10);
  const header = `DATE       TIME         DOY     ${["NOWX", "NOWY", "NOWZ", "NOWF"].map((one) => one.padEnd(10)).join("")}`;
  const rows = table.axes.map(([x, y, z], row) => {
    const at = new Date((startUs + row * table.stepUs) / 1000).toISOString();
    const day = (Date.parse(at.slice(0, 10)) - Date.UTC(Number(at.slice(0, 4)), 0, 1)) / 86_400_000 + 1;
    const values = [table.missing.has(row) ? 99999 : x!, y!, z!, Math.hypot(x!, y!, z!)];
    return `${at.slice(0, 10)} ${at.slice(11, 23)} ${String(day).padStart(3, "0")}    ${values.map(pad).join("")}`;
  });
  const head = [
    field("Format", "IAGA-2002"),
    field("Source of Data", "A test"),
    field("Station Name", "Nowhere"),
    field("IAGA CODE", "NOW"),
    field("Geodetic Latitude", "10.5"),
    field("Geodetic Longitude", "20.5"),
    field("Elevation", "300"),
    field("Reported", "XYZF"),
    `${header.padEnd(69)}|`,
  ];
  return {
    bytes: Buffer.from([...head, ...rows, ""].join("\r\n")),
    truth: truthOf(table, { absolute: true, withinNt: 1e-9 }),
  };
}
