import type { Hyperparameters } from "../hyperparameters.ts";
import type { ClassName, Label, TrainingSource } from "../types.ts";
import type { WorkBudget } from "../workBudget.ts";
import { type Windowing, windowingFor } from "./chooseWindowing.ts";
import { createCoverage } from "./coverage.ts";
import { unlabelledRanges } from "./unlabelledRanges.ts";

/** One example to learn from. */
export interface Example {
  source: number;
  track: number;
  /** First row, counted as the recording counts. */
  start: number;
  length: number;
  /** Position in `classes`. */
  class: number;
  /** Examples of one group never stand on both sides of a split. Position in `groups`. */
  group: number;
}

/** What examples of a group have in common: they come from one label, or from one stretch of background. */
export interface Group {
  source: number;
  class: number;
  /** Position in the source's list of labels; null for background. */
  label: number | null;
}

export interface WindowPlan {
  /** Categories in the order of their names; the background, if it is a class, last. */
  classes: ClassName[];
  /** In the order source, track, start. */
  examples: Example[];
  groups: Group[];
  warnings: string[];
}

/** Windows kept of one label, and of one class: evenly spread ones when there are more. */
const MOST_WINDOWS_OF_LABEL = 10_000;
const MOST_WINDOWS_OF_CLASS = 30_000;
const FEWEST_BACKGROUND_WINDOWS = 2_000;
const BACKGROUND_TO_LABELLED = 4;
/** What laying one window, and going once more through one that was laid, costs. */
const LAY_NS = 1_500;
const PASS_NS = 150;

/**
 * Lays windows on labelled recordings and says what each one teaches.
 *
 * A window takes the category that covers at least half of it. One that a label touches but does not half cover is
 * neither that category nor background and is left out. For unit "annotation" each label is one example.
 *
 * @throws {RangeError} No labels; a label outside the recording; or no window that any label covers by half.
 * Cost O(windows × labels touching each).
 */
export function planWindows(
  sources: readonly TrainingSource[],
  windowing: Windowing,
  parameters: Hyperparameters,
): WindowPlan {
  const steps = planInSteps(sources, windowing, parameters);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

/** The same plan, with turns for others in between: 100,000 labels take a second. */
export async function planWindowsInTurns(
  sources: readonly TrainingSource[],
  windowing: Windowing,
  { parameters, work }: { parameters: Hyperparameters; work: WorkBudget },
): Promise<WindowPlan> {
  const steps = planInSteps(sources, windowing, parameters);
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (work.spend(step.value)) await work.yield();
  }
}

/** Yields what the next step costs, ns. */
function* planInSteps(
  sources: readonly TrainingSource[],
  windowing: Windowing,
  parameters: Hyperparameters,
): Generator<number, WindowPlan> {
  const categories = [
    ...new Set(sources.flatMap(({ labels }) => labels.map((label) => label.category))),
  ].sort();
  if (categories.length === 0) throw new RangeError("there are no labels to learn from");
  for (const source of sources) checkLabels(source);
  const plan: WindowPlan = { classes: [...categories], examples: [], groups: [], warnings: [] };
  const ownClass = (category: string) => categories.indexOf(category);

  const candidates: Example[] = [];
  for (const [s, source] of sources.entries()) {
    const groupOfLabel = source.labels.map((label, i) => {
      plan.groups.push({ source: s, class: ownClass(label.category), label: i });
      return plan.groups.length - 1;
    });
    const found =
      parameters.unit === "annotation"
        ? annotationExamples(s, source, plan.groups, groupOfLabel)
        : yield* labelledWindows(s, source, windowing, ownClass, groupOfLabel);
    // One by one: a call takes some 100,000 arguments at most.
    for (const example of found) candidates.push(example);
  }
  if (candidates.length === 0) {
    throw new RangeError(
      `no label covers half of a window of ${windowing.lengthRows} rows; choose a shorter window_length`,
    );
  }
  const ofClass: Example[][] = categories.map(() => []);
  yield PASS_NS * candidates.length;
  for (const example of candidates) ofClass[example.class]!.push(example);
  const examples = ofClass.flatMap((found) => thinned(found, MOST_WINDOWS_OF_CLASS));

  const wanted = parameters.unit === "window" && (parameters.background ?? categories.length === 1);
  if (wanted) {
    const background = backgroundWindows(sources, windowing, parameters.folds, examples.length, plan);
    examples.push(...background);
    if (background.length > 0) plan.classes.push(null);
    else
      plan.warnings.push(
        "No stretch without labels is as long as a window, so there is no background to learn.",
      );
  }
  yield PASS_NS * examples.length;
  plan.examples = examples.sort((a, b) => a.source - b.source || a.track - b.track || a.start - b.start);
  yield PASS_NS * examples.length;
  warnOfLeftOut(plan, sources);
  dropEmptyClasses(plan);
  return plan;
}

function checkLabels({ recording, labels }: TrainingSource): void {
  for (const { id, startIndex, endIndex } of labels) {
    const isRange = Number.isInteger(startIndex) && Number.isInteger(endIndex) && startIndex <= endIndex;
    const isInside =
      recording.tracks.some((track) => startIndex >= track.startIndex && startIndex <= track.endIndex) &&
      recording.tracks.some((track) => endIndex >= track.startIndex && endIndex <= track.endIndex);
    if (!isRange || !isInside) {
      throw new RangeError(
        `label ${id} covers rows ${startIndex}…${endIndex}, which the recording does not have`,
      );
    }
  }
}

function annotationExamples(
  s: number,
  source: TrainingSource,
  groups: Group[],
  groupOfLabel: number[],
): Example[] {
  return source.labels.map((label, i) => ({
    source: s,
    track: trackOf(source, label),
    start: label.startIndex,
    length: label.endIndex - label.startIndex + 1,
    class: groups[groupOfLabel[i]!]!.class,
    group: groupOfLabel[i]!,
  }));
}

/** The track that holds the label's first row. */
function trackOf({ recording }: TrainingSource, label: Label): number {
  return recording.tracks.findIndex(
    (track) => label.startIndex >= track.startIndex && label.startIndex <= track.endIndex,
  );
}

/**
 * Windows at each label: centred on it, and from there one stride after the other while the label covers half.
 * Anchored to the label so that one shorter than a stride has a window too.
 */
function* labelledWindows(
  s: number,
  source: TrainingSource,
  windowing: Windowing,
  ownClass: (category: string) => number,
  groupOfLabel: number[],
): Generator<number, Example[]> {
  yield LAY_NS * source.labels.length;
  const coverage = createCoverage(source.labels);
  const taken = new Set<number>();
  const found: Example[] = [];
  for (const label of source.labels) {
    const t = trackOf(source, label);
    const track = source.recording.tracks[t]!;
    const { lengthRows: length, strideRows } = windowingFor(track, windowing);
    const labelRows = label.endIndex - label.startIndex + 1;
    const stride = Math.max(strideRows, Math.ceil(labelRows / MOST_WINDOWS_OF_LABEL));
    const centre = Math.floor((label.startIndex + label.endIndex + 1 - length) / 2);
    const reach = Math.floor(labelRows / 2 / stride);
    yield LAY_NS * (2 * reach + 1);
    for (let k = -reach; k <= reach; k++) {
      // At the edge of a track the window is moved inside, so that a label there has one too.
      const start = Math.max(track.startIndex, Math.min(centre + k * stride, track.endIndex + 1 - length));
      if (taken.has(start)) continue;
      taken.add(start);
      const cover = coverage.at(start, start + length - 1);
      if (cover === null || 2 * cover.rows < length) continue;
      const group = groupOfLabel[cover.label]!;
      found.push({ source: s, track: t, start, length, class: ownClass(cover.category), group });
    }
  }
  return found;
}

/** Windows that no label touches, evenly spread, in groups that are stretches of time. */
function backgroundWindows(
  sources: readonly TrainingSource[],
  windowing: Windowing,
  folds: number,
  labelled: number,
  plan: WindowPlan,
): Example[] {
  const all: {
    source: number;
    track: number;
    start: number;
    length: number;
    count: number;
    stride: number;
  }[] = [];
  let total = 0;
  for (const [s, source] of sources.entries()) {
    for (const [t, track] of source.recording.tracks.entries()) {
      const { lengthRows: length, strideRows: stride } = windowingFor(track, windowing);
      for (const [start, end] of unlabelledRanges(track, source.labels)) {
        const count = Math.floor((end - start + 1 - length) / stride) + 1;
        if (count < 1) continue;
        all.push({ source: s, track: t, start, length, count, stride });
        total += count;
      }
    }
  }
  const keep = Math.min(
    total,
    MOST_WINDOWS_OF_CLASS,
    Math.max(FEWEST_BACKGROUND_WINDOWS, BACKGROUND_TO_LABELLED * labelled),
  );
  // Several stretches a fold, none so short that most of it is purged at its borders.
  const perGroup = Math.max(8, Math.ceil(total / (8 * folds)));

  const examples: Example[] = [];
  const groups = new Map<string, number>();
  let before = 0;
  let next = 0;
  for (const range of all) {
    for (; next < keep; next++) {
      const position = Math.floor(((next + 0.5) * total) / keep) - before;
      if (position >= range.count) break;
      const key = `${range.source}/${range.track}/${Math.floor((before + position) / perGroup)}`;
      let group = groups.get(key);
      if (group === undefined) {
        group = plan.groups.length;
        plan.groups.push({ source: range.source, class: plan.classes.length, label: null });
        groups.set(key, group);
      }
      const start = range.start + position * range.stride;
      const { source, track, length } = range;
      examples.push({ source, track, start, length, class: plan.classes.length, group });
    }
    before += range.count;
  }
  return examples;
}

function thinned(examples: Example[], most: number): Example[] {
  if (examples.length <= most) return examples;
  return Array.from({ length: most }, (_, i) => examples[Math.floor(((i + 0.5) * examples.length) / most)]!);
}

function warnOfLeftOut(plan: WindowPlan, sources: readonly TrainingSource[]): void {
  const used = new Set(plan.examples.map((example) => example.group));
  const empty = plan.groups.filter((group, i) => group.label !== null && !used.has(i)).length;
  const labels = sources.reduce((sum, source) => sum + source.labels.length, 0);
  if (empty > 0) {
    plan.warnings.push(
      `${empty} of ${labels} labels taught nothing: too short for half a window, or covered by later labels.`,
    );
  }
  for (const [c, category] of plan.classes.entries()) {
    if (!plan.examples.some((example) => example.class === c)) {
      plan.warnings.push(`Category "${category}" has no example and cannot be predicted.`);
    }
  }
}

function dropEmptyClasses(plan: WindowPlan): void {
  const used = new Set(plan.examples.map((example) => example.class));
  const kept = plan.classes.flatMap((_, c) => (used.has(c) ? [c] : []));
  if (kept.length === plan.classes.length) return;
  plan.classes = kept.map((c) => plan.classes[c]!);
  for (const item of [...plan.examples, ...plan.groups]) item.class = kept.indexOf(item.class);
}
