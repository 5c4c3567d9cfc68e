import { test } from "node:test";
import { skipCeph, startCephServer } from "../support/cephServer.ts";
import { startS3Proxy } from "../support/s3Proxy.ts";
import { startFaultStage } from "./faultStage.ts";
import { runFaults } from "./runFaults.ts";

const seed = Number(process.env.FAULTS_SEED);
const faults = Number(process.env.FAULTS);
const onS3 = Math.round(faults * 0.15);
const mostMs = Number(process.env.FAULTS_SECONDS) * 1000;

test(`${faults - onS3} faults of seed ${seed} lose nothing that was acknowledged`, async (t) => {
  const stage = await startFaultStage(t);
  await runFaults(t, { stage, s3: null, count: faults - onS3, seed, mostMs: mostMs * 0.8 });
});

test(`${onS3} faults of seed ${seed} lose nothing where objects are in S3`, { skip: skipCeph }, async (t) => {
  const ceph = await startCephServer();
  t.after(() => ceph.stop());
  await ceph.makeBucket("faults");
  const s3 = await startS3Proxy(ceph.port);
  t.after(() => s3.stop());
  const stage = await startFaultStage(t, { ...ceph.environment("faults"), S3_ENDPOINT: s3.endpoint });
  await runFaults(t, { stage, s3, count: onS3, seed: seed + 1, mostMs: mostMs * 0.2 });
});
