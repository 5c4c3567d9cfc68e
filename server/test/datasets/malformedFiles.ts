import { gzipSync, zstdCompressSync } from "node:zlib";

export interface MalformedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Numbers in [0, 1) that a seed decides: mulberry32. */
type Random = () => number;

function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function integer(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

function pick<T>(random: Random, items: readonly T[]): T {
  return items[integer(random, 0, items.length - 1)];
}

const HEADER = ["timestamp_pc", "b_x", "b_y", "b_z", "lat", "lon", "sensor_id"];

/** A table that is in order, to be spoilt. */
function goodTable(random: Random, rows = integer(random, 2, 60)): string[][] {
  const start = Date.UTC(2025, 5, 5) + integer(random, 0, 1e9);
  return [
    [...HEADER],
    ...Array.from({ length: rows }, (_, i) => [
      new Date(start + i * 100).toISOString(),
      ...[0, 1, 2].map(() => ((random() - 0.5) * 1e5).toFixed(3)),
      "26.5",
      "80.2",
      "S1",
    ]),
  ];
}

function csv(table: readonly (readonly string[])[], delimiter = ",", lineEnd = "\n"): string {
  return table.map((row) => row.join(delimiter) + lineEnd).join("");
}

/** A good table with one cell of its body, in one of the given columns, set to something. */
function spoilt(random: Random, columns: readonly number[], value: string): string {
  const table = goodTable(random);
  table[integer(random, 1, table.length - 1)][pick(random, columns)] = value;
  return csv(table, ",", pick(random, ["\n", "\r\n", "\r"]));
}

function bytesOf(random: Random, length: number): Buffer {
  return Buffer.from(Array.from({ length }, () => integer(random, 0, 255)));
}

function behind(hex: string, random: Random): Buffer {
  return Buffer.concat([Buffer.from(hex, "hex"), bytesOf(random, integer(random, 0, 2000))]);
}

const MARKS = [
  "504b0304",
  "504b0506",
  "7f454c46",
  "cefaedfe",
  "cafebabe",
  "0061736d",
  "89504e470d0a1a0a",
  "ffd8ffe0",
  "474946383961",
  "49492a00",
  "255044462d312e37",
  "d0cf11e0a1b11ae1",
  "526172211a0700",
  "377abcaf271c",
  "fd377a585a00",
  "425a6839",
  "04224d18",
  "894844460d0a1a0a",
  "53514c69746520666f726d6174203300",
];

const AXES = [1, 2, 3];

type Maker = (random: Random) => Uint8Array | string;

/** One way each in which a file can be no good. Whatever the numbers drawn, none of them may be acceptable. */
const makers: Readonly<Record<string, Maker>> = {
  "gzip cut short": (random) => {
    const whole = gzipSync(csv(goodTable(random, 400)));
    return whole.subarray(0, integer(random, 12, whole.length - 9));
  },
  "gzip with a changed byte": (random) => {
    const whole = gzipSync(csv(goodTable(random, 400)));
    // The checksum at the end: whatever it was, it is wrong now.
    whole[whole.length - 5 - integer(random, 0, 3)] ^= integer(random, 1, 255);
    return whole;
  },
  "gzip bomb": (random) => {
    const filling = "9".repeat(integer(random, 8, 16) * 1024 * 1024);
    return gzipSync(`${HEADER.join()}\n${filling}`, { level: 9 });
  },
  "zstd bomb": (random) =>
    zstdCompressSync(Buffer.alloc(integer(random, 8, 16) * 1024 * 1024, pick(random, ["a", "1", " "]))),
  "zstd cut short": (random) => {
    const whole = zstdCompressSync(csv(goodTable(random, 400)));
    return whole.subarray(0, integer(random, 5, whole.length - 5));
  },
  "packed twice": (random) => gzipSync(pick(random, [gzipSync, zstdCompressSync])(csv(goodTable(random)))),
  "packed program": (random) => pick(random, [gzipSync, zstdCompressSync])(behind("7f454c46", random)),
  "NUL bytes": (random) => spoilt(random, [0, 1, 2, 3, 6], `1${"\0".repeat(integer(random, 1, 9))}`),
  "control characters": (random) =>
    csv([[...HEADER, String.fromCharCode(integer(random, 1, 8))], ...goodTable(random).slice(1)]),
  "another format's mark": (random) => behind(pick(random, MARKS), random),
  "Windows program": (random) => Buffer.concat([Buffer.from("MZ"), Buffer.alloc(80), bytesOf(random, 400)]),
  "tar archive": (random) => {
    const block = Buffer.alloc(1024, integer(random, 97, 122));
    block.write("ustar", 257);
    return block;
  },
  "random bytes": (random) =>
    Buffer.concat([Buffer.from([0xf8]), bytesOf(random, integer(random, 40, 5000))]),
  "HTML page": (random) => {
    const start = pick(random, [
      "<!DOCTYPE html>",
      "<html>",
      "\n <HTML lang=en>",
      "\uFEFF<!doctype HTML>",
      "<script>",
    ]);
    return `${start}<body>${csv(goodTable(random))}</body>`;
  },
  XML: (random) => `<?xml version="1.0"?><rows>${csv(goodTable(random))}</rows>`,
  JSON: (random) => JSON.stringify({ survey: "quay", rows: goodTable(random).length }),
  script: (random) => `#!/bin/sh\n${csv(goodTable(random))}`,
  "IAGA-2002": (random) =>
    ` Format                 IAGA-2002                                    |\r\n${csv(goodTable(random))}`,
  "missing columns": (random) => {
    const table = goodTable(random);
    const kept = HEADER.map((_, i) => i).filter((i) => i > 3 || random() < 0.5);
    const columns = kept.includes(0) && AXES.every((axis) => kept.includes(axis)) ? [0, 1, 2] : kept;
    return csv(table.map((row) => columns.map((i) => row[i])));
  },
  "names nobody knows": (random) =>
    csv([HEADER.map((_, i) => `w${integer(random, 0, 99)}q${i}`), ...goodTable(random).slice(1)]),
  "two columns for one place": (random) => {
    const table = goodTable(random);
    const axis = pick(random, AXES);
    table[0][4] = table[0][axis];
    return csv(table);
  },
  "no header": (random) => csv(goodTable(random).slice(1)),
  "header alone": (random) =>
    HEADER.join(pick(random, [",", ";", "\t", "|"])) + pick(random, ["", "\n", "\r\n", "\n\n\n"]),
  empty: (random) =>
    pick(random, ["", "\n", "\r\n\r\n", "   \n", "\uFEFF", "# only a comment\n", "/ a\n# b\n"]),
  "text for a number": (random) =>
    spoilt(
      random,
      AXES,
      pick(random, ["abc", "1.2.3", "12e", "0x1F", "1_000", "--5", "1 2", "E77", "=1+1", "١٢"]),
    ),
  "a number that is none": (random) => spoilt(random, AXES, pick(random, ["1e999", "-9e400", "1.5.5"])),
  "thousands separators between no thousands": (random) =>
    csv(
      goodTable(random).map((row, i) => (i === 0 ? row : [row[0], "12,34.56", ...row.slice(2)])),
      ";",
    ),
  "decimal comma between commas": (random) =>
    csv(goodTable(random).map((row, i) => (i === 0 ? row : row.map((cell) => cell.replace(".", ","))))),
  "mixed times": (random) =>
    spoilt(
      random,
      [0],
      pick(random, ["1749122680", "24:40.0", "12:30:00", "2025-06-05 11:24:40", "17.5", "1749122680000"]),
    ),
  "no time": (random) =>
    spoilt(
      random,
      [0],
      pick(random, ["", "yesterday", "2025-02-30T00:00:00Z", "2025-06-05T25:00:00Z", "NaN", "05.06.2025"]),
    ),
  "no time at all": (random) =>
    csv(
      goodTable(random).map((row, i) =>
        i === 0 ? row : [pick(random, ["noon", "?", "12h30"]), ...row.slice(1)],
      ),
    ),
  "too few cells": (random) => {
    const table = goodTable(random);
    const row = integer(random, 1, table.length - 1);
    table[row] = table[row].slice(0, integer(random, 1, HEADER.length - 1));
    return csv(table);
  },
  "too many cells": (random) => {
    const table = goodTable(random);
    table[integer(random, 1, table.length - 1)].push(...Array<string>(integer(random, 1, 5)).fill("7"));
    return csv(table);
  },
  "cut in the row before the last": (random) => {
    const table = goodTable(random);
    table[table.length - 2].length = integer(random, 1, 3);
    return csv(table).trimEnd();
  },
  "a megabyte in a cell": (random) =>
    spoilt(random, [0, 1, 5, 6], pick(random, ["7", "x", " y"]).repeat(integer(random, 1.1e6, 2e6))),
  "megabytes without a line end": (random) =>
    pick(random, ["x", "1,", '"a']).repeat(integer(random, 4.5e6, 5e6)),
  "a quote that never closes": (random) => spoilt(random, [1, 2, 3, 6], '"1.5'),
  "text behind a quote": (random) => spoilt(random, AXES, '"1.5"x'),
  "UTF-8 and Latin-1 in one": (random) =>
    Buffer.concat([
      Buffer.from(
        csv([[...HEADER.slice(0, 6), pick(random, ["µT", "größe", "º"])], ...goodTable(random).slice(1)]),
      ),
      Buffer.from(spoilt(random, [6], "Gerät"), "latin1"),
    ]),
  "UTF-16 without a mark": (random) => Buffer.from(csv(goodTable(random)), "utf16le"),
  "UTF-16 with half a character": (random) => {
    const text = Buffer.from(`\uFEFF${csv(goodTable(random))}`, "utf16le");
    return Buffer.concat([
      text,
      Buffer.from([integer(random, 0, 255), integer(random, 0xd8, 0xdb), 0x41, 0x00]),
    ]);
  },
  "UTF-32": (random) => {
    const characters = [...`\uFEFF${csv(goodTable(random))}`];
    const bytes = Buffer.alloc(4 * characters.length);
    characters.forEach((character, i) => {
      bytes.writeUInt32LE(character.codePointAt(0)!, 4 * i);
    });
    return bytes;
  },
  "more columns than any table has": (random) => {
    const width = integer(random, 1001, 1500);
    const names = Array.from({ length: width }, (_, i) => HEADER[i] ?? `c${i}`);
    return csv([names, names.map(() => "1")]);
  },
  "more sensors than a survey has": (random) => {
    const [header, ...rows] = goodTable(random, integer(random, 1001, 1300));
    return csv([header, ...rows.map((row, i) => [...row.slice(0, 6), `sensor ${i}`])]);
  },
  "Arrow cut short": (random) =>
    Buffer.concat([Buffer.from("ARROW1\0\0"), bytesOf(random, integer(random, 0, 300))]),
  "Arrow stream of noise": (random) =>
    Buffer.concat([
      Buffer.from([255, 255, 255, 255, integer(random, 8, 250), 0, 0, 0]),
      bytesOf(random, 200),
    ]),
  "Parquet of noise": (random) =>
    Buffer.concat([Buffer.from("PAR1"), bytesOf(random, integer(random, 0, 300)), Buffer.from("PAR1")]),
  "Parquet with a footer too long": (random) => {
    const length = Buffer.alloc(4);
    length.writeUInt32LE(integer(random, 1e6, 2 ** 32 - 1));
    return Buffer.concat([Buffer.from("PAR1"), bytesOf(random, 100), length, Buffer.from("PAR1")]);
  },
};

/**
 * Files that are no good, in turn through every way of being so.
 *
 * @param seed Decides everything. @param count How many; over two hundred see every way several times.
 */
export function malformedFiles(seed: number, count: number): MalformedFile[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => malformed(random, i));
}

/** One such file: of the way that comes at this place among them, with numbers of its own. */
export function malformedFile(seed: number, place: number): MalformedFile {
  return malformed(seeded(seed), place);
}

function malformed(random: Random, place: number): MalformedFile {
  const ways = Object.entries(makers);
  const [name, make] = ways[place % ways.length];
  const content = make(random);
  return {
    name: `${name} ${Math.floor(place / ways.length)}`,
    bytes: typeof content === "string" ? Buffer.from(content) : content,
  };
}
