import assert from "node:assert/strict";
import { test } from "node:test";
import Fastify from "fastify";
import { takeTurns } from "./requestTurns.ts";

test("of requests that arrive together a few are begun in each turn of the event loop, in their order", async (t) => {
  const app = Fastify();
  t.after(() => app.close());
  let turn = 0;
  const begun: { turn: number; number: number }[] = [];
  takeTurns(app);
  app.addHook("onRequest", async (request) => {
    begun.push({ turn, number: Number(request.url.slice(1)) });
  });
  app.get("/:number", async () => "");
  await app.ready();
  let isCounting = true;
  const count = () => {
    turn++;
    if (isCounting) setImmediate(count);
  };
  count();
  const answers = await Promise.all(Array.from({ length: 50 }, (_, number) => app.inject(`/${number}`)));
  isCounting = false;
  assert.ok(answers.every(({ statusCode }) => statusCode === 200));
  assert.deepEqual(
    begun.map(({ number }) => number),
    Array.from({ length: 50 }, (_, number) => number),
  );
  const perTurn = Map.groupBy(begun, (one) => one.turn);
  assert.ok(
    [...perTurn.values()].every(({ length }) => length <= 4),
    [...perTurn.keys()].join(),
  );
});
