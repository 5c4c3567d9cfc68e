import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { featureNames } from "../features/createFeatureExtractor.ts";
import type { FeatureConfig } from "../features/featureGroup.ts";
import { predictProbabilities } from "../forest/predictProbabilities.ts";
import type { Tree } from "../types.ts";
import { decodeContainer, encodeContainer } from "./container.ts";
import { crc32 } from "./crc32.ts";
import { decodeModel, encodeModel } from "./encodeModel.ts";
import type { ForestModel } from "./forestModel.ts";

const features: FeatureConfig = { unit: "window", level: "relative", attitude: "invariant", rateHz: 40 };
const names = [...featureNames(features)];

/** A root that splits on the last feature, two leaves. */
function smallTree(): Tree {
  return {
    feature: Int16Array.of(names.length - 1, -1, -1),
    threshold: Float32Array.of(-2.5, 0, 0),
    child: Int32Array.of(1, 0, 1),
    probabilities: Float32Array.of(0.25, 0.75, 1, 0),
    importances: new Float64Array(names.length),
  };
}

function smallModel(trees = [smallTree()]): ForestModel {
  return {
    algorithm: "random_forest",
    programVersion: "1.2.3",
    classes: ["Lüfter", null],
    features,
    featureNames: names,
    windowing: {
      lengthRows: 40,
      strideRows: 10,
      stepRows: 5,
      rateHz: 40,
      nearRows: 80,
      farRows: 400,
      blockRows: 20,
    },
    smoothing: 1,
    hyperparameters: { n_trees: 1, seed: 0 },
    trees,
  };
}

test("a model comes back from its file as it went in, and gives the same bytes again", () => {
  const bytes = encodeModel(smallModel([smallTree(), smallTree()]));
  const model = decodeModel(bytes);
  assert.deepEqual(model, smallModel([smallTree(), smallTree()]));
  assert.deepEqual(encodeModel(model), bytes);
  // Also from the middle of a larger buffer, at an odd place.
  const shifted = new Uint8Array(bytes.length + 3);
  shifted.set(bytes, 3);
  assert.deepEqual(decodeModel(shifted.subarray(3)), model);
});

test("cut short anywhere, or with any byte changed, a model file is refused", () => {
  const bytes = encodeModel(smallModel());
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeModel(bytes.subarray(0, length)), RangeError, `cut to ${length} bytes`);
  }
  for (let at = 0; at < bytes.length; at++) {
    for (const flip of [1, 0x80, 0xff]) {
      const damaged = bytes.slice();
      damaged[at]! ^= flip;
      assert.throws(() => decodeModel(damaged), RangeError, `byte ${at}`);
    }
  }
  assert.throws(() => decodeModel(new Uint8Array([...bytes, 0, 0, 0, 0, 0, 0, 0, 0])), RangeError);
});

/** The file with something changed inside and a checksum that fits: made by an enemy, not by chance. */
function forged(change: (header: Record<string, unknown>, tree: Tree) => void): Uint8Array {
  const { trees, ...header } = smallModel();
  const tree = trees[0]!;
  change(header as Record<string, unknown>, tree);
  const arrays = [tree.feature, tree.threshold, tree.child, tree.probabilities, tree.importances];
  return encodeContainer("MAGTRACE", 1, { header, arrays });
}

test("a forged file with a valid checksum is refused where it would do harm", () => {
  assert.ok(decodeModel(forged(() => {})));
  const forgeries: Record<string, (header: Record<string, unknown>, tree: Tree) => void> = {
    "a loop": (_, tree) => tree.child.set([0], 0),
    "a child outside": (_, tree) => tree.child.set([2], 0),
    "a negative child": (_, tree) => tree.child.set([-1], 0),
    "a leaf outside": (_, tree) => tree.child.set([2], 2),
    "an unknown feature": (_, tree) => tree.feature.set([names.length], 0),
    "a feature below −1": (_, tree) => tree.feature.set([-2], 0),
    "a probability of NaN": (_, tree) => tree.probabilities.set([Number.NaN], 0),
    "a probability of 2": (_, tree) => tree.probabilities.set([2], 0),
    "no nodes": (_, tree) => Object.assign(tree, { feature: new Int16Array(0) }),
    "wrong types": (_, tree) => Object.assign(tree, { threshold: new Float64Array(3) }),
    "leaves of odd length": (_, tree) => Object.assign(tree, { probabilities: new Float32Array(3) }),
    "no classes": (header) => (header.classes = []),
    "a class that is a number": (header) => (header.classes = [7, null]),
    "another algorithm": (header) => (header.algorithm = "oracle"),
    "other features": (header) => (header.featureNames = ["x"]),
    "no windows": (header) => (header.windowing = null),
    "windows of no rows": (header) => (header.windowing = { ...smallModel().windowing, lengthRows: 0 }),
    "steps of half a row": (header) => (header.windowing = { ...smallModel().windowing, stepRows: 0.5 }),
    "a rate of 0": (header) => (header.features = { ...features, rateHz: 0 }),
    "an unknown unit": (header) => (header.features = { ...features, unit: "epoch" }),
    "smoothing without end": (header) => (header.smoothing = 1e9),
  };
  for (const [what, change] of Object.entries(forgeries)) {
    assert.throws(() => decodeModel(forged(change)), RangeError, what);
  }
});

test("whatever arrays a forged tree has, it is refused or its walks end", () => {
  const arbitrary = fc.record({
    feature: fc.int16Array({ min: -2, max: names.length, minLength: 1, maxLength: 9 }),
    child: fc.int32Array({ min: -1, max: 9, minLength: 1, maxLength: 9 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ feature, child }) => {
      const bytes = forged((_, tree) => {
        Object.assign(tree, { feature, child, threshold: new Float32Array(feature.length) });
      });
      let model: ForestModel;
      try {
        model = decodeModel(bytes);
      } catch (error) {
        assert.ok(error instanceof RangeError);
        return;
      }
      const matrix = new Float32Array(names.length).fill(Number.NaN);
      const sum = predictProbabilities(model.trees, matrix, names.length, 2, 1).reduce((a, b) => a + b);
      assert.equal(sum, 1);
    }),
  );
});

test("a file of another version says which", () => {
  const bytes = encodeContainer("MAGTRACE", 2, { header: {}, arrays: [] });
  assert.throws(() => decodeModel(bytes), /version 2/);
  assert.throws(() => encodeContainer("short", 1, { header: {}, arrays: [] }), RangeError);
});

test("a container keeps arrays of every kind and length, and the checksum is the one of gzip", () => {
  const content = {
    header: { text: "µT" },
    arrays: [
      new Int16Array([-1, 2, 3]),
      new Uint8Array([255]),
      new Int32Array(0),
      new Float32Array([0.5]),
      new Float64Array([Number.NaN, -0]),
    ],
  };
  assert.deepEqual(decodeContainer("ABCDEFGH", 1, encodeContainer("ABCDEFGH", 1, content)), content);
  assert.equal(crc32(new TextEncoder().encode("123456789")), 0xcbf43926);
  assert.equal(crc32(new TextEncoder().encode("6789"), crc32(new TextEncoder().encode("12345"))), 0xcbf43926);
  assert.equal(crc32(new Uint8Array(0)), 0);
  // Taken four at a time or one by one.
  const bytes = Uint8Array.from({ length: 23 }, (_, i) => 255 - 11 * i);
  for (let length = 0; length <= 11; length++) {
    let single = 7;
    for (let i = 3; i < 3 + length; i++) single = crc32(bytes.subarray(i, i + 1), single);
    assert.equal(crc32(bytes.subarray(3, 3 + length), 7), single);
  }
});
