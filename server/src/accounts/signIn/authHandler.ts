import { setTimeout as delay } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { TObject } from "typebox";
import { AppError } from "../../errors.ts";
import { clientAddress } from "../../http/connection/trustProxy.ts";
import { openToAll } from "../../http/openToAll.ts";
import { checkResponse } from "../../http/reply/responseCheck.ts";
import { refuseRepeated } from "../../http/request/requestBounds.ts";
import { noAuthor } from "../../platform/author.ts";
import type { AccountsDeps } from "../accountsDeps.ts";
import { ADDRESS_HEADER } from "./auth.ts";
import type { AuthCall, Body } from "./authCall.ts";
import { type AuthEndpoint, endpoints } from "./authEndpoints.ts";
import { asAuthor } from "./authPool.ts";
import { refusalOf } from "./authRefusal.ts";
import { isDisabled } from "./isDisabled.ts";
import { requireOwnPage } from "./requireOwnPage.ts";

export interface MountOptions {
  /** Hold every answer to its schema; in tests. */
  readonly checkResponses: boolean;
}

/** Sign-in and its siblings at /api/auth/; whatever else better-auth could do has no page here yet, and is not there. */
export async function mountAuth(
  app: FastifyInstance,
  deps: AccountsDeps,
  { checkResponses }: MountOptions,
): Promise<void> {
  await app.register(async (scope) => {
    openToAll(scope);
    for (const [path, endpoint] of endpoints) addEndpoint(scope, deps, { path, endpoint, checkResponses });
    scope.route({
      method: ["GET", "POST"],
      url: "/api/auth/*",
      schema: { hide: true },
      handler: async ({ method, url }) => {
        throw new AppError("not_found", `There is no route ${method} ${url.split("?")[0]}. See /api/docs/.`);
      },
    });
  });
}

interface Mounted extends MountOptions {
  readonly path: string;
  readonly endpoint: AuthEndpoint;
}

function addEndpoint(
  scope: FastifyInstance,
  deps: AccountsDeps,
  { path, endpoint, checkResponses }: Mounted,
): void {
  const { method, summary, body, query, response } = endpoint;
  scope.route({
    method,
    url: `/api/auth${path}`,
    // To look is to use a link up: HEAD is not answered as if it were GET.
    exposeHeadRoute: false,
    schema: {
      summary,
      tags: ["auth"],
      security: endpoint.signedIn ? [{ session: [] }] : [],
      ...(query ? { querystring: query } : {}),
      ...(body ? { body } : {}),
      response: endpoint.redirects ? { 302: REDIRECT } : { 200: response },
    },
    preValidation: async (request) => {
      if (query) await refuseRepeated(query)(request);
      // Nothing is an object of which everything was left out.
      if (body && request.body === undefined) request.body = {};
    },
    ...(checkResponses ? { preSerialization: checkResponse(response, 200) } : {}),
    handler: async (request, reply) => answer(deps, { path, endpoint }, { request, reply }),
  });
}

const REDIRECT = { type: "null", description: "To a page of this installation." };

async function answer(
  deps: AccountsDeps,
  { path, endpoint }: { path: string; endpoint: AuthEndpoint },
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  // Where one of two answers has more to do, both take as long.
  const least = delay(endpoint.leastMs ?? 0);
  const headers = headersOf(request);
  const user = await signedIn(deps, headers);
  const call: AuthCall = {
    path,
    body: declaredOf(endpoint.body, request.body),
    query: declaredOf(endpoint.query, request.query),
    headers,
    user,
    linkedEmail: null,
    request,
    reply,
  };
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

/** Of what was sent, what the schema speaks of. It has been held to it already. */
function declaredOf(schema: TObject | undefined, sent: unknown): Body {
  const given = (sent ?? {}) as Body;
  const names = Object.keys(schema?.properties ?? {}).filter((name) => given[name] !== undefined);
  return Object.fromEntries(names.map((name) => [name, given[name]]));
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

function toWebRequest({ path, body, query, headers, request }: AuthCall): Request {
  const url = new URL(`/api/auth${path}`, `${request.protocol}://${request.host}`);
  if (request.method === "GET") {
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, String(value));
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
