import type { Draw } from "./draw.ts";

/** How the field's columns are named and in which unit they are written. */
export interface WrittenFields {
  readonly family: string;
  readonly names: readonly string[];
  /** What a row of units under the header says; null where there is none. */
  readonly unitsRow: string | null;
  /** nT in one of the file's numbers. */
  readonly nt: number;
  /** nT as the file has it. */
  cell(nanotesla: number): string;
  /** The same without a unit behind it and with an ordinary minus; where it is another text. */
  number?(nanotesla: number): string;
  /** Whether the file holds enough to know the unit. */
  readonly known: boolean;
  /** Set where the columns hold no flux density. */
  readonly unreadable?: boolean;
}

const NAMES = [
  ["b_x", "b_y", "b_z"],
  ["bx", "by", "bz"],
  ["Bx", "By", "Bz"],
  ["mag_x", "mag_y", "mag_z"],
  ["magX", "magY", "magZ"],
  ["Mag X", "Mag Y", "Mag Z"],
  ["mx", "my", "mz"],
  ["x", "y", "z"],
  ["X", "Y", "Z"],
  ["magnetic_field_x", "magnetic_field_y", "magnetic_field_z"],
  ["Magnetic field x", "Magnetic field y", "Magnetic field z"],
  ["magnetometer_x", "magnetometer_y", "magnetometer_z"],
  ["field.magnetic_field.x", "field.magnetic_field.y", "field.magnetic_field.z"],
];

const UNITS: readonly {
  readonly nt: number;
  readonly digits: number;
  readonly spellings: readonly string[];
}[] = [
  { nt: 1, digits: 3, spellings: ["nT", "nt", "NT", "nanotesla", "nanoTesla", "gamma", "γ", "10^-9 T"] },
  {
    nt: 1e3,
    digits: 6,
    spellings: ["µT", "uT", "μT", "microtesla", "in microteslas", "uTesla", "10^-6 T", "Î¼T", "ÂµT"],
  },
  { nt: 1e6, digits: 9, spellings: ["mT", "millitesla"] },
  { nt: 1e9, digits: 12, spellings: ["T", "Tesla", "tesla"] },
  { nt: 1e-3, digits: 0, spellings: ["pT", "picotesla"] },
  { nt: 1e5, digits: 8, spellings: ["G", "Gauss", "gauss", "Oe", "oersted"] },
  { nt: 1e2, digits: 5, spellings: ["mG", "mGauss", "milligauss", "milli-gauss"] },
];
const NO_FLUX_DENSITY = ["counts", "LSB", "V", "mV", "m/s^2", "rad/s", "deg/s", "raw"];

/** Draws names, unit, and where the unit is said. */
export function drawFields(draw: Draw, scalar: boolean): WrittenFields {
  const plain = scalar
    ? [draw.pick(["b", "B_total", "total_field", "TMI", "Total Field", "F", "mag"])]
    : draw.pick(NAMES);
  const chance = draw.fraction();
  if (chance < 0.05) {
    const unit = draw.pick(NO_FLUX_DENSITY);
    return {
      family: `in ${unit}`,
      names: plain.map((name) => `${name} (${unit})`),
      unitsRow: null,
      nt: 30,
      cell: (nanotesla) => String(Math.round(nanotesla / 30)),
      known: false,
      unreadable: true,
    };
  }
  const { nt, digits, spellings } = draw.pick(UNITS);
  const cell = (nanotesla: number) =>
    nt === 1e9 && draw.seldom ? (nanotesla / nt).toExponential(9) : (nanotesla / nt).toFixed(digits);
  const spelling = draw.pick(spellings);
  if (chance < 0.75 || scalar) {
    const form = draw.pick(["( )", "[ ]", "_", "( )"]);
    // Words of several parts only stand in brackets.
    const bare = form === "_" && /^[a-zµμ]{2,}$/i.test(spelling) && !/\s/.test(spelling);
    const named = (name: string) =>
      bare ? `${name}_${spelling}` : `${name} ${form === "[ ]" ? `[${spelling}]` : `(${spelling})`}`;
    return {
      family: `${spelling} in the header`,
      names: plain.map(named),
      unitsRow: null,
      nt,
      cell,
      known: true,
    };
  }
  if (chance < 0.85) {
    return {
      family: `${spelling} in a row of units`,
      names: plain,
      unitsRow: spelling,
      nt,
      cell,
      known: true,
    };
  }
  if (chance < 0.9 && /^[a-zµ]{2,3}$/i.test(spelling) && !/^(gauss|oe)$/i.test(spelling)) {
    const between = draw.pick([" ", ""]);
    return {
      family: `${spelling} in each cell`,
      names: plain,
      unitsRow: null,
      nt,
      cell: (nanotesla) => `${cell(nanotesla)}${between}${spelling}`,
      number: cell,
      known: true,
    };
  }
  if (chance < 0.92) {
    const dash = draw.pick(["−", "–"]);
    const write = (nanotesla: number) => cell(nanotesla).replace("-", dash);
    const names = plain.map((name) => `${name} (${spelling})`);
    return { family: `minus as ${dash}`, names, unitsRow: null, nt, cell: write, number: cell, known: true };
  }
  const known = nt === 1 || nt === 1e3;
  return { family: `unit not said (${spellings[0]})`, names: plain, unitsRow: null, nt, cell, known };
}
