/** A process that asks one server as fast as its connections get answers. Started by startGenerator.ts. */
import { HttpConnection, requestBytes } from "./httpConnection.ts";
import type { Load, LoadResult } from "./startGenerator.ts";

process.on("message", async (load: Load) => process.send?.(await run(load)));
process.on("disconnect", () => process.exit());

async function run(load: Load): Promise<LoadResult> {
  const durationsMs: number[] = [];
  const failures = new Map<number, number>();
  const begun = performance.now();
  const end = begun + 1000 * load.seconds;
  await Promise.all(load.tokens.map((token, index) => runConnection(index, token)));
  return { durationsMs, failures, seconds: (performance.now() - begun) / 1000 };

  async function runConnection(index: number, token: string): Promise<void> {
    const connection = new HttpConnection(load.port);
    const { method, path } = load;
    const bodies = load.bodies?.map((body) => ({ body })) ?? [{}];
    const made = bodies.map((body) =>
      requestBytes(`127.0.0.1:${load.port}`, { method, path, token, ...body }),
    );
    for (let turn = index; performance.now() < end; turn++) {
      const asked = performance.now();
      const { status } = await connection.ask(made[turn % made.length]!);
      if (status >= 200 && status < 300) durationsMs.push(performance.now() - asked);
      else failures.set(status, (failures.get(status) ?? 0) + 1);
    }
    connection.close();
  }
}
