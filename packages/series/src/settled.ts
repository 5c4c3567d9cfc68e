/**
 * What several pieces of work come to, once all of them have ended: where one fails the others are not left running.
 *
 * @throws the first one's failure.
 */
export async function settled<T extends readonly unknown[]>(
  work: {
    readonly [K in keyof T]: Promise<T[K]>;
  },
): Promise<T> {
  await Promise.allSettled(work);
  return (await Promise.all(work)) as unknown as T;
}
