import type { Tree } from "../types.ts";
import type { ForestModel } from "./forestModel.ts";
import { type Field, floats, integer, integers, join, message, text } from "./protobuf.ts";

/** Of the first version with every type used here; runtimes read older ones. */
const IR_VERSION = 8;
const OPSET = 17;
const ML_OPSET = 3;
const FLOAT = 1;
const INT64 = 7;
/** AttributeProto.AttributeType. */
const KIND = { integer: 2, string: 3, floats: 6, integers: 7, strings: 8 } as const;

/**
 * A forest as an ONNX file: `features`, float (n, features) in the order of `magtrace.features`, to `class`, int64 (n),
 * the position of the likeliest class in `magtrace.classes`, and `probabilities`, float (n, classes). NaN goes the way
 * it goes here. What comes before and after, features of windows and the joining of windows to intervals, is described
 * by `magtrace.preprocessing` and FEATURES.md. The same model always gives the same bytes. Cost O(size).
 * Source: onnx.proto3; TreeEnsembleClassifier of ai.onnx.ml, version 3.
 */
export function encodeOnnx(model: ForestModel): Uint8Array {
  const { classes, featureNames, programVersion } = model;
  const features = tensor("features", FLOAT, ["n", featureNames.length]);
  const outputs = [tensor("class", INT64, ["n"]), tensor("probabilities", FLOAT, ["n", classes.length])];
  const graph = [
    message(1, classifierNode(model.trees, classes.length)),
    message(1, likeliestNode()),
    text(2, "magtrace_forest"),
    message(11, features),
    ...outputs.map((output) => message(12, output)),
  ];
  const metadata = {
    "magtrace.features": featureNames,
    "magtrace.classes": classes,
    "magtrace.preprocessing": {
      features: model.features,
      windowing: model.windowing,
      smoothing: model.smoothing,
    },
    "magtrace.hyperparameters": model.hyperparameters,
  };
  return join([
    integer(1, IR_VERSION),
    text(2, "MagTrace"),
    text(3, programVersion),
    message(7, graph),
    message(8, [text(1, ""), integer(2, OPSET)]),
    message(8, [text(1, "ai.onnx.ml"), integer(2, ML_OPSET)]),
    ...Object.entries(metadata).map(([key, value]) =>
      message(14, [text(1, key), text(2, JSON.stringify(value))]),
    ),
  ]);
}

function classifierNode(trees: readonly Tree[], classes: number): Field[] {
  const nodes = trees.reduce((sum, { feature }) => sum + feature.length, 0);
  const leaves = trees.reduce((sum, { feature }) => sum + feature.filter((split) => split < 0).length, 0);
  const node = {
    treeids: new Int32Array(nodes),
    nodeids: new Int32Array(nodes),
    featureids: new Int32Array(nodes),
    values: new Float32Array(nodes),
    modes: new Array<string>(nodes),
    truenodeids: new Int32Array(nodes),
    falsenodeids: new Int32Array(nodes),
  };
  const leaf = {
    treeids: new Int32Array(leaves * classes),
    nodeids: new Int32Array(leaves * classes),
    ids: new Int32Array(leaves * classes),
    weights: new Float32Array(leaves * classes),
  };
  let n = 0;
  let k = 0;
  for (const [t, { feature, threshold, child, probabilities }] of trees.entries()) {
    for (let i = 0; i < feature.length; i++, n++) {
      const isLeaf = feature[i]! < 0;
      node.treeids[n] = t;
      node.nodeids[n] = i;
      node.modes[n] = isLeaf ? "LEAF" : "BRANCH_LEQ";
      if (!isLeaf) {
        node.featureids[n] = feature[i]!;
        node.values[n] = threshold[i]!;
        node.truenodeids[n] = child[i]!;
        node.falsenodeids[n] = child[i]! + 1;
        continue;
      }
      for (let c = 0; c < classes; c++, k++) {
        leaf.treeids[k] = t;
        leaf.nodeids[k] = i;
        leaf.ids[k] = c;
        leaf.weights[k] = probabilities[child[i]! * classes + c]! / trees.length;
      }
    }
  }
  return [
    text(1, "features"),
    text(2, "label"),
    text(2, "probabilities"),
    text(3, "forest"),
    text(4, "TreeEnsembleClassifier"),
    ofIntegers("nodes_treeids", node.treeids),
    ofIntegers("nodes_nodeids", node.nodeids),
    ofIntegers("nodes_featureids", node.featureids),
    ofFloats("nodes_values", node.values),
    ofStrings("nodes_modes", node.modes),
    ofIntegers("nodes_truenodeids", node.truenodeids),
    ofIntegers("nodes_falsenodeids", node.falsenodeids),
    ofIntegers("nodes_missing_value_tracks_true", new Int32Array(nodes)),
    ofIntegers("class_treeids", leaf.treeids),
    ofIntegers("class_nodeids", leaf.nodeids),
    ofIntegers("class_ids", leaf.ids),
    ofFloats("class_weights", leaf.weights),
    ofIntegers(
      "classlabels_int64s",
      Array.from({ length: classes }, (_, c) => c),
    ),
    message(5, [text(1, "post_transform"), text(4, "NONE"), integer(20, KIND.string)]),
    text(7, "ai.onnx.ml"),
  ];
}

/** Instead of the operator's own label: of two classes runtimes do not take the likelier one alike. */
function likeliestNode(): Field[] {
  return [
    text(1, "probabilities"),
    text(2, "class"),
    text(3, "likeliest"),
    text(4, "ArgMax"),
    ofInteger("axis", 1),
    ofInteger("keepdims", 0),
  ];
}

function ofInteger(name: string, value: number): Field {
  return message(5, [text(1, name), integer(3, value), integer(20, KIND.integer)]);
}

function ofIntegers(name: string, values: ArrayLike<number>): Field {
  return message(5, [text(1, name), integers(8, values), integer(20, KIND.integers)]);
}

function ofFloats(name: string, values: Float32Array): Field {
  return message(5, [text(1, name), floats(7, values), integer(20, KIND.floats)]);
}

function ofStrings(name: string, values: readonly string[]): Field {
  return message(5, [text(1, name), ...values.map((value) => text(9, value)), integer(20, KIND.strings)]);
}

function tensor(name: string, type: number, shape: readonly (string | number)[]): Field[] {
  const dimensions = shape.map((size) =>
    message(1, [typeof size === "string" ? text(2, size) : integer(1, size)]),
  );
  return [text(1, name), message(2, [message(1, [integer(1, type), message(2, dimensions)])])];
}
