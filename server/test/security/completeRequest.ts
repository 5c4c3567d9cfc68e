import { confirmSecondFactor, cookieHeaders, type Guest } from "./guests.ts";
import { fulfil, type Makings } from "./lateValues.ts";
import { meantRequests, type Sender } from "./meantRequests.ts";
import type { GeneratedRequest } from "./requestArbitrary.ts";

export interface Completed {
  readonly request: GeneratedRequest;
  /** To be told how it was answered, for what it may have ended. */
  answered(status: number): void;
}

/** Of requests that are sent by somebody else than one of the team, and by whom. */
export function senderOf({ operation }: GeneratedRequest): Sender | undefined {
  return meantRequests[operation]?.sender;
}

/** Gives a generated request, at the moment it is sent, its late values and the credentials of its sender. */
export async function completeRequest(
  request: GeneratedRequest,
  sender: Sender | undefined,
  { origin, ...makings }: Omit<Makings, "guest"> & { readonly origin: string },
): Promise<Completed> {
  let taken: Promise<Guest> | undefined;
  const guest = () => {
    taken ??= makings.guests.take();
    return taken;
  };
  const complete = (text: string) => fulfil(text, { ...makings, guest });
  // First the values: a code that is made for somebody begins another session of theirs.
  const target = await complete(request.target);
  const body = request.body && Buffer.from(await complete(request.body.toString("latin1")), "latin1");
  const headers = { ...(await credentials(sender)), ...request.headers };

  async function credentials(by: Sender | undefined): Promise<Record<string, string>> {
    if (by === "host") return bearer(makings.guests.host.token);
    if (by === "guestWithToken") return bearer((await guest()).caller.token);
    if (by === undefined || by === "nobody") return {};
    if (by === "guestWithSecondFactor") await confirmSecondFactor(await guest());
    return cookieHeaders(await guest(), origin);
  }

  return {
    request: { ...request, target, body, headers },
    answered(status) {
      if (status >= 400) taken?.then((known) => makings.guests.giveBack(known));
    },
  };
}

function bearer(token: string | null): Record<string, string> {
  return { authorization: `Bearer ${token}` };
}
