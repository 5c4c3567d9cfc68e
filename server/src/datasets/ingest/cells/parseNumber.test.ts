import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isMissing, scanNumber, scannedTo } from "./parseNumber.ts";

function scan(text: string, decimal = "."): [number, number] {
  const bytes = Buffer.from(text);
  const value = scanNumber(bytes, 0, bytes.length, decimal.charCodeAt(0));
  return [value, scannedTo()];
}

test("any double written in full reads back as itself", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      assert.deepEqual(scan(String(value)), [Number(String(value)), String(value).length]);
      for (const digits of [1, 6, 15, 16, 17, 18, 19, 25]) {
        const text = value.toExponential(digits);
        assert.deepEqual(scan(text), [Number(text), text.length], text);
      }
    }),
    { numRuns: 3000, seed: 1 },
  );
});

test("any run of 1 to 25 digits with a point anywhere reads as Number reads it", () => {
  const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 25 });
  fc.assert(
    fc.property(digits, fc.nat(25), fc.boolean(), (run, cut, negative) => {
      const text = `${negative ? "-" : ""}${run.slice(0, cut)}.${run.slice(cut)}`;
      assert.deepEqual(scan(text), [Number(text), text.length], text);
      assert.deepEqual(scan(text.replace(".", ","), ","), [Number(text), text.length], text);
    }),
    { numRuns: 20000, seed: 2 },
  );
});

test("numbers that lie on the border between two doubles are rounded to even", () => {
  for (const text of [
    "9007199254740993",
    "9007199254740995",
    "900719925474099.25",
    "0.1000000000000000055",
    "1.0000000000000001110",
    "1.000000000000000111022302462515654",
    "4503599627370496.5",
    "4503599627370497.5",
    "2251799813685248.25",
    "5e-324",
    "1.7976931348623157e308",
    "123456789012345678e-40",
  ]) {
    assert.equal(scan(text)[0], Number(text), text);
  }
});

test("scanning stops where the number does, and nowhere else", () => {
  assert.deepEqual(scan("12abc"), [12, 2]);
  assert.deepEqual(scan("1.5.3"), [1.5, 3]);
  assert.deepEqual(scan("1e"), [1, 1]);
  assert.deepEqual(scan("1e+x"), [1, 1]);
  assert.deepEqual(scan("-0"), [-0, 2]);
  assert.deepEqual(scan("+.5"), [0.5, 3]);
  assert.deepEqual(scan("5."), [5, 2]);
  assert.deepEqual(scan("1e999"), [Number.POSITIVE_INFINITY, 5]);
  for (const text of ["", "-", "+", ".", "abc", "e5", "-.e1", "Infinity"])
    assert.deepEqual(scan(text), [NaN, 0], text);
});

test("the usual words for no value are known", () => {
  for (const word of ["", "NaN", "null", "NA", "N/A", "-nan", "None", "*", "-Inf", "#VALUE!"])
    assert.ok(isMissing(word), word);
  for (const word of ["0", "x", "**x", "nan1"]) assert.ok(!isMissing(word), word);
});
