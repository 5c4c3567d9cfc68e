import type { MetricsSnapshot } from "../metrics/metrics.ts";
import type { QueuedJob, QueueName } from "./queues.ts";

/** What a worker tells a process of its. */
export type ToJobProcess =
  | { readonly kind: "start"; readonly settings: unknown }
  | {
      readonly kind: "run";
      readonly queue: QueueName;
      readonly job: QueuedJob;
      readonly jobId: string;
      readonly attempt: number;
    }
  | { readonly kind: "abort"; readonly reason: string };

/** What it answers: once for each job; and all it has counted since it began, where somebody is to know. */
export type FromJobProcess = (
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly error: SerializedError }
) & { readonly metrics?: MetricsSnapshot | undefined };

/** An error that crosses from one process to another. */
export interface SerializedError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string | undefined;
  readonly code?: string | undefined;
}

export function serializeError(error: unknown): SerializedError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const { name, message, stack } = error;
  const cause = error.cause instanceof Error ? `\n  caused by ${error.cause.stack}` : "";
  const code = "code" in error && typeof error.code === "string" ? error.code : undefined;
  return { name, message, stack: `${stack}${cause}`, code };
}

export function deserializeError({ name, message, stack, code }: SerializedError): Error {
  const error = new Error(message);
  return Object.assign(error, { name, stack }, code === undefined ? {} : { code });
}
