import assert from "node:assert/strict";
import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { mountSmallDisk, skipSmallDisk } from "../../../test/support/smallDisk.ts";
import { suiteCleanup } from "../../../test/support/suiteCleanup.ts";
import { AppError } from "../../errors.ts";
import { giveUpBallast, restoreBallast } from "./ballast.ts";
import { MIB, openDiskSpace, stateOfDisk } from "./diskSpace.ts";

const isRefused = (error: unknown) => error instanceof AppError && error.meaning.status === 507;

describe("the reserve of a disk", { skip: skipSmallDisk }, () => {
  const cleanup = suiteCleanup();
  const reserve = { reserveBytes: 40 * MIB, reservePercent: 50 };

  test("is the lesser of a size and a part of the disk", async () => {
    const { path } = mountSmallDisk(cleanup, 100);
    const sizes = [
      { reserveBytes: 40 * MIB, reservePercent: 50, wanted: 40 },
      { reserveBytes: 40 * MIB, reservePercent: 10, wanted: 10 },
      { reserveBytes: 0, reservePercent: 10, wanted: 0 },
    ];
    for (const { wanted, ...options } of sizes) {
      assert.equal((await stateOfDisk(path, options))!.reserveBytes, wanted * MIB);
    }
    assert.equal(await stateOfDisk(join(path, "none"), reserve), undefined);
  });

  test("what fills the disk is refused before it is reached, small changes below a quarter of it", async () => {
    const { path } = mountSmallDisk(cleanup, 100);
    const other = mountSmallDisk(cleanup, 1_000);
    const open = (holdsObjects: boolean) =>
      openDiskSpace({ ...reserve, folders: [other.path, path, join(path, "none")], holdsObjects });
    const disk = open(true);
    await disk.requireRoom(59 * MIB);
    await assert.rejects(disk.requireRoom(61 * MIB), isRefused);
    await open(false).requireRoom(1_000 * MIB);

    writeFileSync(join(path, "a"), Buffer.alloc(70 * MIB, 1));
    assert.equal((await disk.look()).level, "low", "the tighter of the two counts");
    await assert.rejects(disk.requireRoom(), isRefused);
    await assert.rejects(disk.requireRoomToGoOn(1), isRefused);
    await disk.requireRoomForChange();

    writeFileSync(join(path, "b"), Buffer.alloc(21 * MIB, 1));
    assert.equal((await disk.look()).level, "full");
    await assert.rejects(disk.requireRoomForChange(), isRefused);
  });

  test("a writer notices within 16 MiB of its own that the disk became full, however fast it is", async () => {
    const { path } = mountSmallDisk(cleanup, 100);
    const disk = openDiskSpace({ ...reserve, folders: [path], holdsObjects: true });
    await disk.look();
    const written: number[] = [];
    const writing = async () => {
      for (let at = 0; at < 100; at++) {
        await disk.requireRoomToGoOn(MIB);
        writeFileSync(join(path, String(at)), Buffer.alloc(MIB, 1));
        written.push(at);
      }
    };
    await assert.rejects(writing(), isRefused);
    assert.ok(written.length > 55 && written.length <= 60 + 16, `${written.length} MiB`);
  });

  test("the ballast takes real room, is given up on a full disk alone, and comes back with room", async () => {
    const { path } = mountSmallDisk(cleanup, 200);
    const ballast = join(path, "ballast");
    const options = { bytes: 30 * MIB, reserve };
    assert.equal(await restoreBallast(path, options), true);
    assert.equal(await restoreBallast(path, options), false);
    assert.equal(statSync(ballast).size, 30 * MIB);
    assert.ok(statSync(ballast).blocks * 512 >= 30 * MIB);
    assert.equal(giveUpBallast(path), false);

    writeFileSync(join(path, "a"), Buffer.alloc(160 * MIB, 1));
    assert.equal(giveUpBallast(path), true);
    assert.ok(!existsSync(ballast));
    assert.equal(giveUpBallast(path), false);
    assert.equal(
      await restoreBallast(path, options),
      false,
      "it would take the room that there is for others",
    );
    rmSync(join(path, "a"));
    assert.equal(await restoreBallast(path, options), true);
    assert.equal(await restoreBallast(path, { ...options, bytes: 0 }), false);
  });
});
