/**
 * Does some work for each of many, so many at a time, each begun when one before it has ended. After a failure none is
 * begun any more; those under way are waited for.
 * @throws what the first that failed threw.
 */
export async function eachAtOnce<T>(
  items: AsyncIterable<T> | Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const source = Symbol.asyncIterator in items ? items[Symbol.asyncIterator]() : items[Symbol.iterator]();
  const failed: { error?: unknown } = {};
  const lane = async () => {
    try {
      while (!("error" in failed)) {
        const next = await source.next();
        if (next.done) return;
        await work(next.value);
      }
    } catch (error) {
      if (!("error" in failed)) failed.error = error;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  if (!("error" in failed)) return;
  await source.return?.();
  throw failed.error;
}
