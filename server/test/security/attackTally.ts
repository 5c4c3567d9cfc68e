import type { TestContext } from "node:test";
import { asCurl, faultOf } from "./judgeReply.ts";
import type { Reply } from "./keepAliveClient.ts";
import type { GeneratedRequest } from "./requestArbitrary.ts";

interface Finding {
  readonly what: string;
  readonly curl: string;
  readonly answer: string;
  readonly requestId: string | undefined;
}

/** What generated requests came to. */
export class AttackTally {
  /** The first of each kind of failure, by operation and what was wrong. */
  readonly findings = new Map<string, Finding>();
  readonly #byStatus = new Map<number, number>();
  readonly #byOperation = new Map<string, { sent: number; succeeded: number }>();

  /** @param reply An Error where none came. */
  record(address: string, request: GeneratedRequest, reply: Reply | Error): void {
    const count = this.#byOperation.get(request.operation) ?? { sent: 0, succeeded: 0 };
    this.#byOperation.set(request.operation, count);
    count.sent++;
    const isAnswer = !(reply instanceof Error);
    if (isAnswer) {
      this.#byStatus.set(reply.status, (this.#byStatus.get(reply.status) ?? 0) + 1);
      if (reply.status < 400 && request.faults === 0) count.succeeded++;
    }
    const fault = isAnswer ? faultOf(request, reply) : `got no answer: ${reply.message}`;
    const what = `${request.operation} ${fault}`;
    if (fault === null || this.findings.has(what)) return;
    this.findings.set(what, {
      what,
      curl: asCurl(address, request),
      answer: isAnswer ? `${reply.status} ${reply.text.slice(0, 500)}` : "",
      requestId: isAnswer ? reply.requestId : undefined,
    });
  }

  /** Whether a request of the operation without a fault was ever answered with a success. */
  hasSucceeded(operation: string): boolean {
    return (this.#byOperation.get(operation)?.succeeded ?? 0) > 0;
  }

  report(t: Pick<TestContext, "diagnostic">): void {
    const statuses = [...this.#byStatus].sort(([a], [b]) => a - b).map(([status, n]) => `${status}: ${n}`);
    const all = [...this.#byOperation.values()].reduce((sum, { sent }) => sum + sent, 0);
    t.diagnostic(`generated requests: ${all} sent; ${statuses.join(", ")}`);
    for (const [operation, { sent, succeeded }] of this.#byOperation) {
      t.diagnostic(
        `${String(sent).padStart(6)}  ${operation}, of these succeeded without a fault ${succeeded}`,
      );
    }
  }
}
