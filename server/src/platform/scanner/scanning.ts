import { type Scan, type Scanner, ScannerUnavailable } from "./scanner.ts";

export type Verdict =
  | { readonly kind: "clean" }
  | { readonly kind: "infected"; readonly found: string }
  /** Nobody has looked at all of it. */
  | { readonly kind: "unscanned"; readonly reason: ScannerUnavailable };

/** A scan that outlives its scanner: where that fails the bytes go on, and the verdict says that there is none. */
export interface Scanning {
  write(chunk: Uint8Array): Promise<void>;
  verdict(): Promise<Verdict>;
  abandon(): void;
}

/** @param scanner Null where none is configured: then every file counts as clean. */
export async function beginScanning(scanner: Scanner | null): Promise<Scanning> {
  let scan: Scan | undefined;
  let failure: ScannerUnavailable | undefined;

  async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ScannerUnavailable)) throw error;
      failure = error;
      scan?.abandon();
      return undefined;
    }
  }

  if (scanner !== null) scan = await attempt(() => scanner.begin());
  return {
    async write(chunk) {
      if (scan && !failure) await attempt(() => scan!.write(chunk));
    },
    async verdict() {
      const found = scan && !failure ? await attempt(() => scan!.verdict()) : null;
      if (failure) return { kind: "unscanned", reason: failure };
      return found ? { kind: "infected", found } : { kind: "clean" };
    },
    abandon: () => scan?.abandon(),
  };
}

/** Has a file that is kept looked at. */
export async function scanAll(scanner: Scanner | null, source: AsyncIterable<Uint8Array>): Promise<Verdict> {
  const scanning = await beginScanning(scanner);
  try {
    for await (const chunk of source) await scanning.write(chunk);
    return await scanning.verdict();
  } catch (error) {
    scanning.abandon();
    throw error;
  }
}
