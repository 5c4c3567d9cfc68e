import { setTimeout as sleep } from "node:timers/promises";
import type pg from "pg";
import type { Config } from "../config.ts";
import { AppError } from "../errors.ts";
import { masterKeySource } from "../platform/objects/masterKeySource.ts";
import { openObjects } from "../platform/objects/openObjects.ts";
import { type KeyHolder, keyHolders, objectsByMasterKey } from "../platform/objects/rows/keyHolders.ts";
import { databaseRows } from "../platform/objects/rows/queries.ts";
import type { LiveKeyring } from "../platform/objects/sealing/liveKeyring.ts";
import { asSealing, asWaiting, idOfEntry, newMasterKeyLine } from "../platform/objects/sealing/masterKey.ts";
import { keyLines, readKeyFile, replaceKeyLines } from "../platform/objects/sealing/masterKeyFile.ts";
import { proveMasterKeys } from "../platform/objects/sealing/masterKeyMarks.ts";
import { rotateMasterKey } from "../platform/objects/sealing/rotateMasterKey.ts";
import { withAccounts } from "../supervisor/withAccounts.ts";
import type { Command, Invocation } from "./command.ts";
import { configOf, dataDirOption } from "./installationOptions.ts";

const WAIT_SECONDS = 90;
const LOOK_EVERY_MS = 250;
const TELL_EVERY_MS = 2_000;

export const command: Command = {
  help: "Wraps the key of every object with the current master key, the first of the list; with --new or --to, with another one, which is put there first. Changes rows of the database alone, beside a running installation, in steps that wait for no lock; can be interrupted or killed and run again. Waits until every running api and worker has the key, and ends with 75, naming them, when some have not.",
  options: {
    ...dataDirOption,
    new: { help: "Makes a new master key in the key file and goes over to it." },
    to: { value: "ID", help: "Goes over to this key of the key file." },
    wait: { value: "SECONDS", help: `How long to wait for running processes; else ${WAIT_SECONDS}.` },
  },
  run: async (invocation) => {
    const { config } = configOf(invocation);
    const inner = await openObjects(config);
    const keyring = await proveMasterKeys(inner, masterKeySource(config));
    const { print } = invocation;
    return withAccounts(config, async (pool) => {
      const rotation = { config, pool, keyring, print, waitMs: waitOf(invocation) };
      const target = await targetOf(rotation, invocation);
      if (target !== null) await goOverTo(rotation, target);
      const { id } = keyring.current;
      await untilAllHold(rotation, id, ({ currentId }) => currentId === id);
      let toldAtMs = performance.now();
      const unreadable: string[] = [];
      const wrapped = await rotateMasterKey(
        { inner, rows: databaseRows(pool), keyring },
        {
          onUnreadable: ({ key, reason }) => unreadable.push(`${key} (${reason})`),
          onProgress: (total) => {
            if (performance.now() - toldAtMs < TELL_EVERY_MS) return;
            toldAtMs = performance.now();
            print(`${total} keys wrapped`);
          },
        },
      ).catch((error: unknown) => {
        for (const key of unreadable) print(`FAIL  the key of ${key} cannot be opened; it stays as it is`);
        throw error;
      });
      print(`Wrapped ${wrapped} keys with master key ${id}. No object needs an older key.`);
      return 0;
    });
  },
};

interface Rotation {
  readonly config: Config;
  readonly pool: pg.Pool;
  readonly keyring: LiveKeyring;
  readonly print: (line: string) => void;
  readonly waitMs: number;
}

function waitOf({ values }: Invocation): number {
  const seconds = Number(values.wait ?? WAIT_SECONDS);
  if (Number.isInteger(seconds) && seconds >= 0 && seconds <= 86_400) return 1000 * seconds;
  throw new AppError("bad_request", "--wait must be a whole number of seconds.");
}

/** The key to go over to; null to stay with the current one. A new one is in the file when this returns. */
async function targetOf(rotation: Rotation, { switches, values }: Invocation): Promise<string | null> {
  const { config, pool, keyring, print } = rotation;
  if (values.to !== undefined && switches.has("new")) {
    throw new AppError("bad_request", "Give --new or --to, not both.");
  }
  if (!switches.has("new")) {
    if (values.to !== undefined && !keyring.byId.has(values.to)) {
      throw new AppError("bad_request", `There is no master key ${values.to} in ${keyring.lookedIn}.`);
    }
    return values.to ?? null;
  }
  const others = [...(await objectsByMasterKey(pool)).keys()].filter((id) => id !== keyring.current.id);
  if (others.length > 0) {
    print(`An earlier rotation is unfinished: going on with master key ${keyring.current.id}.`);
    return null;
  }
  const lines = await linesOf(config);
  const line = await newMasterKeyLine(masterKeySource(config).kms);
  await replaceKeyLines(masterKeySource(config).keyFile, [asWaiting(line), ...lines]);
  await keyring.reload();
  print(`Made master key ${idOfEntry(line)}. Keep a copy of the key file.`);
  return idOfEntry(line);
}

async function linesOf(config: Config): Promise<string[]> {
  if (config.MAGTRACE_MASTER_KEY.trim() !== "") {
    throw new AppError(
      "bad_request",
      "Master keys are given in MAGTRACE_MASTER_KEY. Put a new one there with a + before it (`magtrace keys new` prints one), restart every process; put it in front without the +, restart every process again; then run this without --new or --to.",
    );
  }
  return keyLines((await readKeyFile(masterKeySource(config).keyFile)) ?? "");
}

/** Every process has the key before any of them seals with it. */
async function goOverTo(rotation: Rotation, id: string): Promise<void> {
  const { config, keyring } = rotation;
  if (keyring.current.id === id) return;
  await untilAllHold(rotation, id, ({ keyIds }) => keyIds.includes(id));
  const lines = await linesOf(config);
  const first = lines.filter((line) => idOfEntry(line) === id).map(asSealing);
  const rest = lines.filter((line) => idOfEntry(line) !== id);
  await replaceKeyLines(masterKeySource(config).keyFile, [...first, ...rest]);
  await keyring.reload();
  if (keyring.current.id !== id)
    throw new AppError("invalid_config", keyring.fault ?? "The key file changed.");
}

async function untilAllHold(
  { pool, print, waitMs }: Rotation,
  id: string,
  holds: (holder: KeyHolder) => boolean,
): Promise<void> {
  const lastMs = performance.now() + waitMs;
  for (let isTold = false; ; isTold = true) {
    const without = (await keyHolders(pool)).filter((holder) => !holds(holder));
    if (without.length === 0) return;
    if (performance.now() > lastMs) throw notYet(id, without);
    if (!isTold)
      print(`Waiting for ${without.map((holder) => holder.process).join(", ")} to take on ${id} …`);
    await sleep(LOOK_EVERY_MS);
  }
}

function notYet(id: string, without: readonly KeyHolder[]): AppError {
  const named = without.map(
    ({ process, lookedIn, fault }) =>
      `${process} (it looks in ${lookedIn}${fault === null ? "" : `; ${fault}`})`,
  );
  return new AppError(
    "not_ready",
    `These processes do not seal with, or do not have, master key ${id} yet: ${named.join(", ")}. Put the key there, with a + before it where it is not to seal yet, and run \`magtrace keys rotate --to ${id}\`. Nothing is lost meanwhile: all of them go on with the keys they have.`,
  );
}
