import { createRandom } from "@magtrace/signal";
import type { ClassName } from "../types.ts";
import type { Example, WindowPlan } from "../windows/planWindows.ts";

export interface FoldAssignment {
  /** Folds used, 0 when nothing can be held back. */
  folds: number;
  /** Fold each example is held back in, −1 for never (it is trained on only), shape (examples). */
  foldOf: Int8Array;
  /** Fold each group is held back in; −1 for never or for a group that is split in time. */
  foldOfGroup: Int8Array;
  /** Classes that can be scored. */
  scoredClasses: number[];
  warnings: string[];
}

/** Apart from the examples' own random sequence, so that adding trees never moves a fold. */
const FOLD_STREAM = -1;
/** Labels under which a class's scores rest on too little to be trusted. */
const FEW_GROUPS = 5;

/**
 * Shares out groups of examples over folds, so that examples of one label never stand on both sides of a split.
 * Each class's groups are shuffled and dealt out evenly by size. A class with a single label is cut in time instead
 * (`purgedTrainingRows` takes out what touches the cut); where even that leaves nothing, it is never held back.
 */
export function assignFolds(
  plan: Pick<WindowPlan, "classes" | "groups">,
  examples: readonly Example[],
  wantedFolds: number,
  seed: number,
): FoldAssignment {
  const foldOf = new Int8Array(examples.length).fill(-1);
  const foldOfGroup = new Int8Array(plan.groups.length).fill(-1);
  const random = createRandom(seed, FOLD_STREAM);
  const sizes = new Uint32Array(plan.groups.length);
  for (const { group } of examples) sizes[group]!++;

  const scoredClasses: number[] = [];
  const warnings: string[] = [];
  for (const [c, category] of plan.classes.entries()) {
    const groups = plan.groups.flatMap((group, g) => (group.class === c && sizes[g]! > 0 ? [g] : []));
    if (groups.length > 1) {
      dealOut(groups, sizes, wantedFolds, random, foldOfGroup);
      scoredClasses.push(c);
      if (groups.length < FEW_GROUPS && category !== null) warnings.push(fewLabels(category, groups.length));
      continue;
    }
    const own = examples.flatMap((example, i) => (example.class === c ? [i] : []));
    if (own.length === 0) {
      const name = category === null ? "the background" : `category "${category}"`;
      warnings.push(`No readings are left of ${name}: it cannot be predicted.`);
      continue;
    }
    if (cutInTime(own, examples, wantedFolds, foldOf)) {
      scoredClasses.push(c);
      warnings.push(cutWarning(category));
    } else warnings.push(unscoredWarning(category, own.length));
  }
  for (const [i, { group }] of examples.entries())
    if (foldOfGroup[group]! >= 0) foldOf[i] = foldOfGroup[group]!;
  if (scoredClasses.length < 2) {
    foldOf.fill(-1);
    foldOfGroup.fill(-1);
    return { folds: 0, foldOf, foldOfGroup, scoredClasses: [], warnings };
  }
  return { folds: compactFolds(foldOf, foldOfGroup), foldOf, foldOfGroup, scoredClasses, warnings };
}

/** Deals groups to folds, the largest first to the fold that has least of this class; ties at random. */
function dealOut(
  groups: number[],
  sizes: Uint32Array,
  folds: number,
  random: () => number,
  into: Int8Array,
): void {
  const shuffled = groups.map((g) => ({ g, key: random() })).sort((a, b) => a.key - b.key || a.g - b.g);
  shuffled.sort((a, b) => sizes[b.g]! - sizes[a.g]!);
  const first = Math.floor(random() * folds); // so that classes with few groups do not all crowd into fold 0
  const load = new Float64Array(folds);
  for (const { g } of shuffled) {
    let least = first;
    for (let k = 0; k < folds; k++) {
      const fold = (first + k) % folds;
      if (load[fold]! < load[least]!) least = fold;
    }
    load[least]! += sizes[g]!;
    into[g] = least;
  }
}

/** Cuts the windows of one label into stretches of time, if at least two windows' lengths remain in each. */
function cutInTime(own: number[], examples: readonly Example[], folds: number, foldOf: Int8Array): boolean {
  const first = examples[own[0]!]!;
  const last = examples[own.at(-1)!]!;
  const span = last.start + last.length - first.start;
  const stretches = Math.min(folds, Math.floor(span / (2 * first.length)));
  if (stretches < 2) return false;
  for (const i of own) {
    const middle = examples[i]!.start - first.start + first.length / 2;
    foldOf[i] = Math.min(stretches - 1, Math.floor((middle * stretches) / span));
  }
  return true;
}

/** Renumbers folds so that none is empty. */
function compactFolds(foldOf: Int8Array, foldOfGroup: Int8Array): number {
  const used = [...new Set(foldOf)].filter((fold) => fold >= 0).sort((a, b) => a - b);
  for (const folds of [foldOf, foldOfGroup]) {
    for (let i = 0; i < folds.length; i++) folds[i] = folds[i]! < 0 ? -1 : used.indexOf(folds[i]!);
  }
  return used.length;
}

function fewLabels(category: string, count: number): string {
  return `Category "${category}" has only ${count} labels; its scores may be far off.`;
}

function cutWarning(category: ClassName): string {
  if (category === null) return "There is a single stretch of background, which was cut in time to score it.";
  return `Category "${category}" has one label, which was cut in time to score it; how it does on another event is not known.`;
}

function unscoredWarning(category: ClassName, examples: number): string {
  const name = category === null ? "The background" : `Category "${category}"`;
  const counted = examples === 1 ? "one example" : `${examples} examples`;
  return `${name} rests on a single stretch with ${counted}, too little to hold some back: no score is known for it.`;
}
