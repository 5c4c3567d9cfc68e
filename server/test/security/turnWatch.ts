/**
 * How long a thread works without looking at what else has come, ms of its processor time: what others wait for. What
 * other programs take meanwhile is not in it. Cost: the thread does not rest while it is watched.
 */
export class TurnWatch {
  #longestUs = 0;
  #next: NodeJS.Immediate | undefined;

  start(): void {
    clearImmediate(this.#next);
    this.#longestUs = 0;
    let before = process.threadCpuUsage();
    const turn = () => {
      const now = process.threadCpuUsage();
      this.#longestUs = Math.max(this.#longestUs, now.user - before.user + now.system - before.system);
      before = now;
      this.#next = setImmediate(turn);
    };
    this.#next = setImmediate(turn);
  }

  /** @returns the longest turn since the start, ms. */
  stop(): number {
    clearImmediate(this.#next);
    return this.#longestUs / 1000;
  }
}
