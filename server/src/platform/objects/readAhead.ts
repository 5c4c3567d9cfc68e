/**
 * The same pieces, with the next one being fetched while the last is used. One only: whoever is slow holds up the
 * source, and two pieces are in memory.
 */
export async function* readAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T, undefined> {
  const pieces = source[Symbol.asyncIterator]();
  let isDone = false;
  const fetch = (): Promise<IteratorResult<T>> => {
    const next = pieces.next();
    // A failure is thrown where the piece is taken; one that is never taken must not end the process.
    next.catch(() => undefined);
    return next;
  };
  try {
    let next = fetch();
    for (;;) {
      const result = await next;
      if (result.done) {
        isDone = true;
        return;
      }
      next = fetch();
      yield result.value;
    }
  } finally {
    if (!isDone) await pieces.return?.();
  }
}
