import type { TrainingSource } from "../types.ts";
import type { Windowing } from "../windows/chooseWindowing.ts";
import type { Example } from "../windows/planWindows.ts";
import type { WorkBudget } from "../workBudget.ts";
import type { FeatureExtractor } from "./createFeatureExtractor.ts";
import { extractWindows, WINDOW_NS, WINDOW_ROW_NS } from "./extractWindows.ts";
import { MOST_ROWS, readInterval } from "./readInterval.ts";

export interface ExampleFeatures {
  /** Shape (examples kept, features). */
  matrix: Float32Array;
  /** The examples that have features, in their order. */
  examples: Example[];
  /** Examples lost because over half of their rows are missing. */
  lost: number;
}

export interface ExampleExtraction {
  sources: readonly TrainingSource[];
  /** In the order source, track, start. */
  examples: readonly Example[];
  unit: "window" | "annotation";
  windowing: Windowing;
  extractor: FeatureExtractor;
  onExamples?: (done: number) => void;
  work: WorkBudget;
  signal?: AbortSignal;
}

/** Computes the features of every example. */
export async function extractExamples(extraction: ExampleExtraction): Promise<ExampleFeatures> {
  const { sources, examples, unit, windowing, extractor, onExamples, work, signal } = extraction;
  const features = extractor.names.length;
  const matrix = new Float32Array(examples.length * features);
  const usable = new Uint8Array(examples.length);
  for (let first = 0; first < examples.length; ) {
    signal?.throwIfAborted();
    const { source, track, start, length } = examples[first]!;
    const { recording } = sources[source]!;
    const trackOf = recording.tracks[track]!;
    let end = first + 1;
    if (unit === "annotation") {
      if (work.spend(WINDOW_NS + WINDOW_ROW_NS * Math.min(length, MOST_ROWS))) await work.yield();
      const { readings, rows, factor } = await readInterval(recording, start, start + length - 1);
      const rate = trackOf.sampleRateHz === null ? null : trackOf.sampleRateHz / factor;
      usable[first] = extractor.extract(readings, 0, rows, rate, null, matrix, first * features) ? 1 : 0;
    } else {
      while (end < examples.length && examples[end]!.source === source && examples[end]!.track === track)
        end++;
      const starts = examples.slice(first, end).map((example) => example.start);
      await extractWindows({
        recording,
        track: trackOf,
        windowing,
        extractor,
        starts,
        out: matrix,
        at: first,
        usable,
        work,
        ...(signal && { signal }),
      });
    }
    first = end;
    onExamples?.(end);
  }
  return compact(matrix, usable, examples, features);
}

function compact(
  matrix: Float32Array,
  usable: Uint8Array,
  examples: readonly Example[],
  features: number,
): ExampleFeatures {
  const kept: Example[] = [];
  for (const [i, example] of examples.entries()) {
    if (usable[i] === 0) continue;
    matrix.copyWithin(kept.length * features, i * features, (i + 1) * features);
    kept.push(example);
  }
  return {
    matrix: matrix.slice(0, kept.length * features),
    examples: kept,
    lost: examples.length - kept.length,
  };
}
