/**
 * The random forest against scikit-learn's, same matrix, same machine, same run: 20,000 examples × 39 features,
 * 5 classes, 100 trees, then 10,000 others predicted, two threads each; ours on one thread stands beside it. A shared machine disturbs the seconds: processor seconds stand beside them.
 */
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { binFeatures, featuresPerSplit, predictProbabilities, type Tree } from "@magtrace/learn";
import { createRandom } from "@magtrace/signal";
import { createForestPool } from "../server/src/predictions/making/forestPool.ts";
import { createTreePool } from "../server/src/training/running/treePool.ts";
import type { Print } from "./bench.ts";
import { median } from "./measure.ts";

export const name = "forest";

const TRAIN = 20_000;
const TEST = 10_000;
const FEATURES = 39;
const CLASSES = 5;
const TREES = 100;
const THREADS = 2;
const REPETITIONS = 3;
/** Of each forest: one takes too little time to be timed alone. */
const PREDICTIONS = 5;
const PYTHON = "/usr/bin/python3";

interface Examples {
  matrix: Float32Array;
  labels: Uint8Array;
}

interface Measured {
  fitSeconds: number;
  predictSeconds: number;
  predictCpuSeconds: number;
  predictAloneSeconds: number;
  accuracy: number;
}

/** What is measured again and again. */
interface Samples {
  fits: number[];
  predictions: number[];
  predictionsCpu: number[];
  /** On one thread; ours only. */
  predictionsAlone: number[];
  accuracies: number[];
}

export async function run(_args: string[], print: Print): Promise<void> {
  const examples = makeExamples();
  await checkThreadsAgree(examples);
  const own = await measureOwn(examples);
  print("forest_fit", own.fitSeconds, "s");
  print("forest_predict", own.predictSeconds, "s");
  print("forest_predict_cpu", own.predictCpuSeconds, "s");
  print("forest_predict_threads", THREADS, "threads");
  print("forest_predict_one_thread", own.predictAloneSeconds, "s");
  print("forest_accuracy", own.accuracy, "share");

  const other = await measureSklearn(examples);
  if (other === null) return;
  print("sklearn_fit", other.fitSeconds, "s");
  print("sklearn_predict", other.predictSeconds, "s");
  print("sklearn_predict_cpu", other.predictCpuSeconds, "s");
  print("sklearn_predict_threads", THREADS, "threads");
  print("sklearn_accuracy", other.accuracy, "share");
  print("forest_fit_ratio", own.fitSeconds / other.fitSeconds, "of_sklearn");
  print("forest_predict_ratio", own.predictSeconds / other.predictSeconds, "of_sklearn");
  print("forest_predict_cpu_ratio", own.predictCpuSeconds / other.predictCpuSeconds, "of_sklearn");
  print("forest_accuracy_difference", 100 * (own.accuracy - other.accuracy), "points");
}

/**
 * Classes that overlap: each is two clusters in 15 informative dimensions; 8 features are mixtures of those, the
 * others noise. One example in a hundred has a wrong label.
 */
function makeExamples(): Examples {
  const random = createRandom(20);
  const gaussian = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const informative = 15;
  const mixed = 8;
  const centres = Array.from({ length: 2 * CLASSES * informative }, () => 1.3 * gaussian());
  const mixing = Array.from({ length: mixed * informative }, gaussian);
  const n = TRAIN + TEST;
  const matrix = new Float32Array(n * FEATURES);
  const labels = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    const cluster = Math.floor(random() * 2 * CLASSES);
    labels[i] = random() < 0.01 ? Math.floor(random() * CLASSES) : cluster % CLASSES;
    const row = matrix.subarray(i * FEATURES, (i + 1) * FEATURES);
    for (let f = 0; f < FEATURES; f++) {
      if (f < informative) row[f] = centres[cluster * informative + f]! + 1.6 * gaussian();
      else if (f < informative + mixed) {
        for (let k = 0; k < informative; k++)
          row[f]! += row[k]! * mixing[(f - informative) * informative + k]!;
      } else row[f] = gaussian();
    }
  }
  return { matrix, labels };
}

/** What is timed has to be right first: any number of threads gives the same trees, bit for bit. */
async function checkThreadsAgree(examples: Examples): Promise<void> {
  const [one, four] = [await growTrees(examples, 1, 6, 0), await growTrees(examples, 4, 6, 0)];
  for (const [t, tree] of one.entries()) {
    for (const part of ["feature", "threshold", "child", "probabilities", "importances"] as const) {
      const a = tree[part];
      const b = four[t]![part];
      const bytes = (array: ArrayBufferView) => Buffer.from(array.buffer, array.byteOffset, array.byteLength);
      if (!bytes(a).equals(bytes(b))) throw new Error(`tree ${t} differs between 1 and 4 threads in ${part}`);
    }
  }
}

async function growTrees(examples: Examples, threads: number, trees: number, seed: number): Promise<Tree[]> {
  const pool = createTreePool(threads);
  try {
    return await growOn(pool.runTrees, examples, trees, seed);
  } finally {
    await pool.close();
  }
}

/** Bins and grows: both belong to a fit. */
function growOn(
  runTrees: ReturnType<typeof createTreePool>["runTrees"],
  { matrix, labels }: Examples,
  trees: number,
  seed: number,
): Promise<Tree[]> {
  const rows = Uint32Array.from({ length: TRAIN }, (_, i) => i);
  const data = binFeatures({ matrix, features: FEATURES, labels, classes: CLASSES, rows, maxBins: 255 });
  return runTrees({
    data,
    parameters: {
      seed,
      maxDepth: null,
      minLeaf: 1,
      featuresPerSplit: featuresPerSplit("sqrt", FEATURES),
      classWeights: new Float64Array(CLASSES).fill(1),
    },
    treeIndices: Array.from({ length: trees }, (_, i) => i),
  });
}

async function measureOwn(examples: Examples): Promise<Measured> {
  const { matrix, labels } = examples;
  const held = matrix.subarray(TRAIN * FEATURES);
  const samples: Samples = {
    fits: [],
    predictions: [],
    predictionsCpu: [],
    predictionsAlone: [],
    accuracies: [],
  };
  const pool = createTreePool(THREADS);
  try {
    // A worker has grown trees and predicted before: compiled code is part of the program, not of a fit.
    const before = await growOn(pool.runTrees, examples, 2 * THREADS, 99);
    for (let i = 0; i < PREDICTIONS; i++) predictProbabilities(before, held, FEATURES, CLASSES, TEST);
    for (let seed = 0; seed < REPETITIONS; seed++) {
      const start = performance.now();
      const trees = await growOn(pool.runTrees, examples, TREES, seed);
      samples.fits.push((performance.now() - start) / 1000);
      checkAgainstWalks(trees, held);
      let probabilities: Float64Array = new Float64Array();
      const predictors = createForestPool({ trees, features: FEATURES, classes: CLASSES }, THREADS);
      try {
        // The first of each forest waits for its thread; a prediction asks for thousands.
        await predictors.classify(trees, held, FEATURES, CLASSES, TEST);
        for (let i = 0; i < PREDICTIONS; i++) {
          const began = performance.now();
          const cpu = process.cpuUsage();
          probabilities = await predictors.classify(trees, held, FEATURES, CLASSES, TEST);
          samples.predictions.push((performance.now() - began) / 1000);
          const used = process.cpuUsage(cpu);
          samples.predictionsCpu.push((used.user + used.system) / 1e6);
          const alone = performance.now();
          const one = predictProbabilities(trees, held, FEATURES, CLASSES, TEST);
          samples.predictionsAlone.push((performance.now() - alone) / 1000);
          if (!Buffer.from(one.buffer).equals(Buffer.from(probabilities.buffer)))
            throw new Error("two threads predict differently from one");
        }
      } finally {
        await predictors.close();
      }
      samples.accuracies.push(accuracyOf(probabilities, labels.subarray(TRAIN)));
    }
  } finally {
    await pool.close();
  }
  return summary(samples);
}

/** What is timed has to be right first: each example sent down each tree by itself gives the same, bit for bit. */
function checkAgainstWalks(trees: readonly Tree[], matrix: Float32Array): void {
  const some = 500;
  const probabilities = predictProbabilities(trees, matrix, FEATURES, CLASSES, some);
  for (let i = 0; i < some; i++) {
    const sums = new Float64Array(CLASSES);
    for (const { feature, threshold, child, probabilities: shares } of trees) {
      let node = 0;
      while (feature[node]! >= 0) {
        const goesFirst = matrix[i * FEATURES + feature[node]!]! <= threshold[node]!;
        node = child[node]! + (goesFirst ? 0 : 1);
      }
      for (let c = 0; c < CLASSES; c++) sums[c]! += shares[child[node]! * CLASSES + c]!;
    }
    for (let c = 0; c < CLASSES; c++) {
      if (sums[c]! / trees.length !== probabilities[i * CLASSES + c])
        throw new Error(`example ${i} is predicted differently by itself`);
    }
  }
}

function accuracyOf(probabilities: Float64Array, labels: Uint8Array): number {
  let hits = 0;
  for (let i = 0; i < labels.length; i++) {
    const row = probabilities.subarray(i * CLASSES, (i + 1) * CLASSES);
    if (row.indexOf(Math.max(...row)) === labels[i]) hits++;
  }
  return hits / labels.length;
}

async function measureSklearn({ matrix, labels }: Examples): Promise<Measured | null> {
  const execute = promisify(execFile);
  try {
    await execute(PYTHON, ["-c", "import sklearn, numpy"]);
  } catch {
    console.error(`${PYTHON} has no scikit-learn (Debian: python3-sklearn): only our own figures.`);
    return null;
  }
  const folder = await mkdtemp(join(tmpdir(), "magtrace-bench-forest-"));
  try {
    await writeFile(join(folder, "matrix.f32"), new Uint8Array(matrix.buffer));
    await writeFile(join(folder, "labels.u8"), labels);
    const script = join(import.meta.dirname, "forest_sklearn.py");
    const sizes = [TRAIN, TEST, FEATURES, TREES, THREADS, REPETITIONS, PREDICTIONS].map(String);
    const { stdout } = await execute(PYTHON, [script, folder, ...sizes]);
    return summary({ predictionsAlone: [], ...JSON.parse(stdout) } as Samples);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Median times; the mean accuracy, as one seed's is noisy. */
function summary({ fits, predictions, predictionsCpu, predictionsAlone, accuracies }: Samples): Measured {
  return {
    fitSeconds: median(fits),
    predictSeconds: median(predictions),
    predictCpuSeconds: median(predictionsCpu),
    predictAloneSeconds: predictionsAlone.length > 0 ? median(predictionsAlone) : Number.NaN,
    accuracy: accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length,
  };
}
