// A process that reads a share of a run's files, or one bomb, and tells the one that started it before and after each.
import { type BombResult, defuse } from "./bombs.ts";
import { fuzzFile } from "./fuzzFile.ts";
import { type Judged, judge } from "./judge.ts";

export interface FuzzTask {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
  readonly step: number;
  readonly bomb?: string;
}

export type FuzzMessage =
  | { readonly about: "begun"; readonly place: number; readonly kind: string }
  | {
      readonly about: "judged";
      readonly place: number;
      readonly kind: string;
      readonly judged: Judged;
      readonly ms: number;
      /** By which the most memory ever taken grew with this file. */
      readonly grownMib: number;
      readonly mostMib: number;
    }
  | { readonly about: "bomb"; readonly result: BombResult };

const task = JSON.parse(process.argv[2]!) as FuzzTask;
const tell = (message: FuzzMessage) => process.send!(message);
const mostMib = () => process.resourceUsage().maxRSS / 1024;

if (task.bomb !== undefined) {
  const result = await defuse(task.bomb, () => tell({ about: "begun", place: 0, kind: task.bomb! }));
  tell({ about: "bomb", result });
} else {
  for (let place = task.from; place < task.to; place += task.step) await readOne(place);
}
process.disconnect?.();

async function readOne(place: number): Promise<void> {
  const file = await fuzzFile(task.seed, place);
  const before = mostMib();
  tell({ about: "begun", place, kind: file.kind });
  const started = performance.now();
  const judged = await judge(file).catch((error: unknown): Judged => {
    const said = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { verdict: "refused", held: false, failures: [`throws ${said.slice(0, 1500)}`] };
  });
  const ms = performance.now() - started;
  tell({
    about: "judged",
    place,
    kind: file.kind,
    judged,
    ms,
    grownMib: mostMib() - before,
    mostMib: mostMib(),
  });
}
