import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError } from "../errors.ts";
import { noAuthor } from "../platform/author.ts";
import { openToAll } from "../platform/http/app.ts";
import { clientAddress } from "../platform/http/trustProxy.ts";
import type { AccountsDeps } from "./accountsDeps.ts";
import { ADDRESS_HEADER } from "./auth.ts";
import { type AuthCall, type Body, endpoints } from "./authEndpoints.ts";
import { asAuthor } from "./authPool.ts";
import { refusalOf } from "./authRefusal.ts";
import { isDisabled } from "./isDisabled.ts";
import { requireOwnPage } from "./requireOwnPage.ts";

/** What of better-auth is reachable; everything else it could do has no page here yet. */
export const REACHABLE: ReadonlyMap<string, string> = new Map(
  [...endpoints].map(([path, { method }]) => [path, method]),
);

/** Sign-in and its siblings at /api/auth/. */
export async function mountAuth(app: FastifyInstance, deps: AccountsDeps): Promise<void> {
  await app.register(async (scope) => {
    openToAll(scope);
    scope.route({
      method: ["GET", "POST"],
      url: "/api/auth/*",
      schema: { hide: true },
      handler: async (request, reply) => answer(deps, request, reply),
    });
  });
}

async function answer(
  deps: AccountsDeps,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const path = `/${(request.params as { "*": string })["*"]}`.replace(/\/$/, "");
  const endpoint = endpoints.get(path);
  if (endpoint?.method !== request.method) {
    throw new AppError("not_found", `There is nothing at ${request.method} /api/auth${path}.`);
  }
  // Where one of two answers has more to do, both take as long.
  const least = delay(endpoint.leastMs ?? 0);
  const headers = headersOf(request);
  const user = await signedIn(deps, headers);
  const call: AuthCall = { path, body: bodyOf(request), headers, user, request, reply };
  await requireOwnPage(deps, call);
  const body = (await endpoint.before?.(deps, call)) ?? call.body;
  const response = await asAuthor.run(authorOf(request), () =>
    deps.auth.handler(toWebRequest({ ...call, path: endpoint.at ?? path, body })),
  );
  const said = await saidBy(response);
  await endpoint.after?.(deps, call, { ok: response.status < 400, said });
  await least;
  forwardCookies(response, reply);
  if (response.status >= 400) throw refusalOf(path, response.status, said);
  const location = response.headers.get("location");
  if (response.status >= 300 && location) {
    return reply.redirect(endpoint.redirects?.(location) ?? location, 302);
  }
  reply.code(response.status);
  return reply.send(endpoint.tells?.(said) ?? { status: true });
}

/** Forms are not taken: a page of somebody else's could send one without asking. */
function bodyOf(request: FastifyRequest): Body {
  const { body = {} } = request as { body?: unknown };
  if (request.method === "GET") return {};
  if (typeof body !== "object" || body === null || Array.isArray(body) || Buffer.isBuffer(body)) {
    throw new AppError("bad_request", "Send a JSON object.");
  }
  return body as Body;
}

function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === "string") headers.set(name, value);
  }
  headers.delete("content-length");
  headers.set(ADDRESS_HEADER, clientAddress(request));
  return headers;
}

function toWebRequest({ path, body, headers, request }: AuthCall): Request {
  const url = new URL(`/api/auth${path}`, `${request.protocol}://${request.host}`);
  if (request.method === "GET") {
    url.search = new URL(request.url, url).search;
    return new Request(url, { headers });
  }
  headers.set("content-type", "application/json");
  return new Request(url, { method: "POST", headers, body: JSON.stringify(body) });
}

function authorOf(request: FastifyRequest) {
  const [route] = `${request.method} ${request.url}`.split("?");
  return { ...noAuthor, ip: clientAddress(request), requestId: request.id, route: route ?? null };
}

async function saidBy(response: Response): Promise<Body> {
  const text = await response.text();
  try {
    const said: unknown = JSON.parse(text);
    return typeof said === "object" && said !== null ? (said as Body) : {};
  } catch {
    return {};
  }
}

/** Whoever is disabled has no session here either, even if one was left behind. */
async function signedIn({ auth }: AccountsDeps, headers: Headers): Promise<AuthCall["user"]> {
  if (!headers.has("cookie")) return null;
  const found = await auth.api.getSession({ headers });
  if (!found) return null;
  if (!isDisabled(found.user)) return { ...found.user, sessionId: Number(found.session.id) };
  headers.delete("cookie");
  return null;
}

export function forwardCookies(response: Response, reply: FastifyReply): void {
  for (const cookie of response.headers.getSetCookie()) reply.header("set-cookie", cookie);
}
