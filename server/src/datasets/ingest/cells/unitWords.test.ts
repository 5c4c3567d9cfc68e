import assert from "node:assert/strict";
import { test } from "node:test";
import { fieldNameOf, otherInstrument } from "./fieldNames.ts";
import { readUnit } from "./unitWords.ts";

test("units of flux density are known in every spelling, also where their µ was misread", () => {
  const spellings: Readonly<Record<string, string>> = {
    nT: "nT|[nT]|nanoTesla|nano tesla|1e-9 T|10^-9 T|10⁻⁹ T|gamma|γ|нТл|in nT",
    µT: "µT|μT|uT|UT|Î¼T|ÂµT|\uFFFDT|?T|in microteslas|uTesla|10^-6 T|microT|(micro Tesla)|мкТл|微特斯拉",
    mT: "mT|millitesla|1e-3 T",
    T: "T|tesla|Teslas",
    pT: "pT|picoTesla|1e-12 T",
    G: "G|Gauss|Gs|ga|G's",
    mG: "mG|mGauss|milli-gauss|milliGauss",
    Oe: "Oe|oersted",
    "A/m": "A/m|A m^-1",
    "kA/m": "kA/m",
  };
  for (const [unit, words] of Object.entries(spellings)) {
    for (const word of words.split("|")) assert.deepEqual(readUnit(word), { kind: "field", unit }, word);
  }
});

test("what is no flux density is told from what is unknown, and g from G", () => {
  for (const word of [
    "counts",
    "LSB",
    "raw",
    "V",
    "mV",
    "m/s²",
    "m/s^2",
    "rad/s",
    "°/s",
    "deg",
    "%",
    "nT/m",
  ]) {
    assert.deepEqual(readUnit(word), { kind: "other" }, word);
  }
  for (const word of ["g", "mg"]) assert.equal(readUnit(word)?.kind, "gravity", word);
  for (const word of ["", "-", "foo", "10e-6 T", "x".repeat(1000)]) assert.equal(readUnit(word), null, word);
});

test("names of a field tell the component, the sensor and how sure they are", () => {
  const names: Readonly<Record<string, unknown[]>> = {
    bx: ["b_x", null, "plain"],
    magnetic_field_y: ["b_y", null, "plain"],
    field_magnetic_field_z: ["b_z", null, "plain"],
    mag_x_raw: ["b_x", null, "raw"],
    motionmagneticfieldx: ["b_x", null, "raw"],
    x_axis: ["b_x", null, "weak"],
    b1x: ["b_x", "1", "plain"],
    "b_z@base": ["b_z", "base", "plain"],
    mag2_y: ["b_y", "2", "plain"],
    total_field: ["b", null, "plain"],
    tmi: ["b", null, "plain"],
    b1v: ["b", "1", "plain"],
    mag: ["b", null, "weak"],
  };
  for (const [key, expected] of Object.entries(names))
    assert.deepEqual(Object.values(fieldNameOf(key)!), expected, key);
  for (const key of ["ax", "gx", "gyro_x", "acceleration_x", "temperature", "box", "x".repeat(1000)]) {
    assert.equal(fieldNameOf(key), null, key);
  }
});

test("files of accelerometers and gyroscopes are known by their names", () => {
  assert.equal(otherInstrument("MetaWear_2024_Accelerometer_100Hz.csv"), "accelerometer");
  assert.equal(otherInstrument("run1_acc.csv"), "accelerometer");
  assert.equal(otherInstrument("Gyroscope.csv"), "gyroscope");
  for (const name of ["accuracy.csv", "mag_and_acc.csv", "Magnetometer.csv", "survey.csv"]) {
    assert.equal(otherInstrument(name), null, name);
  }
});
