import assert from "node:assert/strict";
import { getPriority } from "node:os";
import { test } from "node:test";
import { childrenOf } from "../support/childrenOf.ts";
import { createProject, upload } from "../support/learningStage.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

test("heavy jobs give way to the worker's own process and to the api where processors are few", async (t) => {
  const installation = await startTestInstallation(t);
  const ann = await installation.addUser({ name: "ann", organization: "First" });
  await upload(ann, await createProject(ann, "p"), "timestamp_pc,b_x,b_y,b_z\n0,1,2,3\n1,1,2,3\n");
  const jobs = childrenOf(process.pid).filter(({ command }) => command.includes("jobProcess.ts"));
  assert.ok(jobs.length > 0);
  for (const { pid } of jobs) assert.ok(getPriority(pid) > getPriority(), `${pid}: ${getPriority(pid)}`);
});
