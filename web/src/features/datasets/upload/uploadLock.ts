const PREFIX = "magtrace upload ";

/** Browsers have locks for pages that came over HTTPS, or from this machine. */
const locks = (): LockManager | undefined => navigator.locks;

/**
 * Says to this browser's other tabs that the upload is being sent: two that send the same one would end each other's
 * requests for ever. @returns what gives it back, or null where another tab has it.
 */
export async function lockUpload(uploadId: number): Promise<(() => void) | null> {
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const { promise: isOurs, resolve: tell, reject } = Promise.withResolvers<boolean>();
  const name = `${PREFIX}${uploadId}`;
  const manager = locks();
  if (manager === undefined) return release;
  manager
    .request(name, { ifAvailable: true }, (lock) => {
      tell(lock !== null);
      return lock === null ? undefined : released;
    })
    .catch(reject);
  return (await isOurs) ? release : null;
}

/** Those that a tab of this browser sends, this one's included. */
export async function uploadsBeingSent(): Promise<ReadonlySet<number>> {
  const held = (await locks()?.query())?.held ?? [];
  const ids = held.flatMap(({ name }) =>
    name?.startsWith(PREFIX) ? [Number(name.slice(PREFIX.length))] : [],
  );
  return new Set(ids);
}
