import type { CreatedInvitation, Me, Membership, Session } from "@magtrace/contracts";
import { codeAt } from "../support/authenticator.ts";
import { type Browser, openBrowser } from "../support/browser.ts";
import type { Answer, ApiCaller, TestInstallation } from "../support/testInstallation.ts";

export const PASSWORD = "correct horse battery";
/** One fewer than the wrong passwords after which somebody has to wait. */
const MOST_USES = 4;

/** Somebody signed in, for requests that may end the session, the password or the account they are sent with. */
export interface Guest {
  readonly email: string;
  readonly caller: ApiCaller;
  readonly page: Browser;
  uses: number;
}

export interface Guests {
  /** Who invites: to organisations of their own, which only administrators make. */
  readonly host: ApiCaller;
  readonly organizationId: number;
  invite(email: string): Promise<CreatedInvitation>;
  /** A new organisation of the host's with one member: whoever it is shared with. */
  shareWith(guest: Guest, tokenOfMail: (email: string) => Promise<string>): Promise<number>;
  /** For one request; nobody else has them meanwhile. */
  take(): Promise<Guest>;
  /** To be had again, as whoever was refused is as they were. */
  giveBack(guest: Guest): void;
}

/** They are members of a team of their own, of which none of them is the last owner. */
export async function inviteGuests(installation: TestInstallation): Promise<Guests> {
  const organization = "Guests";
  const host = await installation.addUser({ name: "host", organization, role: "admin" });
  const free: Guest[] = [];
  let made = 0;
  let place = await newOrganization(host);
  return {
    host,
    get organizationId() {
      return place.id;
    },
    async invite(email) {
      const first = await invite(host, place.id, email);
      if (first.status !== 409) return done(first);
      // So many have not been answered that it takes no more.
      place = await newOrganization(host);
      return done(await invite(host, place.id, email));
    },
    async shareWith({ email, caller }, tokenOfMail) {
      const { id } = await newOrganization(host);
      done(await invite(host, id, email));
      done(await caller.call("POST", "/api/invitations/accept/", { token: await tokenOfMail(email) }));
      return id;
    },
    async take() {
      for (let known = free.pop(); known; known = free.pop()) {
        // What was refused may have been done before, as where the answer could not be sent as it was asked for.
        if ((await known.page.call("GET", "/api/me/")).status === 200) return known;
      }
      const name = `guest${made++}`;
      const caller = await installation.addUser({ name, organization, organizationRole: "member" });
      const page = openBrowser(installation.api.address);
      const email = `${name}@example.com`;
      done(await page.signIn(email, PASSWORD));
      return { email, caller, page, uses: 0 };
    },
    giveBack(guest) {
      if (++guest.uses < MOST_USES) free.push(guest);
    },
  };
}

let organizations = 0;

async function newOrganization(host: ApiCaller): Promise<Pick<Membership, "id">> {
  const name = `Guests ${organizations++}`;
  return done(await host.call<Membership>("POST", "/api/organizations/", { name }));
}

function invite(host: ApiCaller, organizationId: number, email: string): Promise<Answer<CreatedInvitation>> {
  return host.call("POST", `/api/organizations/${organizationId}/invitations/`, { email, role: "member" });
}

/** What a page of ours sends with a change, whichever api of the installation it goes to. */
export async function cookieHeaders({ page }: Guest, origin: string): Promise<Record<string, string>> {
  const { csrf_token: csrf } = done(await page.call<Me>("GET", "/api/me/"));
  const cookie = [...page.cookies].map(([name, value]) => `${name}=${value}`).join("; ");
  return { origin, cookie, "x-csrf-token": csrf ?? "" };
}

export async function userOf({ caller }: Guest): Promise<number> {
  return done(await caller.call<Me>("GET", "/api/me/")).id;
}

export async function sessionOf({ page }: Guest): Promise<number> {
  const sessions = done(await page.call<Session[]>("GET", "/api/sessions/"));
  return sessions.find(({ current }) => current)!.id;
}

interface SecondFactor {
  readonly totpURI: string;
  readonly backupCodes: readonly string[];
}

/** Not confirmed yet by a code. */
export async function beginSecondFactor(guest: Guest): Promise<SecondFactor> {
  // There is one from here on, and nobody else could set one up.
  guest.uses = MOST_USES;
  return done(
    await guest.page.call<SecondFactor>("POST", "/api/auth/two-factor/enable", { password: PASSWORD }),
  );
}

export async function confirmSecondFactor(guest: Guest): Promise<SecondFactor> {
  const factor = await beginSecondFactor(guest);
  const code = codeAt(factor.totpURI, Date.now());
  done(await guest.page.call("POST", "/api/auth/two-factor/verify-totp", { code }));
  return factor;
}

export function done<T>({ status, body }: { readonly status: number; readonly body: T }): T {
  if (status < 300) return body;
  throw new Error(`what an attack needs was answered ${status}: ${JSON.stringify(body)}`);
}
