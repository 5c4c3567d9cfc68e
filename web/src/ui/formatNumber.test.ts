/// <reference types="node" />
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  countOf,
  formatBytes,
  formatCount,
  formatFieldNt,
  formatReading,
  formatShare,
} from "./formatNumber.ts";

test("bytes climb to the next unit before they need four digits", () => {
  assert.equal(formatBytes(0), "0 B");
  assert.equal(formatBytes(999), "999 B");
  assert.equal(formatBytes(1500), "1.5 kB");
  assert.equal(formatBytes(999_949), "1.0 MB");
  assert.equal(formatBytes(123_400_000), "123 MB");
  assert.equal(formatBytes(Number.NaN), "–");
  assert.equal(formatBytes(-1), "–");
});

test("counts take separators and the right number", () => {
  assert.equal(formatCount(1234567), "1,234,567");
  assert.equal(countOf(1, "label"), "1 label");
  assert.equal(countOf(0, "label"), "0 labels");
  assert.equal(countOf(2, "category", "categories"), "2 categories");
});

test("an unknown share or field value is a dash, never zero", () => {
  assert.equal(formatShare(null), "–");
  assert.equal(formatShare(Number.NaN), "–");
  assert.equal(formatShare(0), "0 %");
  assert.equal(formatShare(0.8349, 1), "83.5 %");
  assert.equal(formatFieldNt(Number.NaN), "–");
  assert.equal(formatFieldNt(null), "–");
  assert.equal(formatFieldNt(-28240.52), "-28,240.5");
  assert.equal(formatFieldNt(0.00123), "0.0012");
});

test("degrees have five digits, which is a metre", () => {
  assert.equal(formatReading(59.912345, "°"), "59.91235");
  assert.equal(formatReading(null, "°"), "–");
  assert.equal(formatReading(48_000.26, "nT"), "48,000.3");
});
