import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { hyperparameterDefinitions, hyperparametersToJson, readHyperparameters } from "./hyperparameters.ts";

function faultsOf(input: unknown) {
  const reading = readHyperparameters(input);
  return reading.ok ? [] : reading.faults.map(({ parameter, expected }) => `${parameter}: ${expected}`);
}

test("nothing given gives the defaults, and what old clients send besides is ignored", () => {
  for (const input of [
    undefined,
    null,
    {},
    [],
    "x",
    { epochs: 50, learning_rate: 1e-3, optimizer: "adam" },
  ]) {
    const reading = readHyperparameters(input);
    assert.ok(reading.ok);
    const { nTrees, folds, seed, maxFeatures, background, level } = reading.hyperparameters;
    assert.deepEqual(
      [nTrees, folds, seed, maxFeatures, background, level],
      [100, 5, 0, "sqrt", null, "relative"],
    );
  }
});

test("null means the default, and dotted names may come nested", () => {
  const reading = readHyperparameters({ n_trees: null, features: { level: "absolute" }, max_features: 0.3 });
  assert.ok(reading.ok);
  assert.equal(reading.hyperparameters.nTrees, 100);
  assert.equal(reading.hyperparameters.level, "absolute");
  assert.equal(reading.hyperparameters.maxFeatures, 0.3);
});

test("every fault is named at once, with what would be accepted", () => {
  assert.deepEqual(
    faultsOf({
      n_trees: 0,
      max_bins: 256,
      folds: 2.5,
      unit: "epoch",
      background: "yes",
      "features.attitude": 3,
      window_seconds: Number.NaN,
      max_features: 1.5,
      seed: -1,
    }),
    [
      "unit: window or annotation",
      "window_seconds: a number from 0.001 to 86400",
      "background: true or false",
      "n_trees: a whole number from 1 to 2000",
      "max_features: sqrt, log2, a whole number from 1 to 1000, or a share between 0 and 1",
      "max_bins: a whole number from 2 to 255",
      "features.attitude: keep or invariant",
      "folds: a whole number from 2 to 20",
      "seed: a whole number from 0 to 4294967295",
    ],
  );
});

test("whatever is accepted survives being written and read again", () => {
  const value = fc.oneof(fc.integer({ min: -2, max: 300 }), fc.double(), fc.boolean(), fc.constant(null));
  const given = fc.dictionary(fc.constantFrom(...hyperparameterDefinitions.map(({ name }) => name)), value);
  fc.assert(
    fc.property(given, (input) => {
      const reading = readHyperparameters(input);
      if (!reading.ok) {
        for (const { parameter } of reading.faults) assert.ok(parameter in input);
        return;
      }
      assert.deepEqual(readHyperparameters(hyperparametersToJson(reading.hyperparameters)), reading);
    }),
  );
});
