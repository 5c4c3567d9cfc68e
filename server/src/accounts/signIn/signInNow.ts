import type { FastifyReply, FastifyRequest } from "fastify";
import { clientAddress } from "../../http/connection/trustProxy.ts";
import { requestFacts } from "../../http/request/requestFacts.ts";
import { noAuthor } from "../../platform/author.ts";
import { ADDRESS_HEADER, type Auth } from "./auth.ts";
import { forwardCookies } from "./authHandler.ts";
import { asAuthor } from "./authPool.ts";

interface SignIn {
  readonly email: string;
  readonly password: string;
}

/** Signs in whoever has just chosen their password, with the answer to the same request. */
export async function signInNow(
  auth: Auth,
  body: SignIn,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<void> {
  const headers = new Headers({ "user-agent": request.headers["user-agent"] ?? "" });
  headers.set(ADDRESS_HEADER, clientAddress(request));
  const author = { ...noAuthor, ...requestFacts(request) };
  const signedIn = await asAuthor.run(author, () =>
    auth.api.signInEmail({ body, headers, asResponse: true }),
  );
  forwardCookies(signedIn, reply);
}
