import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { FastifyInstance } from "fastify";
import { createActor } from "../../access/actor.ts";
import { silentLog } from "../../platform/logs/log.ts";
import { createApp } from "../app.ts";
import type { AppOptions } from "../appOptions.ts";
import type { Route } from "../route.ts";

export const testActor = createActor(
  {
    user_id: 1,
    name: "a",
    email: "a@example.com",
    email_verified: true,
    two_factor: false,
    role: "user",
    disabled: false,
    organizations: [],
    ticket: null,
  },
  { credential: { kind: "token", tokenId: 1 } },
);

/** What an app needs at least; everyone is `testActor`. */
export function testOptions(routes: readonly Route[], more: Partial<AppOptions> = {}): AppOptions {
  return {
    log: silentLog(),
    csrfSecret: new Uint8Array(32),
    version: "0",
    routes,
    authenticate: async () => testActor,
    publicOrigin: () => "http://localhost",
    ...more,
  };
}

/** The http layer alone, on a port of its own. */
export async function listeningApp(
  t: TestContext,
  routes: readonly Route[],
  more: Partial<AppOptions> = {},
): Promise<{ app: FastifyInstance; port: number; address: string }> {
  const app = await createApp(testOptions(routes, more));
  t.after(async () => {
    app.server.closeAllConnections();
    await app.close();
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = app.server.address() as AddressInfo;
  return { app, port, address: `http://127.0.0.1:${port}` };
}
