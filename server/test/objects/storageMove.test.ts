import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { openFolderObjects } from "../../src/platform/objects/folder/folderObjects.ts";
import { deleteMoved, moveObjects } from "../../src/platform/objects/places/moveObjects.ts";
import { type Place, PlacedObjects } from "../../src/platform/objects/places/placedObjects.ts";
import type { MoveRecord } from "../../src/platform/objects/places/queries.ts";
import { openS3Objects } from "../../src/platform/objects/s3/s3Objects.ts";
import { HostileObjects } from "../../src/platform/objects/testing/hostileObjects.ts";
import { inPieces, MemoryObjects } from "../../src/platform/objects/testing/memoryObjects.ts";
import { MemoryRows } from "../../src/platform/objects/testing/memoryRows.ts";
import { declareStoreContract } from "../../src/platform/objects/testing/storeContract.ts";
import { type CephServer, skipCeph, startCephServer } from "../support/cephServer.ts";
import { createProject, simulateSurvey, upload } from "../support/learningStage.ts";
import { type S3Proxy, startS3Proxy } from "../support/s3Proxy.ts";
import { startTestInstallation } from "../support/testInstallation.ts";

function memoryPlaces(): { places: [Place, Place]; current: { name: string } } {
  const places: [Place, Place] = [
    { name: "old", store: new MemoryObjects() },
    { name: "new", store: new HostileObjects() },
  ];
  return { places, current: { name: "new" } };
}

function memoryRecord(current: { name: string }): MoveRecord {
  const moved = new Map<string, Uint8Array>();
  return {
    begin: async (name) => {
      current.name = name;
    },
    moved: async (keys) => new Set(keys.filter((key) => moved.has(key))),
    record: async (key, sha256) => void moved.set(key, sha256),
    countUnfinished: async () => 0,
  };
}

const bytes = new TextEncoder().encode("what was sealed");
const keysOf = async (place: Place) => (await Array.fromAsync(place.store.list(""))).map(({ key }) => key);

declareStoreContract("two places", async () => {
  const { places, current } = memoryPlaces();
  return new PlacedObjects(places, async () => current.name);
});

test("everything is found during and after a move, and only what was copied is deleted", async () => {
  const { places, current } = memoryPlaces();
  const [old, target] = places;
  current.name = "old";
  const store = new PlacedObjects(places, async () => current.name);
  const keys = Array.from({ length: 1_203 }, (_, index) => `series/${index}/base`);
  for (const key of keys) await store.put(key, inPieces(bytes, 9));
  const late = await store.createWriter("uploads/late");
  const record = memoryRecord(current);
  const move = { sources: [old], target, record, rows: new MemoryRows() };
  assert.deepEqual(await moveObjects(move), { objects: 1_203, bytes: 1_203 * bytes.byteLength });
  await late.write(bytes);
  await late.close();
  await store.put("uploads/new", inPieces(bytes, 9));
  assert.deepEqual(
    [await old.store.exists("uploads/late"), await old.store.exists("uploads/new")],
    [true, false],
  );
  const everything = [...keys, "uploads/late", "uploads/new"].sort();
  assert.deepEqual(await Array.fromAsync(store.list(""), ({ key }) => key), everything);
  assert.equal(await deleteMoved(move), 1_203);
  assert.deepEqual(await keysOf(old), ["uploads/late"]);
  for (const key of everything) await (await store.open(key)).close();
  assert.equal((await moveObjects(move)).objects, 1);
  assert.equal(await deleteMoved(move), 1);
  assert.deepEqual(await keysOf(target), everything);
});

test("what is deleted while it is copied does not come back", async () => {
  for (const direction of ["there", "back"]) {
    const { places, current } = memoryPlaces();
    const [old, target] = direction === "there" ? places : places.toReversed();
    await old!.store.put("uploads/1", inPieces(bytes, 9));
    const store = new PlacedObjects(places, async () => current.name);
    const { put } = target!.store;
    target!.store.put = async (key, source, options) => {
      const written = await put.call(target!.store, key, source, options);
      await store.delete(key);
      return written;
    };
    const move = { sources: [old!], target: target!, record: memoryRecord(current), rows: new MemoryRows() };
    assert.equal((await moveObjects(move)).objects, 0);
    assert.deepEqual([await keysOf(old!), await keysOf(target!)], [[], []]);
  }
});

test("two commands at once lose nothing: what one took from the old place, the other leaves in the new", async () => {
  const { places, current } = memoryPlaces();
  const [old, target] = places;
  await old.store.put("uploads/1", inPieces(bytes, 9));
  const move = { sources: [old], target, record: memoryRecord(current), rows: new MemoryRows() };
  const { put } = target.store;
  let isFirst = true;
  target.store.put = async (key, source, options) => {
    const written = await put.call(target.store, key, source, options);
    if (!isFirst) return written;
    isFirst = false;
    assert.equal((await moveObjects(move)).objects, 1);
    assert.equal(await deleteMoved(move), 1);
    return written;
  };
  await moveObjects(move);
  assert.deepEqual([await keysOf(old), await keysOf(target)], [[], ["uploads/1"]]);
});

test("a copy that differs stops the move and deletes nothing", async () => {
  const { places, current } = memoryPlaces();
  const [old, target] = places;
  await old.store.put("a", inPieces(bytes, 9));
  await target.store.put("a", inPieces(bytes.slice(1), 9));
  const move = { sources: [old], target, record: memoryRecord(current), rows: new MemoryRows() };
  await assert.rejects(moveObjects(move), { code: "damaged_object" });
  assert.equal(await deleteMoved(move), 0);
  assert.deepEqual([await keysOf(old), await keysOf(target)], [["a"], ["a"]]);
});

describe("magtrace storage move", { skip: skipCeph }, () => {
  let ceph: CephServer;
  let proxy: S3Proxy;
  before(async () => {
    ceph = await startCephServer();
    proxy = await startS3Proxy(ceph.port);
    await ceph.makeBucket("moving");
  });
  after(async () => {
    await proxy.stop();
    await ceph.stop();
  });

  test("killed in the middle and run again, it loses nothing of a running installation", async (t) => {
    const places = { ...ceph.environment("moving"), MAGTRACE_OBJECTS: "folder,s3://moving" };
    const installation = await startTestInstallation(t, places);
    const ann = await installation.addUser({ name: "ann", organization: "First" });
    const project = await createProject(ann, "Field");
    const survey = simulateSurvey({ seed: 3, rows: 500 });
    const datasets = [await upload(ann, project, survey.csv), await upload(ann, project, survey.csv)];
    const folder = await openFolderObjects(join(installation.dataDir, "objects"));
    const bucket = await openS3Objects(ceph.settings("moving"));
    const inFolder = (await Array.fromAsync(folder.list(""))).length;

    const { database, dataDir } = installation;
    const environment = {
      ...process.env,
      ...places,
      MAGTRACE_DATA_DIR: dataDir,
      S3_ENDPOINT: proxy.endpoint,
      DATABASE_URL: database.ownerUrl,
      DATABASE_APP_URL: database.app,
      DATABASE_ACCOUNTS_URL: database.accounts,
      DATABASE_QUEUE_URL: database.queue,
    };
    const program = fileURLToPath(new URL("../../src/cli.ts", import.meta.url));
    const move = (...more: string[]) => {
      const args = [program, "storage", "move", "--to", "s3://moving", ...more];
      return spawn(process.execPath, args, { env: environment, stdio: ["ignore", "pipe", "inherit"] });
    };
    const finish = async (child: ReturnType<typeof move>) => {
      let text = "";
      child.stdout.setEncoding("utf8").on("data", (part: string) => (text += part));
      const [status] = (await once(child, "close")) as [number | null];
      return { status, text };
    };
    const allAreRead = async () => {
      for (const { id } of datasets) {
        const { status, body } = await ann.call<string>("GET", `/api/datasets/${id}/download/`);
        assert.deepEqual([status, body === survey.csv], [200, true]);
        assert.equal((await ann.call("GET", `/api/datasets/${id}/data/?points=50`)).status, 200);
      }
    };

    let puts = 0;
    const first = move();
    proxy.decide = (what) => {
      if (what.startsWith("PUT") && ++puts === 5) first.kill("SIGKILL");
      return puts >= 5 ? "slow down" : "pass";
    };
    await once(first, "close");
    assert.equal(first.signalCode, "SIGKILL");
    const copied = (await Array.fromAsync(bucket.list(""))).length;
    assert.ok(copied > 0 && copied < inFolder, `${copied} of ${inFolder} were copied`);
    await allAreRead();
    datasets.push(await upload(ann, project, survey.csv));
    assert.equal(
      (await Array.fromAsync(folder.list(""))).length,
      inFolder,
      "new objects go to the new place",
    );

    proxy.decide = () => "pass";
    const second = await finish(move());
    assert.equal(second.status, 0, second.text);
    await allAreRead();
    const third = await finish(move("--delete-source"));
    assert.equal(third.status, 0, third.text);
    assert.match(third.text, new RegExp(`Deleted ${inFolder} objects at folder`));
    assert.deepEqual(readdirSync(join(dataDir, "objects")), [".incoming"]);
    await allAreRead();
    for (const { id } of datasets)
      assert.equal((await ann.call("DELETE", `/api/datasets/${id}/`)).status, 204);
    const left = (await Array.fromAsync(bucket.list(""))).filter(
      ({ key }) => !key.startsWith("master_keys/"),
    );
    assert.deepEqual(left, []);
  });
});
