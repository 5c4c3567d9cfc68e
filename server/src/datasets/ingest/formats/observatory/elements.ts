import type { Assumption } from "@magtrace/contracts";
import type { Cell } from "../../columnBlocks.ts";
import { RefusedFile } from "../../findings.ts";
import type { QualityNote } from "../../types.ts";

/** How the elements of an observatory's file become columns. */
export interface ElementColumns {
  /** Names of the columns, without the time. */
  readonly header: readonly string[];
  readonly notes: readonly QualityNote[];
  /** Complete once a row was converted. */
  readonly assumptions: readonly Assumption[];
  /** @param values As the file orders its elements: nT, and minutes of arc for D and I. null: no value. */
  convert(values: readonly (number | null)[]): Cell[];
}

const RADIANS_PER_ARCMINUTE = Math.PI / 180 / 60;
const ARCMINUTES = 360 * 60;
const NOTHING_SAID = { notes: [], assumptions: [] };

/**
 * Turns the elements an observatory records into the three axes of the field: X towards geographic north, Y east, Z
 * down. X = H cos D, Y = H sin D; H = F cos I, Z = F sin I.
 * Source: Jankowski and Sucksdorff, Guide for Magnetic Measurements and Observatory Practice (IAGA, 1996), §1.2.
 *
 * @param elements Letters in the file's order.
 * @param declinationBase Minutes of arc east that D may count from (DECBAS), or null.
 * @throws {RefusedFile} the elements make neither three axes nor a total field.
 */
export function elementColumns(elements: readonly string[], declinationBase: number | null): ElementColumns {
  const at = (letter: string): number => elements.indexOf(letter);
  const has = (letters: string): boolean => [...letters].every((letter) => at(letter) >= 0);
  const total = ["S", "F"].find((letter) => at(letter) >= 0);
  // F is part of DIF; elsewhere it is an instrument of its own.
  const scalar = total === undefined || (has("DIF") && total === "F") ? null : at(total);
  const withScalar = (axes: readonly Cell[], values: readonly (number | null)[]): Cell[] =>
    scalar === null ? [...axes] : [...axes, values[scalar]];
  const header = (...axes: string[]): string[] => (scalar === null ? axes : [...axes, "F_scalar"]);
  const xyz = header("X (nT)", "Y (nT)", "Z (nT)");
  const pick = (letters: string, values: readonly (number | null)[]): (number | null)[] =>
    [...letters].map((letter) => values[at(letter)]);

  if (has("XYZ")) {
    return { header: xyz, ...NOTHING_SAID, convert: (values) => withScalar(pick("XYZ", values), values) };
  }
  if (has("HDZ")) {
    const base = baseOf(declinationBase, "H and D");
    return {
      header: xyz,
      ...base.said,
      convert(values) {
        const [h, d, z] = pick("HDZ", values);
        return withScalar([...northEast(h, base.absolute(d)), z], values);
      },
    };
  }
  if (has("DIF")) {
    const base = baseOf(declinationBase, "F, I and D");
    return {
      header: xyz,
      ...base.said,
      convert(values) {
        const [d, i, f] = pick("DIF", values);
        const h = f === null || i === null ? null : f * Math.cos(i * RADIANS_PER_ARCMINUTE);
        const z = f === null || i === null ? null : f * Math.sin(i * RADIANS_PER_ARCMINUTE);
        return withScalar([...northEast(h, base.absolute(d)), z], values);
      },
    };
  }
  for (const letters of ["HEZ", "UVZ", "UVW"]) {
    if (!has(letters)) continue;
    return {
      header: xyz,
      assumptions: [],
      notes: [
        {
          code: "instrument_axes",
          message: `${letters} are the instrument's own axes: they became b_x, b_y, b_z as they are, not geographic north and east.`,
        },
      ],
      convert: (values) => withScalar(pick(letters, values), values),
    };
  }
  if (scalar !== null) {
    return { header: ["b (nT)"], ...NOTHING_SAID, convert: (values) => [values[scalar]] };
  }
  throw new RefusedFile({
    code: "column_missing",
    value: elements.join(""),
    expected: "the elements X, Y, Z, or H, D, Z, or H, E, Z, or D, I, F, or a total field F",
  });
}

function northEast(h: number | null, arcminutes: number | null): [Cell, Cell] {
  if (h === null || arcminutes === null) return [null, null];
  const declination = arcminutes * RADIANS_PER_ARCMINUTE;
  return [h * Math.cos(declination), h * Math.sin(declination)];
}

/**
 * Files differ in whether D counts from true north or from DECBAS, and none says so. Near zero it counts from DECBAS,
 * near DECBAS from true north. The first D with a value decides for the file.
 */
function baseOf(
  declinationBase: number | null,
  from: string,
): { said: Pick<ElementColumns, "notes" | "assumptions">; absolute(d: number | null): number | null } {
  const message = `X and Y (geographic north and east) were computed from ${from}.`;
  const notes: QualityNote[] = [{ code: "axes_computed", message }];
  const assumptions: Assumption[] = [];
  const said = { notes, assumptions };
  if (declinationBase === null || declinationBase === 0) return { said, absolute: (d) => d };
  const base = declinationBase > ARCMINUTES / 2 ? declinationBase - ARCMINUTES : declinationBase;
  let offset: number | null = null;
  return {
    said,
    absolute(d) {
      if (d === null) return null;
      if (offset === null) {
        const relative = Math.abs(d) < Math.abs(d - base);
        offset = relative ? base : 0;
        assumptions.push({
          subject: "field_columns",
          taken: `D counts from ${relative ? `DECBAS, ${base} minutes of arc` : "true north"}`,
          reason: `The file does not say; the first D is ${d} minutes of arc. |b| does not depend on it.`,
          column: "D",
          others: [],
        });
      }
      return d + offset;
    },
  };
}
