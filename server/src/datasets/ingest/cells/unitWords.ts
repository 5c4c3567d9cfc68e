import type { FieldUnit } from "../types.ts";

/** What a unit written beside a column's name says of it. */
export type UnitWord =
  | { readonly kind: "field"; readonly unit: FieldUnit }
  /** `g` and `mg`: gauss to some, acceleration to more. */
  | { readonly kind: "gravity"; readonly unit: FieldUnit }
  /** A unit, but of nothing magnetic, or of no size: counts, V, m/s². */
  | { readonly kind: "other" };

/** µ as it comes out when one program's bytes are read in another's encoding. */
const MISREAD_MICRO = /Ã‚Âµ|ÃŽÂ¼|Â[µμ]|Î¼|Î\u00bc|¬µ|Œº|┬╡|╬╝|[µμ\uFFFD]/g;
/** Signs that a µ can have become only in front of a unit. */
const LOST_MICRO = /^[?æ╡](?=t(esla)?s?$)/i;
const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";
/** Longer than any unit somebody would write. */
const LONGEST = 60;

const TESLAS: Readonly<Record<string, FieldUnit>> = { "": "T", m: "mT", u: "µT", n: "nT", p: "pT" };
const GAUSSES: Readonly<Record<string, FieldUnit>> = { "": "G", m: "mG" };
/** In air an oersted is a gauss. */
const OERSTEDS: Readonly<Record<string, FieldUnit>> = { "": "Oe", m: "mG" };
const TESLA_POWERS: Readonly<Record<string, FieldUnit>> = { "3": "mT", "6": "µT", "9": "nT", "12": "pT" };
const GAUSS_POWERS: Readonly<Record<string, FieldUnit>> = { "3": "mG", "5": "nT" };

const PREFIXES: Readonly<Record<string, string>> = {
  nano: "n",
  micro: "u",
  mikro: "u",
  mu: "u",
  mc: "u",
  milli: "m",
  pico: "p",
  piko: "p",
  纳: "n",
  微: "u",
  毫: "m",
  皮: "p",
  н: "n",
  мк: "u",
  м: "m",
  п: "p",
};

const WORDS =
  /^(nano|micro|mikro|mu|mc|milli|pico|piko|[numpнмп纳微毫皮]|мк)?(teslas?|t|тл|特斯拉|特|gauss(?:es)?|gauß|gs|ga|g|гс|高斯|oersteds?|ørsted|oe|э)$/;
const POWER = /^[x×*]?(?:10(?:\^|\*\*)?|1?e)-?0?(\d+)[*·x×]?(t|teslas?|g|gauss)$/;

const OTHERS = new Set(
  (
    "count counts cnt cnts lsb lsbs digit digits raw adc tick ticks bit bits dn a.u. au arb " +
    "v mv uv volt volts millivolt millivolts microvolt a ma amp amps ohm ohms " +
    "m/s2 m/s^2 m/s/s ms-2 ms^-2 mps2 mg-force rad/s rads rads-1 rad/sec rps deg/s deg/sec degs-1 dps °/s " +
    "°/sec mdps deg degs degree degrees rad rads radian radians ° % percent pct m cm mm km ft hz khz c °c degc " +
    "celsius k kelvin f °f pa hpa kpa mbar bar lux lx db dbm kg n w wb s ms us ns sec min h"
  ).split(" "),
);

/** How a unit is meant, or null where the text is none that is known. */
export function readUnit(text: string): UnitWord | null {
  if (text.length > LONGEST) return null;
  const written = text
    .trim()
    .replace(/^[([{"']+|[)\]}"']+$/g, "")
    .replace(/['’]s$/, "");
  const plain = plainUnit(written);
  if (plain === "" || plain === "-") return null;
  if (plain === "g" || plain === "mg") {
    const unit = plain === "g" ? "G" : "mG";
    return /g$/.test(written) ? { kind: "gravity", unit } : { kind: "field", unit };
  }
  const unit = fieldUnit(plain);
  if (unit !== null) return { kind: "field", unit };
  if (OTHERS.has(plain) || fieldUnit(plain.split("/")[0]) !== null) return { kind: "other" };
  return null;
}

/** Lower case, µ as u, without spaces, hyphens and the words around a unit. */
function plainUnit(written: string): string {
  let text = written.replace(MISREAD_MICRO, "u").toLowerCase().replaceAll("−", "-");
  text = text.replace(/[⁰¹²³⁴⁵⁶⁷⁸⁹]/g, (sign) => String(SUPERSCRIPTS.indexOf(sign))).replaceAll("⁻", "-");
  text = text.replace(/^(in|units?|einheit)[\s:=_]+/, "").replace(LOST_MICRO, "u");
  // A hyphen between letters joins words; before a digit it is a sign.
  return text.replace(/[\s_]+|-(?=[a-zа-я])/g, "");
}

function fieldUnit(plain: string): FieldUnit | null {
  if (/^(gammas?|γ)$/.test(plain)) return "nT";
  if (
    /^(k|kilo)?(a|amp|amps|ampere|amperes)(\/|per)(m|meter|metre)$/.test(plain) ||
    /^k?a[·*]?m\^?-1$/.test(plain)
  ) {
    return plain.startsWith("k") ? "kA/m" : "A/m";
  }
  const power = POWER.exec(plain);
  if (power !== null) {
    const [, exponent, base] = power;
    return (base.startsWith("t") ? TESLA_POWERS : GAUSS_POWERS)[exponent] ?? null;
  }
  const word = WORDS.exec(plain);
  if (word === null) return null;
  const [, written = "", base] = word;
  const prefix = PREFIXES[written] ?? written;
  if (/^(t|тл|特)/.test(base)) return TESLAS[prefix] ?? null;
  if (/^(o|ø|э)/.test(base)) return OERSTEDS[prefix] ?? null;
  return GAUSSES[prefix] ?? null;
}
