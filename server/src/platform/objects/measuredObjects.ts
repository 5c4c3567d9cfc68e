import { AppError } from "../../errors.ts";
import type { ObjectMetrics, ObjectOperation, ObjectOutcome } from "../metrics/objectMetrics.ts";
import { DelegatingObjects } from "./delegatingObjects.ts";
import { isDamage, ObjectExistsError, ObjectMissingError } from "./errors.ts";
import type { ObjectEntry, ObjectReader, ObjectStore, ObjectWriter, PutOptions } from "./types.ts";

/** Measures what another store is asked. Stands outermost, so that it counts what each caller meets. */
export class MeasuredObjects extends DelegatingObjects {
  readonly #metrics: ObjectMetrics;

  constructor(inner: ObjectStore, metrics: ObjectMetrics) {
    super(inner);
    this.#metrics = metrics;
  }

  override async createWriter(key: string, options: PutOptions = {}): Promise<ObjectWriter> {
    const begun = performance.now();
    const writer = await this.inner.createWriter(key, options).catch((error: unknown) => {
      ended(this.#metrics, "write", begun, outcomeOf(error));
      throw error;
    });
    return measuredWriter(writer, this.#metrics, begun);
  }

  override async open(key: string): Promise<ObjectReader> {
    return new MeasuredReader(
      await measure(this.#metrics, "open", () => this.inner.open(key)),
      this.#metrics,
    );
  }

  override exists(key: string): Promise<boolean> {
    return measure(this.#metrics, "exists", () => this.inner.exists(key));
  }

  override delete(key: string): Promise<void> {
    return measure(this.#metrics, "delete", () => this.inner.delete(key));
  }

  override deletePrefix(prefix: string): Promise<{ deleted: number }> {
    return measure(this.#metrics, "delete", () => this.inner.deletePrefix(prefix));
  }

  override list(prefix: string): AsyncIterable<ObjectEntry> {
    return measureEach(this.#metrics, "list", this.inner.list(prefix));
  }
}

function measuredWriter(inner: ObjectWriter, metrics: ObjectMetrics, begun: number): ObjectWriter {
  let failure: ObjectOutcome | undefined;
  let isOver = false;
  const end = (outcome: ObjectOutcome) => {
    if (!isOver) ended(metrics, "write", begun, outcome);
    isOver = true;
  };
  const failed = (error: unknown): never => {
    failure ??= outcomeOf(error);
    throw error;
  };
  return {
    async write(bytes) {
      const { byteLength } = bytes;
      await inner.write(bytes).catch(failed);
      metrics.passed("written", byteLength);
    },
    async close() {
      await inner.close().catch(failed);
      end("ok");
    },
    async abort() {
      // Without a failure of the store it was given up by its writer.
      if (failure !== undefined) end(failure);
      isOver = true;
      await inner.abort();
    },
  };
}

class MeasuredReader implements ObjectReader {
  readonly size: number;
  readonly readSome?: (start: number, length: number) => Promise<Uint8Array>;
  readonly readInto?: (start: number, into: Uint8Array) => Promise<void>;
  readonly #inner: ObjectReader;
  readonly #metrics: ObjectMetrics;

  constructor(inner: ObjectReader, metrics: ObjectMetrics) {
    this.#inner = inner;
    this.#metrics = metrics;
    this.size = inner.size;
    if (inner.readSome) {
      this.readSome = (start, length) => this.#read(() => inner.readSome!(start, length));
    }
    if (inner.readInto) {
      this.readInto = async (start, into) => {
        await measure(metrics, "read", () => inner.readInto!(start, into));
        metrics.passed("read", into.byteLength);
      };
    }
  }

  read(start: number, length: number): Promise<Uint8Array> {
    return this.#read(() => this.#inner.read(start, length));
  }

  async *stream(start?: number, end?: number): AsyncGenerator<Uint8Array> {
    for await (const piece of measureEach(this.#metrics, "read", this.#inner.stream(start, end))) {
      this.#metrics.passed("read", piece.byteLength);
      yield piece;
    }
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #read(work: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const bytes = await measure(this.#metrics, "read", work);
    this.#metrics.passed("read", bytes.byteLength);
    return bytes;
  }
}

async function measure<T>(
  metrics: ObjectMetrics,
  operation: ObjectOperation,
  work: () => Promise<T>,
): Promise<T> {
  const begun = performance.now();
  try {
    const answer = await work();
    ended(metrics, operation, begun, "ok");
    return answer;
  } catch (error) {
    ended(metrics, operation, begun, outcomeOf(error));
    throw error;
  }
}

/** One operation, which ends with the last piece, or where no more of them are taken. */
async function* measureEach<T>(
  metrics: ObjectMetrics,
  operation: ObjectOperation,
  pieces: AsyncIterable<T>,
): AsyncGenerator<T> {
  const begun = performance.now();
  let outcome: ObjectOutcome = "ok";
  try {
    yield* pieces;
  } catch (error) {
    outcome = outcomeOf(error);
    throw error;
  } finally {
    ended(metrics, operation, begun, outcome);
  }
}

function ended(
  metrics: ObjectMetrics,
  operation: ObjectOperation,
  begun: number,
  outcome: ObjectOutcome,
): void {
  metrics.ended(operation, outcome, (performance.now() - begun) / 1000);
}

function outcomeOf(error: unknown): ObjectOutcome {
  if (error instanceof ObjectMissingError) return "missing";
  if (isDamage(error)) return "damaged";
  if (error instanceof ObjectExistsError) return "conflict";
  if (!(error instanceof AppError)) return "refused";
  return error.code === "insufficient_storage" ? "full" : "unavailable";
}
