/** A component of a field that a column's name speaks of. */
export interface FieldName {
  readonly component: "b_x" | "b_y" | "b_z" | "b";
  /** Which of several instruments in one row: `1` in `B1x`, `base` in `b_x@base`; null where the name has none. */
  readonly sensor: string | null;
  /** Plain: `mag_x`. Raw: `mag_x_raw`, `motionMagneticFieldX`. Weak: `x`, which could be anything's. */
  readonly strength: "plain" | "raw" | "weak";
}

const FIELD =
  "b|m|h|mag|mags|magn|magnet|magnetic|magneticfields?|magfield|magnetometer|magneto|field|[bmh]field|geomag|" +
  "geomagnetic|geomagneticfield|fluxgate|fg|compass|fieldmagneticfield|fieldvector|(?:magnetic)?fluxdensity|" +
  "magneticinduction|(?:magnetic)?fieldstrength|magvector|[bm]vec(?:tor)?";
const RAW = "raw|uncal|uncalibrated";
const QUALIFIED =
  "cal|calibrated|corr|corrected|filt|filtered|component|comp|axis|value|val|data|sensor|body";

const AXIS = new RegExp(
  `^(${RAW}|${QUALIFIED})?(?:${FIELD})(\\d{1,2})?(${RAW}|${QUALIFIED})?([xyz])(\\d{1,2})?(${RAW}|${QUALIFIED})?$`,
);
const AXIS_FIRST = new RegExp(`^([xyz])(\\d{1,2})?(?:axis|component)?(?:${FIELD})(${RAW}|${QUALIFIED})?$`);
/** As apps write that join the names of their parts: `motionMagneticFieldX`. */
const AXIS_WITHIN = /^\p{L}{1,40}(?:magneticfield|magnetometer)(?:un)?(?:cal|calibrated)?([xyz])$/u;
/** As observatories have axes: x to the north, y to the east, z down. */
const GEOGRAPHIC = new RegExp(`^(?:${FIELD})(?:field)?(north|east|down)(?:component|comp)?$`);
const GEOGRAPHIC_AXES: Readonly<Record<string, string>> = { north: "x", east: "y", down: "z" };
const AXIS_WEAK = /^(?:axis)?([xyz])(?:axis|component|comp|value)?$/;

const TOTAL =
  /^(?:b|b?tot(?:al)?|b?total(?:field|mag|magnetic(?:field|intensity)?|(?:field)?intensity|b)?|tmi|bt|bv|bmag(?:nitude)?|b?abs(?:olute)?(?:field|b)?|(?:mag(?:netic)?|field|magneticfield)(?:total|magnitude|intensity|abs(?:olute)?)|magnitude|\|b\||bscalar|scalar(?:field|b|mag)?)$/;
const TOTAL_WEAK =
  /^(?:mag|magnetic|field|magneticfield|magnetometer|f|tf|nt|ut|total|intensity|fieldstrength|fluxdensity)$/;
const TOTAL_NUMBERED = /^(?:b|mag|field|f|tmi|tf|sensor|nt)(\d{1,2})(?:v|t|tot|total)?$/;

/**
 * What component of a field a name speaks of, or null.
 *
 * @param key Lower case, without its unit, words joined by `_`.
 */
export function fieldNameOf(key: string): FieldName | null {
  if (key.length > 80) return null;
  const [own, ...behind] = key.split("@");
  const sensor = behind.length > 0 ? behind.join("@") : null;
  const plain = own.replace(/[_\s.:/-]+/g, "");
  const axis = AXIS.exec(plain);
  if (axis !== null) {
    const strength = [axis[1], axis[3], axis[6]].some((word) => RAW.split("|").includes(word))
      ? "raw"
      : "plain";
    return { component: component(axis[4]), sensor: sensor ?? axis[2] ?? axis[5] ?? null, strength };
  }
  const first = AXIS_FIRST.exec(plain);
  if (first !== null) {
    const strength = RAW.split("|").includes(first[3]) ? "raw" : "plain";
    return { component: component(first[1]), sensor: sensor ?? first[2] ?? null, strength };
  }
  const geographic = GEOGRAPHIC.exec(plain);
  if (geographic !== null)
    return { component: component(GEOGRAPHIC_AXES[geographic[1]]), sensor, strength: "plain" };
  const within = AXIS_WITHIN.exec(plain);
  if (within !== null) return { component: component(within[1]), sensor, strength: "raw" };
  const weak = AXIS_WEAK.exec(plain);
  if (weak !== null) return { component: component(weak[1]), sensor, strength: "weak" };
  return totalOf(plain, sensor);
}

function totalOf(plain: string, sensor: string | null): FieldName | null {
  if (TOTAL.test(plain)) return { component: "b", sensor, strength: "plain" };
  if (TOTAL_WEAK.test(plain)) return { component: "b", sensor, strength: "weak" };
  const numbered = TOTAL_NUMBERED.exec(plain);
  return numbered === null ? null : { component: "b", sensor: sensor ?? numbered[1], strength: "plain" };
}

function component(axis: string): FieldName["component"] {
  return `b_${axis}` as FieldName["component"];
}

/** Names of what a box with a magnetometer measures beside its field: never to be proposed as one. */
export function isOtherQuantity(text: string): boolean {
  return /acc|gyr|gyro|grav|rot|quat|temp|press|humid|batt|volt|linear|speed|veloc|roll|pitch|yaw|covariance|ofs|offset/i.test(
    text,
  );
}

/** Whether a file's name or title says that it is of another instrument. */
export function otherInstrument(text: string): "accelerometer" | "gyroscope" | null {
  if (/magn|(?:^|[^a-z])mag(?:[^a-z]|$)|compass/i.test(text)) return null;
  if (/gyro/i.test(text)) return "gyroscope";
  return /accel|(?:^|[^a-z])acc(?:[^a-z]|$)|linear.?acc|gravity/i.test(text) ? "accelerometer" : null;
}
