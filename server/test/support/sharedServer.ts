// Given to `node --test --test-global-setup`: one PostgreSQL for all test files of a run.
import { startTestServer, type TestServer } from "./testServer.ts";

let server: TestServer | undefined;

export async function globalSetup(): Promise<void> {
  server = await startTestServer();
  process.env.MAGTRACE_TEST_DATABASE_URL = server.url;
}

export async function globalTeardown(): Promise<void> {
  await server?.stop();
}
