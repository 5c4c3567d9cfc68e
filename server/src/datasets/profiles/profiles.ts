import type { CreateReadingProfile, ReadingProfile, UpdateReadingProfile } from "@magtrace/contracts";
import type { Actor } from "../../access/actor.ts";
import { notFound, type Permission, requireAllowed } from "../../access/policy.ts";
import { AppError } from "../../errors.ts";
import type { Page, PageRequest } from "../../http/reply/page.ts";
import { sqlState } from "../../platform/database/sqlState.ts";
import { inTransaction, type Transaction } from "../../platform/database/transaction.ts";
import type { Deps } from "../../platform/deps.ts";
import { requireProject } from "../../projects/service.ts";
import { headerSignature } from "../ingest/inspect/headerSignature.ts";
import * as queries from "./profileQueries.ts";
import type { KnownProfile } from "./recogniseProfile.ts";

const UNIQUE_VIOLATION = "23505";
/** All of them are compared with each new file. */
const MOST_PROFILES = 200;

export async function listProfiles(
  { db }: Deps,
  actor: Actor,
  query: PageRequest & { project_id?: number },
): Promise<Page<ReadingProfile>> {
  return inTransaction(db, actor.database, async (tx) => {
    if (query.project_id !== undefined) await requireProject(tx, actor, query.project_id, "dataset.read");
    return queries.listProfiles(tx, query);
  });
}

/** A profile the actor may do `permission` on. */
export async function requireProfile(
  tx: Transaction,
  actor: Actor,
  id: number,
  permission: Permission,
): Promise<ReadingProfile> {
  const profile = await queries.findProfile(tx, id);
  requireAllowed(actor, permission, profile, "reading profile");
  if (!profile) throw notFound("reading profile");
  await requireProject(tx, actor, profile.projectId, permission);
  return profile.wire;
}

/** What new files of a project are compared with. */
export async function knownProfiles(tx: Transaction, projectId: number): Promise<KnownProfile[]> {
  const profiles = await queries.projectProfiles(tx, projectId);
  return profiles.map(({ signature, wire: { id, name, mapping } }) => ({ id, name, signature, mapping }));
}

export async function readProfile({ db }: Deps, actor: Actor, id: number): Promise<ReadingProfile> {
  return inTransaction(db, actor.database, (tx) => requireProfile(tx, actor, id, "dataset.read"));
}

export async function createProfile(
  { db }: Deps,
  actor: Actor,
  { project, name, header, mapping }: CreateReadingProfile,
): Promise<ReadingProfile> {
  return inTransaction(db, actor.database, async (tx) => {
    const projectRef = await requireProject(tx, actor, project, "dataset.write");
    if ((await queries.projectProfiles(tx, project)).length >= MOST_PROFILES) {
      throw new AppError(
        "conflict",
        `A project has at most ${MOST_PROFILES} reading profiles. Delete one first.`,
      );
    }
    const profile = { name: name.trim(), header, signature: headerSignature(header), mapping };
    return orTaken(queries.insertProfile(tx, projectRef, actor.userId, profile));
  });
}

export async function updateProfile(
  { db }: Deps,
  actor: Actor,
  id: number,
  { name, header, mapping }: UpdateReadingProfile,
): Promise<ReadingProfile> {
  return inTransaction(db, actor.database, async (tx) => {
    await requireProfile(tx, actor, id, "dataset.write");
    return orTaken(
      queries.updateProfile(tx, id, {
        ...(name === undefined ? {} : { name: name.trim() }),
        ...(header === undefined ? {} : { header, signature: headerSignature(header) }),
        ...(mapping === undefined ? {} : { mapping }),
      }),
    );
  });
}

export async function deleteProfile({ db }: Deps, actor: Actor, id: number): Promise<void> {
  await inTransaction(db, actor.database, async (tx) => {
    await requireProfile(tx, actor, id, "dataset.write");
    await queries.deleteProfile(tx, id);
  });
}

async function orTaken<T>(writing: Promise<T>): Promise<T> {
  try {
    return await writing;
  } catch (error) {
    if (sqlState(error) !== UNIQUE_VIOLATION) throw error;
    throw new AppError(
      "conflict",
      "This project has a reading profile of this name, or for files with these columns. Change that one instead.",
      { cause: error },
    );
  }
}
