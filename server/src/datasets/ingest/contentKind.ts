/** What the first bytes of a file say it is. */
export type ContentKind =
  | { readonly kind: "gzip" | "zstd" | "arrow_file" | "arrow_stream" | "parquet" | "text" | "empty" }
  | {
      readonly kind: "refused";
      readonly what: string;
      /** What to upload instead, where there is a way. */
      readonly instead?: string;
    };

/** Enough to see every mark below; tar's stands at 257. */
export const HEAD_BYTES = 512;

const TABLE = "its columns saved as CSV, Arrow IPC or Parquet: a time, b_x, b_y and b_z";

const MARKS: readonly (readonly [hex: string, what: string, instead?: string])[] = [
  ["504b0304", "a ZIP archive (or a spreadsheet, which is one)"],
  ["504b0506", "an empty ZIP archive"],
  ["504b0708", "a part of a ZIP archive"],
  ["7f454c46", "an ELF program"],
  ["feedface", "a Mach-O program"],
  ["feedfacf", "a Mach-O program"],
  ["cefaedfe", "a Mach-O program"],
  ["cffaedfe", "a Mach-O program"],
  ["cafebabe", "a Java class or a Mach-O program"],
  ["0061736d", "a WebAssembly program"],
  ["89504e47", "a PNG image"],
  ["ffd8ff", "a JPEG image"],
  ["47494638", "a GIF image"],
  ["49492a00", "a TIFF image"],
  ["4d4d002a", "a TIFF image"],
  ["25504446", "a PDF document"],
  ["d0cf11e0a1b11ae1", "an old Office document"],
  ["526172211a07", "a RAR archive"],
  ["377abcaf271c", "a 7-Zip archive"],
  ["fd377a585a00", "an xz archive"],
  ["425a68", "a bzip2 archive"],
  ["04224d18", "an LZ4 archive"],
  [
    "53514c69746520666f726d6174203300",
    "a SQLite database (a rosbag2 recording is one)",
    "the readings as CSV: of a rosbag2 recording, the magnetometer's topic by ros2 topic echo --csv while it plays",
  ],
  ["23524f53424147", "a ROS bag", "the magnetometer's topic as CSV: rostopic echo -b FILE -p TOPIC"],
  ["4d41544c414220352e30", "a MATLAB file", TABLE],
  ["fffe0000", "UTF-32 text"],
  ["0000feff", "UTF-32 text"],
  ["2321", "a script"],
];

/** `MZ` begins a Windows program, and could begin a text: the rest of the head decides. */
const WINDOWS_PROGRAM = "4d5a";

/**
 * Tells what a file is by content alone.
 *
 * @param head First bytes, up to HEAD_BYTES; all of a shorter file.
 */
export function contentKind(head: Uint8Array): ContentKind {
  if (head.length === 0) return { kind: "empty" };
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const hex = bytes.toString("hex", 0, 16);
  if (hex.startsWith("1f8b")) return { kind: "gzip" };
  if (hex.startsWith("28b52ffd")) return { kind: "zstd" };
  if (bytes.toString("latin1", 0, 6) === "ARROW1") return { kind: "arrow_file" };
  if (bytes.toString("latin1", 0, 4) === "PAR1") return { kind: "parquet" };
  if (hex.startsWith("ffffffff") && bytes.length >= 8 && bytes.readInt32LE(4) > 0) {
    return { kind: "arrow_stream" };
  }
  const mark = MARKS.find(([prefix]) => hex.startsWith(prefix));
  if (mark !== undefined) {
    const [, what, instead] = mark;
    return { kind: "refused", what, ...(instead === undefined ? {} : { instead }) };
  }
  if (hex.startsWith(WINDOWS_PROGRAM) && bytes.includes(0)) {
    return { kind: "refused", what: "a Windows program" };
  }
  if (bytes.toString("latin1", 257, 262) === "ustar") return { kind: "refused", what: "a tar archive" };
  return textKind(bytes);
}

function textKind(bytes: Buffer): ContentKind {
  // As latin1 with NULs dropped, UTF-16 shows its markup too.
  const text = bytes
    .toString("latin1")
    .replaceAll("\0", "")
    .replace(/^\xef\xbb\xbf|^\xff\xfe|^\xfe\xff/, "");
  const start = text.trimStart().toLowerCase();
  if (/^<(!doctype\s+html|html|head|body|script|table)\b/.test(start)) {
    return { kind: "refused", what: "an HTML page (was a sign-in page saved instead of the file?)" };
  }
  if (start.startsWith("<?xml") || start.startsWith("<svg"))
    return { kind: "refused", what: "an XML document" };
  if (/^[[{]\s*["{[]/.test(start)) return { kind: "refused", what: "JSON" };
  // 120 columns for a day of hourly means of one element, or 400 for an hour of minutes (WDC for Geomagnetism).
  if (/^[a-z]{3}\d{4}[hdzxyfi]\d{2}[ 0-9a-z]{2,}/.test(start) || /^\s*\d{12}[a-z]{3}[hdzxyfi]/.test(start)) {
    return {
      kind: "refused",
      what: "a WDC file of an observatory, each element in lines of its own",
      instead: "the same days in IAGA-2002, which the World Data Centres offer, too",
    };
  }
  if (start.startsWith("%!ps")) return { kind: "refused", what: "a PostScript document" };
  return { kind: "text" };
}
