import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import Provider from "oidc-provider";

export interface Claims {
  readonly email: string;
  readonly email_verified: boolean;
  readonly name: string;
}

/** A real OpenID Connect provider in this process, whose people are whoever a test says. */
export interface IdentityProvider {
  readonly issuer: string;
  readonly people: Map<string, Claims>;
  /** While it is, it takes connections and answers nothing. */
  silent: boolean;
  /** How many requests it has not answered. */
  unanswered(): number;
  /** Goes through the provider's pages as a person's browser would; returns the address it is sent back to. */
  signIn(authorizationUrl: string, login: string): Promise<string>;
}

export const CLIENT = { id: "magtrace", secret: "a secret between the two" };

export async function startIdentityProvider(
  t: Pick<TestContext, "after">,
  redirectUri: string,
): Promise<IdentityProvider> {
  const people = new Map<string, Claims>();
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  const issuer = `http://127.0.0.1:${port}`;
  const provider = new Provider(issuer, {
    clients: [{ client_id: CLIENT.id, client_secret: CLIENT.secret, redirect_uris: [redirectUri] }],
    claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
    cookies: { keys: ["for the test"] },
    pkce: { required: () => true },
    findAccount: (_context, id) => {
      const claims = people.get(id);
      return claims && { accountId: id, claims: async () => ({ sub: id, ...claims }) };
    },
  });
  const answer = provider.callback();
  let unanswered = 0;
  server.on("request", (request, response) => {
    if (identityProvider.silent) unanswered++;
    else answer(request, response);
  });

  const identityProvider: IdentityProvider = {
    issuer,
    people,
    silent: false,
    unanswered: () => unanswered,
    async signIn(authorizationUrl, login) {
      const cookies = new Map<string, string>();
      let url = authorizationUrl;
      let form: URLSearchParams | null = null;
      for (let step = 0; step < 12; step++) {
        const response = await fetch(url, {
          redirect: "manual",
          headers: { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") },
          ...(form ? { method: "POST", body: form } : {}),
        });
        for (const line of response.headers.getSetCookie()) {
          const [name = "", value = ""] = line.split(";")[0]!.split(/=(.*)/s);
          cookies.set(name, value);
        }
        const location = response.headers.get("location");
        const page = await response.text();
        form = null;
        if (location) {
          url = new URL(location, issuer).href;
          if (!url.startsWith(issuer)) return url;
          continue;
        }
        const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1];
        const prompt = /name="prompt" value="(\w+)"/.exec(page)?.[1];
        if (!action || !prompt) throw new Error(`${response.status} at ${url}: ${page.slice(0, 300)}`);
        url = new URL(action, issuer).href;
        form = new URLSearchParams(prompt === "login" ? { prompt, login, password: "any" } : { prompt });
      }
      throw new Error("the provider's pages do not end");
    },
  };
  return identityProvider;
}
