import assert from "node:assert/strict";
import { test } from "node:test";
import { AppError } from "../../../errors.ts";
import { againIfDamaged } from "./againIfDamaged.ts";

/** Fails as told, one error a try, and succeeds after that. */
function failing(errors: readonly Error[]): { attempt: () => Promise<string>; tries: () => number } {
  let tries = 0;
  return {
    tries: () => tries,
    attempt: async () => {
      const error = errors[tries++];
      if (error) throw error;
      return "whole";
    },
  };
}

const damaged = new AppError("damaged_object", "A stored file is missing.");

test("an object that goes while its project is exported is no damage", async () => {
  const { attempt, tries } = failing([damaged, damaged]);
  assert.equal(await againIfDamaged(attempt), "whole");
  assert.equal(tries(), 3);
});

test("one that stays missing is told, and nothing else is tried again", async () => {
  await assert.rejects(againIfDamaged(failing([damaged, damaged, damaged]).attempt), damaged);
  const refused = new AppError("not_found", "There is no such project.");
  const { attempt, tries } = failing([refused]);
  await assert.rejects(againIfDamaged(attempt), refused);
  assert.equal(tries(), 1);
});
