import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { AppError, type ErrorCode } from "../errors.ts";
import { openToAll } from "../platform/http/app.ts";
import type { Auth } from "./auth.ts";

/** What of better-auth is reachable; everything else it could do has no page here yet. */
const REACHABLE = new Map([
  ["/sign-in/email", "POST"],
  ["/sign-up/email", "POST"],
  ["/sign-out", "POST"],
  ["/get-session", "GET"],
  ["/list-sessions", "GET"],
  ["/revoke-session", "POST"],
  ["/revoke-other-sessions", "POST"],
  ["/change-password", "POST"],
]);

const CODES: Record<number, [ErrorCode, string]> = {
  401: ["wrong_credentials", "E-mail or password is not right."],
  403: ["not_allowed", "That is not allowed from here."],
  429: ["too_many_requests", "Too many tries. Wait a moment."],
};

/** Sign-in and its siblings at /api/auth/. */
export async function mountAuth(app: FastifyInstance, auth: Auth): Promise<void> {
  await app.register(async (scope) => {
    openToAll(scope);
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
    scope.route({
      method: ["GET", "POST"],
      url: "/api/auth/*",
      schema: { hide: true },
      handler: async (request, reply) => answer(auth, request, reply),
    });
  });
}

async function answer(auth: Auth, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const path = `/${(request.params as { "*": string })["*"]}`.replace(/\/$/, "");
  if (REACHABLE.get(path) !== request.method) {
    throw new AppError("not_found", `There is nothing at ${request.method} /api/auth${path}.`);
  }
  const response = await auth.handler(toWebRequest(request, path));
  forwardCookies(response, reply);
  if (response.status >= 400) throw await refusalOf(response);
  reply.code(response.status).type(response.headers.get("content-type") ?? "application/json");
  return reply.send(await response.text());
}

function toWebRequest(request: FastifyRequest, path: string): Request {
  const headers = new Headers();
  for (const [name, value] of Object.entries(request.headers)) {
    if (typeof value === "string") headers.set(name, value);
  }
  const url = new URL(`/api/auth${path}`, `${request.protocol}://${request.host}`);
  const body = request.method === "POST" ? new Uint8Array((request.body as Buffer | undefined) ?? []) : null;
  return new Request(url, { method: request.method, headers, body });
}

async function refusalOf(response: Response): Promise<AppError> {
  const said = (await response.json().catch(() => ({}))) as { message?: string };
  const [code, words] = CODES[response.status] ?? ["bad_request", said.message ?? "That cannot be done."];
  return new AppError(code, words);
}

export function forwardCookies(response: Response, reply: FastifyReply): void {
  for (const cookie of response.headers.getSetCookie()) reply.header("set-cookie", cookie);
}
