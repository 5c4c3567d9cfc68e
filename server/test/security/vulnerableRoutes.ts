import pg from "pg";
import Type from "typebox";
import { type Route, route } from "../../src/http/route.ts";

const Named = Type.Object({ name: Type.String() });
const SUMMARY = "Puts a text into a statement as it is";

async function run(databaseUrl: string, statement: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(statement)).rows;
  } finally {
    await client.end();
  }
}

function tablesNamed(databaseUrl: string, name: string): Promise<unknown[]> {
  return run(databaseUrl, `SELECT tablename FROM pg_catalog.pg_tables WHERE tablename = '${name}'`);
}

/** The same answer whatever a statement finds, and whether or not it fails: only its time can tell. */
async function silently(work: Promise<unknown>): Promise<{ done: true }> {
  await work.catch(() => undefined);
  return { done: true };
}

/**
 * Routes with the faults that the attacks look for, so that finding none elsewhere means something. Only tests mount
 * them.
 */
export function vulnerableRoutes(databaseUrl: string): Route[] {
  return [
    route({
      permission: "account.read",
      summary: SUMMARY,
      method: "GET",
      path: "/api/vulnerable/query/",
      schemas: { query: Named },
      handler: ({ query }) => tablesNamed(databaseUrl, query.name),
    }),
    route({
      permission: "account.read",
      summary: SUMMARY,
      method: "GET",
      path: "/api/vulnerable/path/{name}/",
      schemas: { params: Named },
      handler: ({ params }) => tablesNamed(databaseUrl, params.name),
    }),
    route({
      permission: "account.read",
      summary: SUMMARY,
      method: "POST",
      path: "/api/vulnerable/body/",
      schemas: { body: Named },
      handler: ({ body }) => tablesNamed(databaseUrl, body.name),
    }),
    route({
      permission: "account.read",
      summary: `${SUMMARY}, and answers the same whatever becomes of it`,
      method: "GET",
      path: "/api/vulnerable/silent/query/",
      schemas: { query: Named },
      handler: ({ query }) => silently(tablesNamed(databaseUrl, query.name)),
    }),
    route({
      permission: "account.read",
      summary:
        "Puts a text into a statement that has no expressions, and answers the same whatever becomes of it",
      method: "GET",
      path: "/api/vulnerable/silent/statement/",
      schemas: { query: Named },
      handler: ({ query }) => silently(run(databaseUrl, `SET application_name = '${query.name}'`)),
    }),
    route({
      method: "GET",
      path: "/app/vulnerable/page/",
      permission: "public",
      // Among the pages: what is no page is given a policy under which nothing runs, whatever the route says.
      summary: "Puts a text into a page as it is, with nothing to hold a browser back",
      produces: "text/html",
      schemas: { query: Named },
      handler: async ({ query, reply }) => {
        reply.removeHeader("Content-Security-Policy").type("text/html; charset=utf-8");
        return `<!doctype html><title>${query.name}</title><p>${query.name}</p>`;
      },
    }),
  ];
}
