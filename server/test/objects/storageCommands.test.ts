import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { Command } from "../../src/cli/command.ts";
import { command as check } from "../../src/cli/storageCheck.ts";
import { command as harden } from "../../src/cli/storageHarden.ts";
import { endUnfinishedUploads } from "../../src/platform/objects/s3/bucketRules.ts";
import { connectS3, type S3Calls } from "../../src/platform/objects/s3/s3Calls.ts";
import { openS3Objects } from "../../src/platform/objects/s3/s3Objects.ts";
import { type CephServer, skipCeph, startCephServer } from "../support/cephServer.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

describe("magtrace storage check and harden", { skip: skipCeph }, () => {
  let ceph: CephServer;
  let calls: S3Calls;
  before(async () => {
    ceph = await startCephServer();
    await ceph.makeBucket("hardened");
    calls = await connectS3(ceph.settings("hardened"));
  });
  after(() => ceph.stop());

  async function run(
    command: Command,
    values: Record<string, string> = {},
    wrong: Record<string, string> = {},
  ) {
    const lines: string[] = [];
    const environment = { ...ceph.environment("hardened"), MAGTRACE_DATA_DIR: temporaryFolder(), ...wrong };
    const invocation = { values, switches: new Set<string>(), positionals: [], environment };
    const status = await command.run({ ...invocation, print: (line) => lines.push(line) });
    return { status, text: lines.join("\n") };
  }

  test("a new bucket lacks what harden then sets, and it says what it could not", async () => {
    const { client, sdk, bucket } = calls;
    await client.send(new sdk.PutBucketAclCommand({ Bucket: bucket, ACL: "public-read" }));
    const mine = {
      ID: "mine",
      Status: "Enabled" as const,
      Filter: { Prefix: "mine/" },
      Expiration: { Days: 9 },
    };
    await client.send(
      new sdk.PutBucketLifecycleConfigurationCommand({
        Bucket: bucket,
        LifecycleConfiguration: { Rules: [mine] },
      }),
    );
    const before = await run(check);
    assert.equal(before.status, 1);
    assert.match(before.text, /^ok {7}no overwrite/m);
    for (const rule of ["versioning", "lifecycle", "private access", "public policies blocked"]) {
      assert.match(before.text, new RegExp(`^MISSING {2}${rule}`, "m"));
    }
    const done = await run(harden, { "keep-days": "12" });
    for (const rule of ["versioning", "lifecycle", "private access", "public policies blocked"]) {
      assert.match(done.text, new RegExp(`^set {6}${rule}`, "m"));
      assert.match(done.text, new RegExp(`^ok {7}${rule}`, "m"));
    }
    assert.match(done.text, /^(MISSING|UNKNOWN) {2}replication/m);
    assert.match(done.text, /^(MISSING|UNKNOWN) {2}access logging/m);
    assert.equal(done.status, 1, "something is still missing");
    const { Rules = [] } = await client.send(
      new sdk.GetBucketLifecycleConfigurationCommand({ Bucket: bucket }),
    );
    const ours = Rules.find(({ ID }) => ID !== "mine");
    assert.equal(Rules.length, 2);
    assert.equal(ours?.NoncurrentVersionExpiration?.NoncurrentDays, 12);
    assert.equal(ours?.AbortIncompleteMultipartUpload?.DaysAfterInitiation, 2);
    const { Grants = [] } = await client.send(new sdk.GetBucketAclCommand({ Bucket: bucket }));
    assert.equal(Grants.length, 1);
    const again = await run(harden);
    assert.doesNotMatch(again.text, /^set {6}(versioning|lifecycle|private|public)/m);

    const store = await openS3Objects(ceph.settings("hardened"));
    const one = async function* () {
      yield Uint8Array.of(1);
    };
    await store.put("still/works", one());
    await store.delete("still/works");
    assert.equal(await store.exists("still/works"), false);
    await store.put("still/works", one());
    const { Versions = [] } = await client.send(
      new sdk.ListObjectVersionsCommand({ Bucket: bucket, Prefix: "still/" }),
    );
    assert.equal(Versions.length, 2, "what was deleted can be brought back");
  });

  test("uploads left unfinished for two days are ended, younger ones are not", async () => {
    const { client, sdk, bucket } = calls;
    await client.send(new sdk.CreateMultipartUploadCommand({ Bucket: bucket, Key: "left" }));
    assert.equal(await endUnfinishedUploads(calls, Date.now()), 0);
    assert.equal(await endUnfinishedUploads(calls, Date.now() + 3 * 86_400_000), 1);
    const { Uploads = [] } = await client.send(new sdk.ListMultipartUploadsCommand({ Bucket: bucket }));
    assert.equal(Uploads.length, 0);
  });

  test("wrong keys and a folder are refused in words", async () => {
    await assert.rejects(run(check, {}, { S3_SECRET_ACCESS_KEY: "wrong" }), {
      code: "invalid_config",
      message: /refuses the access key/,
    });
    await assert.rejects(run(check, {}, { MAGTRACE_OBJECTS: "folder" }), {
      code: "invalid_config",
      message: /lie in a folder/,
    });
    await assert.rejects(run(harden, { "keep-days": "0" }), { code: "bad_request" });
  });
});
