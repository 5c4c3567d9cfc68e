import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import type { JobHandler } from "../../src/platform/queue/queue.ts";
import { takeTurn } from "../../src/platform/queue/turns.ts";
import { setQueueStage } from "../support/queueStage.ts";

async function until(done: () => boolean | Promise<boolean>, patienceMs = 60_000): Promise<void> {
  const last = performance.now() + patienceMs;
  while (!(await done())) {
    if (performance.now() > last) throw new Error(`not within ${patienceMs} ms`);
    await delay(20);
  }
}

const untilAborted: JobHandler = (_job, { signal }) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

describe("the queue", () => {
  test("is drained without a pause: what waits is taken as soon as somebody is free", async (t) => {
    const stage = await setQueueStage(t);
    const count = 60;
    let done = 0;
    await stage.work({
      ingest: async () => {
        done++;
      },
    });
    for (let id = 1; id <= count; id++) await stage.send("ingest", { id });
    // Looked for only now and then, every three seconds, they would take three minutes.
    await until(() => done === count, 60_000);
  });

  test("does once at the start what came due while no worker ran", async (t) => {
    const stage = await setQueueStage(t);
    let swept = 0;
    const sweep = async () => {
      swept++;
    };
    const first = await stage.work({ sweep });
    await until(async () => (await stage.client.query("SELECT FROM pgboss.schedule")).rowCount! > 0);
    await first.stop();
    const before = swept;
    // Made last week; three nights ago somebody looked last.
    await stage.client.query("UPDATE pgboss.schedule SET created_on = now() - interval '7 days'");
    await stage.client.query("UPDATE pgboss.version SET cron_on = now() - interval '3 days'");
    await stage.work({ sweep });
    await until(() => swept > before);
    await delay(500);
    assert.equal(swept, before + 1);
  });

  test("does not count the orderly stops of workers as tries", async (t) => {
    const stage = await setQueueStage(t);
    await stage.send("train", { id: 7 });
    const attempts: number[] = [];
    for (let stop = 0; stop < 12; stop++) {
      const worker = await stage.work({
        train: (job, context) => {
          attempts.push(context.attempt);
          return untilAborted(job, context);
        },
      });
      await until(() => attempts.length === stop + 1);
      await worker.stop();
      const [job] = await stage.jobs("train");
      assert.equal(job?.state, "retry", `after stop ${stop + 1}`);
    }
    await stage.work({
      train: async (_job, { attempt }) => {
        attempts.push(attempt);
      },
    });
    await until(async () => (await stage.jobs("train"))[0]?.state === "completed");
    assert.deepEqual(
      attempts,
      Array.from({ length: 13 }, (_, attempt) => attempt),
    );
  });

  test("gives a stopped worker's job to another at once", async (t) => {
    const stage = await setQueueStage(t);
    const first = await stage.work({ train: untilAborted });
    await stage.send("train", { id: 7 });
    await until(async () => (await stage.jobs("train"))[0]?.state === "active");
    let taken = false;
    await stage.work({
      train: async () => {
        taken = true;
      },
    });
    await first.stop();
    await until(() => taken);
  });

  test("counts what failed, and gives it up in the end", async (t) => {
    const stage = await setQueueStage(t);
    await stage.send("train", { id: 7 });
    await stage.client.query(
      "UPDATE pgboss.job SET retry_limit = 1, retry_delay_max = 1 WHERE name = 'train'",
    );
    let abandoned: unknown;
    let tries = 0;
    await stage.work({
      train: async () => {
        tries++;
        throw new Error("no");
      },
      abandoned: async (job) => {
        abandoned = job;
      },
    });
    await until(() => abandoned !== undefined);
    assert.equal(tries, 2);
    assert.deepEqual(
      [(abandoned as { id: number; queue: string }).id, (abandoned as { queue: string }).queue],
      [7, "train"],
    );
  });
});

describe("turns", () => {
  const organizationOf = (user: number) => Math.floor(user / 100);

  /** Who got served, in order, by one worker of one queue, when all of that was waiting. */
  async function served(t: Parameters<typeof setQueueStage>[0], sent: readonly number[]): Promise<number[]> {
    const stage = await setQueueStage(t);
    for (const userId of sent) await stage.send("ingest", { userId, organizationId: organizationOf(userId) });
    const order: number[] = [];
    await stage.work({
      ingest: async ({ userId }) => {
        order.push(userId);
      },
    });
    await until(() => order.length === sent.length);
    return order;
  }

  const many = (user: number, count: number) => Array.from({ length: count }, () => user);

  test("of one who sends a single file do not wait for the sixty of another", async (t) => {
    const order = await served(t, [...many(101, 60), 201]);
    assert.ok(order.indexOf(201) <= 2, `served as number ${order.indexOf(201) + 1}`);
  });

  test("of users who all have much come by turns", async (t) => {
    const order = await served(t, [...many(101, 20), ...many(102, 20), ...many(103, 20)]);
    const early = order.slice(0, 30);
    for (const user of [101, 102, 103]) {
      const got = early.filter((one) => one === user).length;
      assert.ok(got >= 5 && got <= 15, `${user} was served ${got} of the first 30 times`);
    }
  });

  test("of a crowd in one organisation do not leave another organisation behind", async (t) => {
    const crowd = Array.from({ length: 6 }, () => Array.from({ length: 16 }, (_, i) => 101 + i)).flat();
    const order = await served(t, [...crowd, ...many(201, 6)]);
    const last = order.lastIndexOf(201) + 1;
    // By turns among 17 users its last job would be one of the last 17 of 102.
    assert.ok(last <= 50, `its sixth job was number ${last} of ${order.length}`);
  });

  test("of one with much come, although others keep sending", async (t) => {
    const stage = await setQueueStage(t);
    for (let i = 0; i < 10; i++) await stage.send("ingest", { userId: 101 });
    const order: number[] = [];
    await stage.work({
      ingest: async ({ userId }) => {
        // Each served of the other two sends the next, for ever.
        if (userId !== 101 && order.length < 200) await stage.send("ingest", { userId });
        order.push(userId);
      },
    });
    await stage.send("ingest", { userId: 102 });
    await stage.send("ingest", { userId: 103 });
    await until(() => order.filter((user) => user === 101).length === 10);
    assert.ok(order.length < 60, `all of them came only after ${order.length} others`);
  });

  test("are found by index, however much is waiting", async (t) => {
    const stage = await setQueueStage(t);
    await stage.client.query(
      `INSERT INTO pgboss.job (name, priority, group_id, data)
       SELECT 'ingest', -(i / 10), (1 + i % 7) || ':' || (i % 500), '{}'::jsonb FROM generate_series(1, 50000) AS i`,
    );
    const pages: number[] = [];
    const explained = {
      async executeAsQueue(text: string, values: unknown[] = []) {
        const { rows } = await stage.client.query(`EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`, values);
        const plan = rows[0]!["QUERY PLAN"][0].Plan;
        pages.push(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]);
        return stage.client.query(text, values);
      },
    };
    const { group } = await takeTurn(explained, "ingest", {
      organizationId: 3,
      projectId: 1,
      userId: 9,
      id: 1,
    });
    assert.equal(group.id, "3:9");
    assert.ok(pages[0]! < 500, `${pages[0]} pages were read`);
  });
});
