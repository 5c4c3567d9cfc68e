import { after, type TestContext } from "node:test";

/**
 * A context for what a suite makes in its `before`, where `after` itself would belong to the hook and run at once.
 * Call it in the suite's body; what was made last goes first.
 */
export function suiteCleanup(): Pick<TestContext, "after"> {
  const undo: (() => unknown)[] = [];
  after(async () => {
    for (const each of undo.reverse()) await each();
  });
  return { after: (fn) => undo.push(fn as () => unknown) };
}
