import { after, before, describe } from "node:test";
import { openS3Objects } from "../../src/platform/objects/s3/s3Objects.ts";
import { declareStoreContract } from "../../src/platform/objects/testing/storeContract.ts";
import { type CephServer, skipCeph, startCephServer } from "../support/cephServer.ts";

describe("objects in a real S3", { skip: skipCeph }, () => {
  let ceph: CephServer;
  before(async () => {
    ceph = await startCephServer();
    await ceph.makeBucket("contract");
  });
  after(() => ceph.stop());
  let stores = 0;
  declareStoreContract("S3 objects", () =>
    openS3Objects({ ...ceph.settings("contract"), prefix: `store-${++stores}/` }),
  );
});
