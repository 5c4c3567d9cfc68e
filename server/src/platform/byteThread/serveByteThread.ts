import { type MessagePort, parentPort } from "node:worker_threads";
import { collectWhenIdle } from "../memory/collectWhenIdle.ts";
import { type Answer, type Asked, serializeError, type Wanted } from "./messages.ts";

/** What a maker answers with. */
export interface Made {
  /** Known before the first byte; copied to the asker. */
  readonly head: unknown;
  readonly pieces: AsyncIterable<Uint8Array | string>;
  /** Called at the end, however it ended. */
  readonly end?: () => Promise<void>;
}

/** Makers by the kind of what they make. What they throw before they answer is thrown where it was asked for. */
export type Makers = Readonly<Record<string, (input: never) => Promise<Made>>>;

/** The thread's side of `ByteThread`: makes what it is asked for until it is told to close. */
export function serveByteThread(makers: Makers, close: () => Promise<void>): void {
  collectWhenIdle();
  parentPort!.on("message", (message: Asked | "close") => {
    if (message === "close") void closeThread(close);
    else void answer(makers, message);
  });
}

async function closeThread(close: () => Promise<void>): Promise<void> {
  try {
    await close();
  } finally {
    process.exit();
  }
}

async function answer(makers: Makers, { kind, input, port }: Asked): Promise<void> {
  const wanted = new Wishes(port);
  let made: Made | undefined;
  try {
    const maker = makers[kind];
    if (maker === undefined) throw new Error(`nothing makes "${kind}"`);
    made = await maker(input as never);
    tell(port, { head: made.head });
    const pieces = made.pieces[Symbol.asyncIterator]();
    try {
      while (await wanted.another()) {
        const { done, value } = await pieces.next();
        if (done) {
          tell(port, "done");
          break;
        }
        tell(port, { piece: owned(value) });
      }
    } finally {
      await pieces.return?.();
    }
  } catch (error) {
    tell(port, { error: serializeError(error) });
  } finally {
    await made?.end?.().catch(() => undefined);
    if (!wanted.hasEnded) await wanted.end;
    port.close();
  }
}

function tell(port: MessagePort, answer: Answer): void {
  const transferred = typeof answer === "object" && "piece" in answer ? [answer.piece.buffer] : [];
  port.postMessage(answer, transferred);
}

/** In memory that can be given away: nobody else's, and no larger than it. */
function owned(piece: Uint8Array | string): Uint8Array<ArrayBuffer> {
  const bytes = typeof piece === "string" ? new TextEncoder().encode(piece) : piece;
  return new Uint8Array(bytes);
}

/** How many pieces are wanted that have not been sent. */
class Wishes {
  /** Nothing more is wanted. */
  readonly end: Promise<void>;
  hasEnded = false;
  #open = 0;
  #wake: () => void = () => undefined;

  constructor(port: MessagePort) {
    this.end = new Promise((resolve) => {
      const stop = () => {
        this.hasEnded = true;
        this.#wake();
        resolve();
      };
      port.on("message", (wanted: Wanted) => {
        if (wanted === "end") stop();
        else this.#open++;
        this.#wake();
      });
      port.on("close", stop);
    });
  }

  /** Waits until one more is wanted. False once none will be. */
  async another(): Promise<boolean> {
    while (this.#open === 0 && !this.hasEnded) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    if (this.hasEnded) return false;
    this.#open--;
    return true;
  }
}
