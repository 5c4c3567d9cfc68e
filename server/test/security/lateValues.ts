import pg from "pg";
import type { QueuedJob } from "../../src/platform/queue/queues.ts";
import { codeAt } from "../support/authenticator.ts";
import { openBrowser } from "../support/browser.ts";
import type { MailServer } from "../support/mailServer.ts";
import type { TestInstallation } from "../support/testInstallation.ts";
import {
  beginSecondFactor,
  confirmSecondFactor,
  done,
  type Guest,
  type Guests,
  PASSWORD,
  sessionOf,
  userOf,
} from "./guests.ts";

/** What a late value may be made of. */
export interface Makings {
  readonly installation: TestInstallation;
  readonly mails: MailServer;
  readonly guests: Guests;
  /** The sender's own, for what needs one. */
  readonly organizationId: number;
  /** A project, as a file. */
  readonly archive: Buffer;
  /** Who sends the request, or whom it is about. */
  readonly guest: () => Promise<Guest>;
}

type Make = (makings: Makings) => Promise<string>;

let addresses = 0;

/**
 * Texts that stand in generated requests for what is good but once or for a moment, and is therefore made when the
 * request is sent: what stands for it, and how it is made.
 */
const makers = {
  LATE_ADDRESS: async () => nextAddress(),
  LATE_EMAIL: async ({ guest }) => (await guest()).email,
  LATE_SESSION: async ({ guest }) => String(await sessionOf(await guest())),
  LATE_TOTP_CODE: async ({ guest }) => codeAt((await beginSecondFactor(await guest())).totpURI, Date.now()),
  LATE_BACKUP_CODE: async ({ guest }) => (await confirmSecondFactor(await guest())).backupCodes[0]!,
  LATE_RESET_TOKEN: async ({ guest, installation, mails }) => {
    const { email } = await guest();
    const page = openBrowser(installation.api.address);
    done(await page.call("POST", "/api/auth/request-password-reset", { email }));
    return tokenIn(mails, email, "reset-password");
  },
  LATE_VERIFY_TOKEN: async ({ installation, mails }) => {
    const email = nextAddress();
    const account = { name: "Late", email, password: PASSWORD };
    done(await openBrowser(installation.api.address).call("POST", "/api/auth/sign-up/email", account));
    return tokenIn(mails, email, "verify-email");
  },
  LATE_INVITATION_TOKEN: async ({ guests, mails }) => {
    const email = nextAddress();
    await guests.invite(email);
    return tokenIn(mails, email, "invitation");
  },
  LATE_OWN_INVITATION_TOKEN: async ({ guest, guests, mails }) => {
    const { email } = await guest();
    await guests.invite(email);
    return tokenIn(mails, email, "invitation");
  },
  LATE_INVITATION_ID: async ({ guests }) => String((await guests.invite(nextAddress())).id),
  LATE_INVITED_TO: async ({ guests }) => String(guests.organizationId),
  LATE_SHARED_PROJECT: async (makings) => {
    const organization = await share(makings);
    const { host } = makings.guests;
    const project = done(
      await host.call<{ id: number }>("POST", "/api/projects/", { name: "Shared", organization }),
    );
    const path = `/api/projects/${project.id}/members/${await userOf(await makings.guest())}/`;
    done(await host.call("PUT", path, { role: "viewer" }));
    return String(project.id);
  },
  LATE_SHARED_ORGANIZATION: async (makings) => String(await share(makings)),
  LATE_MEMBER_ID: async ({ guest }) => String(await userOf(await guest())),
  LATE_JOB: ({ installation }) => addJob(installation),
  LATE_CANCELLED_JOB: async ({ installation, guests }) => {
    const job = await addJob(installation);
    done(await guests.host.call("POST", `/api/admin/jobs/${job}/cancel/`));
    return job;
  },
  LATE_ORGANIZATION: async ({ organizationId }) => String(organizationId),
  LATE_ARCHIVE: async ({ archive }) => archive.toString("latin1"),
} satisfies Record<string, Make>;

export type Late = keyof typeof makers;

/** Puts what they stand for in the place of late values, in a text of which each sign is a byte. */
export async function fulfil(text: string, makings: Makings): Promise<string> {
  let whole = text;
  for (const [name, make] of Object.entries(makers)) {
    if (!whole.includes(name)) continue;
    const value = await make(makings);
    // In JSON an id is no text.
    if (name.endsWith("_ID")) whole = whole.replaceAll(`"${name}"`, () => value);
    whole = whole.replaceAll(name, () => value);
  }
  return whole;
}

/** Work of the installation's own that nobody begins before tomorrow. */
async function addJob({ database }: TestInstallation): Promise<string> {
  const client = new pg.Client({ connectionString: database.queue });
  await client.connect();
  try {
    const data = { organizationId: 0, projectId: 0, userId: 0, id: 0, queue: "expire" } satisfies QueuedJob;
    const { rows } = await client.query<{ id: string }>(
      "INSERT INTO pgboss.job (name, data, start_after) VALUES ('expire', $1, now() + interval '1 day') RETURNING id",
      [data],
    );
    return rows[0]!.id;
  } finally {
    await client.end();
  }
}

function nextAddress(): string {
  return `late${addresses++}@example.org`;
}

async function share({ guest, guests, mails }: Makings): Promise<number> {
  return guests.shareWith(await guest(), (email) => tokenIn(mails, email, "invitation"));
}

/** Of the link to a page in the next such mail to somebody. */
async function tokenIn(mails: MailServer, email: string, page: string): Promise<string> {
  for (;;) {
    const { text } = await mails.take(email);
    const [, token] = new RegExp(`/app/${page}\\?token=([\\w.%~-]+)`).exec(text) ?? [];
    if (token !== undefined) return decodeURIComponent(token);
  }
}
