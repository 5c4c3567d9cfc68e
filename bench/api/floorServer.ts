/**
 * The least a server could do, in a process of its own: `select` answers projects with one prepared statement behind a
 * bare fastify, `bare` bytes with node:http. Tells its port to whoever started it.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import fastify from "fastify";
import { createPool } from "../../server/src/platform/database/pool.ts";

/** Most bytes that `bare` is asked for: /?bytes=N. */
const BYTES = Buffer.alloc(1024 * 1024);
const [kind, url, poolSize] = process.argv.slice(2);
process.on("disconnect", () => process.exit());

/** Has the names and forms of the api's answer; whoever asks here is always an owner. */
const SELECT = `SELECT id, organization_id AS organization, name, description, settings, status, created_at, updated_at,
    'owner' AS role
  FROM magtrace.projects WHERE organization_id = $1 AND status = 'ready' AND deleted_at IS NULL ORDER BY id LIMIT $2`;

async function serveSelect(): Promise<number> {
  const pool = createPool({ url: url!, size: Number(poolSize), name: "bench floor" });
  const app = fastify();
  app.get<{ Querystring: { organization: string; limit: string } }>("/projects/", async ({ query }) => {
    const values = [Number(query.organization), Number(query.limit)];
    return (await pool.query({ name: "list", text: SELECT, values })).rows;
  });
  await app.listen({ host: "127.0.0.1", port: 0 });
  return (app.server.address() as AddressInfo).port;
}

function serveBare(): Promise<number> {
  const server = createServer((request, response) => {
    const bytes = /\?bytes=(\d+)/.exec(request.url!)?.[1];
    response.end(bytes === undefined ? "[]" : BYTES.subarray(0, Number(bytes)));
  });
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}

process.send?.(await (kind === "select" ? serveSelect() : serveBare()));
