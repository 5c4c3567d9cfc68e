import assert from "node:assert/strict";
import { test } from "node:test";
import { predictProbabilities } from "../forest/predictProbabilities.ts";
import type { Tree } from "../types.ts";
import type { ForestModel } from "./forestModel.ts";
import { encodeOnnx } from "./onnxModel.ts";

const FEATURES = 3;
const CLASSES = 2;

/** Two levels; the second leaf is shared, as a smaller file might have it. */
const deep: Tree = {
  feature: Int16Array.of(0, 2, -1, -1, -1),
  threshold: Float32Array.of(-2.5, 0.1, 0, 0, 0),
  child: Int32Array.of(1, 3, 1, 0, 1),
  probabilities: Float32Array.of(0.25, 0.75, 1, 0),
  importances: new Float64Array(FEATURES),
};
const flat: Tree = {
  feature: Int16Array.of(1, -1, -1),
  threshold: Float32Array.of(1e30, 0, 0),
  child: Int32Array.of(1, 0, 1),
  probabilities: Float32Array.of(0.5, 0.5, 0, 1),
  importances: new Float64Array(FEATURES),
};
const model: ForestModel = {
  algorithm: "random_forest",
  programVersion: "1.2.3",
  classes: ["Lüfter", null],
  features: { unit: "window", level: "relative", attitude: "invariant", rateHz: 40 },
  featureNames: ["a", "b", "c"],
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
  hyperparameters: { n_trees: 2 },
  trees: [deep, flat],
};

/** One field of a message: its number, and a count or bytes. */
interface Read {
  readonly field: number;
  readonly value: number;
  readonly bytes: Uint8Array;
}

/** Protocol buffers as their documentation has them, read without what wrote them. */
function fieldsOf(bytes: Uint8Array): Read[] {
  const found: Read[] = [];
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const value = varint();
    assert.ok([0, 2].includes(tag & 7));
    const length = (tag & 7) === 2 ? value : 0;
    assert.ok(at + length <= bytes.length);
    found.push({ field: tag >> 3, value, bytes: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}

const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const within = (bytes: Uint8Array, field: number) => fieldsOf(bytes).filter((each) => each.field === field);

function countsOf(bytes: Uint8Array): number[] {
  const counts: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    let value = 0;
    let scale = 1;
    for (; bytes[at]! >= 128; scale *= 128) value += (bytes[at++]! & 127) * scale;
    counts.push(value + bytes[at++]! * scale);
  }
  return counts;
}

interface Attributes {
  readonly counts: (name: string) => number[];
  readonly numbers: (name: string) => Float32Array;
  readonly texts: (name: string) => string[];
}

function attributesOf(file: Uint8Array): Attributes {
  const [graph] = within(file, 7);
  const [node] = within(graph!.bytes, 1);
  const byName = new Map(
    within(node!.bytes, 5).map(({ bytes }) => [textOf(within(bytes, 1)[0]!.bytes), bytes]),
  );
  const only = (name: string, field: number) => within(byName.get(name)!, field)[0]!.bytes;
  return {
    counts: (name) => countsOf(only(name, 8)),
    numbers: (name) => new Float32Array(only(name, 7).slice().buffer),
    texts: (name) => within(byName.get(name)!, 9).map(({ bytes }) => textOf(bytes)),
  };
}

/** TreeEnsembleClassifier as the ONNX operators' documentation defines it, for one row. */
function classify({ counts, numbers, texts }: Attributes, row: Float32Array): number[] {
  const trees = counts("nodes_treeids");
  const ids = counts("nodes_nodeids");
  const at = (tree: number, id: number) => ids.findIndex((each, i) => each === id && trees[i] === tree);
  const modes = texts("nodes_modes");
  const leafTrees = counts("class_treeids");
  const leafNodes = counts("class_nodeids");
  const sums = new Array<number>(CLASSES).fill(0);
  for (const tree of new Set(trees)) {
    let node = at(tree, 0);
    while (modes[node] !== "LEAF") {
      const isTrue = row[counts("nodes_featureids")[node]!]! <= numbers("nodes_values")[node]!;
      node = at(tree, counts(isTrue ? "nodes_truenodeids" : "nodes_falsenodeids")[node]!);
    }
    for (const [i, each] of leafNodes.entries()) {
      if (each === ids[node] && leafTrees[i] === tree)
        sums[counts("class_ids")[i]!]! += numbers("class_weights")[i]!;
    }
  }
  return sums;
}

test("a forest as ONNX gives the probabilities that it gives here, NaN included", () => {
  const attributes = attributesOf(encodeOnnx(model));
  for (const row of [
    [-3, 0, 0],
    [-3, 0, 0.5],
    [-2.5, 2e30, Number.NaN],
    [Number.NaN, Number.NaN, 0],
    [7, 1, 1],
  ]) {
    const values = Float32Array.from(row);
    const expected = [...predictProbabilities(model.trees, values, FEATURES, CLASSES, 1)];
    for (const [c, p] of classify(attributes, values).entries())
      assert.ok(Math.abs(p - expected[c]!) < 1e-6, `${row}`);
  }
});

test("the file says what its inputs are and how windows become them", () => {
  const file = encodeOnnx(model);
  const metadata = Object.fromEntries(
    within(file, 14).map(({ bytes }) => [
      textOf(within(bytes, 1)[0]!.bytes),
      JSON.parse(textOf(within(bytes, 2)[0]!.bytes)),
    ]),
  );
  assert.deepEqual(metadata["magtrace.features"], model.featureNames);
  assert.deepEqual(metadata["magtrace.classes"], ["Lüfter", null]);
  assert.deepEqual(metadata["magtrace.preprocessing"].windowing, model.windowing);
  assert.deepEqual(encodeOnnx(model), file);
});
