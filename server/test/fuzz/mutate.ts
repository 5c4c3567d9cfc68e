import type { Draw } from "../../../bench/cases/draw.ts";

const NUMBERS = [
  "1e999",
  "-1e999",
  "-0",
  "1e-400",
  "9007199254740993",
  "4294967296",
  "-2147483649",
  "0x10",
  "1,5",
  "1.2.3",
  "NaN",
  "Infinity",
  "1_000",
  "١٢",
  "--1",
  "+",
  ".",
  "1e",
  "",
  "99999",
  "=SUM(A1)",
];
const TEXTS = [
  "\0",
  '"',
  '""',
  '"\n',
  "\r",
  "\n\n\n",
  ",",
  ";",
  "\t",
  "\uFEFF",
  "\u202e",
  "\ud83d\ude00",
  "#",
  "//",
  "sep=;\n",
  "{",
  "[",
  "}]",
  "\\u0000",
  "NaN,NaN,NaN\n",
];
const SIZES = [0, 1, 2, 7, 8, 255, 256, 65_535, 65_536, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1];

/**
 * A file with one thing wrong in it, or a few: bytes changed, cut, moved, doubled or put in, lines swapped, numbers that
 * mean a length made large, and a piece of another file.
 */
export function mutate(draw: Draw, original: Uint8Array, other: Uint8Array): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let changes = draw.pick([1, 1, 1, 2, 4]); changes > 0; changes--)
    bytes = draw.pick(bytes.includes(10) && draw.chance(0.6) ? TEXT_WAYS : BYTE_WAYS)(draw, bytes, other);
  return bytes;
}

type Way = (draw: Draw, bytes: Buffer, other: Uint8Array) => Buffer;

const place = (draw: Draw, { length }: Uint8Array) => draw.integer(0, Math.max(0, length - 1));

/** Most headers and footers are within 200 bytes of an end: half of all changes are there. */
function likelyPlace(draw: Draw, bytes: Uint8Array): number {
  if (draw.chance(0.5)) return place(draw, bytes);
  const near = Math.min(draw.integer(0, 200), Math.max(0, bytes.length - 1));
  return draw.chance(0.5) ? near : Math.max(0, bytes.length - 1 - near);
}

function put(bytes: Buffer, at: number, removed: number, added: Uint8Array | string): Buffer {
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(added as string), bytes.subarray(at + removed)]);
}

const BYTE_WAYS: readonly Way[] = [
  (draw, bytes) => {
    const changed = Buffer.from(bytes);
    for (let n = draw.integer(1, 8); n > 0 && bytes.length > 0; n--)
      changed[likelyPlace(draw, bytes)] = draw.integer(0, 255);
    return changed;
  },
  (draw, bytes) => {
    const changed = Buffer.from(bytes);
    if (bytes.length > 0) changed[likelyPlace(draw, bytes)]! ^= 1 << draw.integer(0, 7);
    return changed;
  },
  (draw, bytes) => bytes.subarray(0, place(draw, bytes)),
  (draw, bytes) => bytes.subarray(Math.min(draw.integer(0, 64), bytes.length)),
  (draw, bytes) => put(bytes, likelyPlace(draw, bytes), draw.integer(1, 64), ""),
  (draw, bytes) => {
    const at = place(draw, bytes);
    return put(bytes, at, 0, bytes.subarray(at, at + draw.integer(1, 400)));
  },
  (draw, bytes, other) => {
    const from = place(draw, other);
    return put(
      bytes,
      likelyPlace(draw, bytes),
      draw.integer(0, 300),
      other.subarray(from, from + draw.integer(1, 600)),
    );
  },
  (draw, bytes, other) =>
    Buffer.concat([bytes.subarray(0, place(draw, bytes)), other.subarray(place(draw, other))]),
  (draw, bytes) => {
    if (bytes.length < 8) return bytes;
    const changed = Buffer.from(bytes);
    const at = Math.min(likelyPlace(draw, bytes), bytes.length - 8);
    const size = draw.pick(SIZES);
    const wide = draw.pick([2, 4, 8]);
    if (wide === 2) changed.writeUInt16LE(size & 0xffff, at);
    else if (wide === 4) changed.writeUInt32LE(size, at);
    else changed.writeBigUInt64LE(draw.chance(0.2) ? 2n ** 63n - 1n : BigInt(size), at);
    return changed;
  },
  (draw, bytes) => put(bytes, likelyPlace(draw, bytes), 0, Buffer.alloc(draw.integer(1, 5000))),
];

const TEXT_WAYS: readonly Way[] = [
  (draw, bytes) => put(bytes, place(draw, bytes), draw.integer(0, 3), draw.pick(TEXTS)),
  (draw, bytes) => put(bytes, place(draw, bytes), draw.integer(0, 9), draw.pick(NUMBERS)),
  onLines((draw, lines) => lines.splice(draw.integer(0, lines.length - 1), draw.integer(1, 5))),
  onLines((draw, lines) => {
    const [from, to] = [draw.integer(0, lines.length - 1), draw.integer(0, lines.length - 1)];
    [lines[from], lines[to]] = [lines[to]!, lines[from]!];
  }),
  onLines((draw, lines) => {
    const at = draw.integer(0, lines.length - 1);
    lines.splice(at, 0, ...lines.slice(at, at + draw.integer(1, 20)));
  }),
  onCells((draw, cells) => {
    cells[draw.integer(0, cells.length - 1)] = draw.pick(NUMBERS);
  }),
  onCells((draw, cells) => cells.splice(draw.integer(0, cells.length - 1), 1)),
  onCells((draw, cells) => cells.splice(draw.integer(0, cells.length - 1), 0, draw.pick(NUMBERS))),
  (draw, bytes) =>
    put(bytes, place(draw, bytes), 0, draw.pick(["7", "x", '"', "1,"]).repeat(draw.integer(1, 70_000))),
  (_draw, bytes) => Buffer.from(bytes.toString("latin1"), "utf16le"),
];

function onLines(change: (draw: Draw, lines: string[]) => unknown): Way {
  return (draw, bytes) => {
    // As latin1 every byte stays what it is.
    const lines = bytes.toString("latin1").split("\n");
    change(draw, lines);
    return Buffer.from(lines.join("\n"), "latin1");
  };
}

function onCells(change: (draw: Draw, cells: string[]) => unknown): Way {
  return onLines((draw, lines) => {
    // Headers are changed more often than one row of many would be.
    const at = draw.chance(0.3) ? 0 : draw.integer(0, lines.length - 1);
    const sign = [",", ";", "\t", " "].find((one) => lines[at]!.includes(one)) ?? ",";
    const cells = lines[at]!.split(sign);
    change(draw, cells);
    lines[at] = cells.join(sign);
  });
}
