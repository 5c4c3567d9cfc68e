import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import type pg from "pg";
import { inAccounts, rows } from "../platform/database/inAccounts.ts";
import type { Log } from "../platform/logs/log.ts";
import type { SecurityLog } from "../platform/logs/securityLog.ts";
import type { Mailer } from "../platform/mail/mailer.ts";
import { deleteOrLeave } from "../platform/objects/requireDeletable.ts";
import { streamOf } from "../platform/objects/streamOf.ts";
import type { ObjectStore } from "../platform/objects/types.ts";
import type { Platform } from "../platform/openPlatform.ts";
import type { InfectedFile, Infections } from "../platform/scanner/infections.ts";
import { infectionMail } from "./infectionMail.ts";

interface InfectionsDeps {
  readonly pool: pg.Pool;
  readonly objects: ObjectStore;
  readonly log: Log;
  readonly mail: Mailer | null;
  readonly keepsSamples: boolean;
  readonly securityLog: SecurityLog | undefined;
}

/** @param securityLog Where it is not written for the request already. */
export function openInfections(
  { deps, accountsPool }: Pick<Platform, "deps" | "accountsPool">,
  securityLog?: SecurityLog,
): Infections {
  const { objects, log, mail, config } = deps;
  const keepsSamples = config.INFECTED_FILES === "keep";
  return createInfections({ pool: accountsPool, objects, log, mail, keepsSamples, securityLog });
}

/** Nobody is mailed about more than so many files of an organisation in an hour. */
const MOST_MAILS_AN_HOUR = 10;

function createInfections({
  pool,
  objects,
  log,
  mail,
  keepsSamples,
  securityLog,
}: InfectionsDeps): Infections {
  async function record(file: InfectedFile, sampleKey: string | null): Promise<void> {
    const organization = file.organizationId ?? 0;
    await inAccounts(pool, { ...file.author, reading: null }, async (db) => {
      await rows(
        db,
        sql`INSERT INTO objects.infected_files (organization_id, project_id, file_name, bytes, sha256, found, uploaded_by,
              sample_key)
            VALUES (${organization}, ${file.projectId}, ${file.filename.slice(0, 1000)}, ${file.bytes}, ${file.sha256},
              ${file.found.slice(0, 1000)}, ${file.author.userId}, ${sampleKey})`,
      );
      if (mail === null) return;
      const [{ lately } = { lately: 0 }] = await rows<{ lately: number }>(
        db,
        sql`SELECT count(*) AS lately FROM objects.infected_files
            WHERE organization_id = ${organization} AND found_at > now() - interval '1 hour'`,
      );
      if (lately > MOST_MAILS_AN_HOUR) return;
      const people = await rows<{ to: string; organization: string; uploader: string | null }>(
        db,
        sql`SELECT u.email AS to, o.name AS organization,
              (SELECT name FROM users WHERE id = ${file.author.userId}) AS uploader
            FROM members m JOIN users u ON u.id = m.user_id JOIN organizations o ON o.id = m.organization_id
            WHERE m.organization_id = ${organization} AND m.role IN ('owner', 'admin')
              AND NOT coalesce(u.banned AND (u.ban_expires IS NULL OR u.ban_expires > now()), false)
            ORDER BY u.id`,
      );
      for (const person of people) {
        await mail.queueMail(db, infectionMail({ ...person, ...file, isKept: sampleKey !== null }));
      }
    });
  }

  /** Under a key that nothing takes for data, sealed anew. */
  async function keepSample(storedKey: string, organizationId: number | null): Promise<string> {
    const sampleKey = `quarantine/${randomUUID()}`;
    const whose = organizationId === null ? {} : { organizationId };
    await objects.put(sampleKey, streamOf(objects, storedKey), whose);
    return sampleKey;
  }

  return {
    keepsSamples,
    async report(file, storedKey) {
      const { found, organizationId } = file;
      log.warn({ found, bytes: file.bytes, organization_id: organizationId }, "an infected file was refused");
      const { userId: user, ip, requestId: request } = file.author;
      securityLog?.write({ event: "scan_hit", ip, user, request, detail: `sha256:${file.sha256}` });
      let sampleKey: string | null = null;
      try {
        if (keepsSamples && storedKey !== null) sampleKey = await keepSample(storedKey, organizationId);
      } catch (error) {
        log.error({ err: error }, "the sample of an infected file could not be kept");
      }
      if (storedKey !== null) await deleteOrLeave({ objects, log }, storedKey);
      try {
        await record(file, sampleKey);
      } catch (error) {
        log.error({ err: error }, "an infected file could not be recorded");
      }
    },
  };
}
