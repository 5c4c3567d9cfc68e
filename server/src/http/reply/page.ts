import type { FastifyReply, FastifyRequest } from "fastify";

export interface PageRequest {
  readonly limit?: number;
  readonly offset?: number;
}

/** Rows of one page, and how many there are in all. */
export interface Page<Row> {
  readonly rows: Row[];
  readonly total: number;
}

export const DEFAULT_LIMIT = 100;

export function pageBounds(request: PageRequest): { limit: number; offset: number } {
  return { limit: request.limit ?? DEFAULT_LIMIT, offset: request.offset ?? 0 };
}

/** Answers a page as an array; the rest of it is told in X-Total-Count and Link (RFC 8288). */
export function sendPage<Row>(request: FastifyRequest, reply: FastifyReply, page: Page<Row>): Row[] {
  const { limit, offset } = pageBounds(request.query as PageRequest);
  const links: string[] = [];
  const link = (rel: string, from: number) => {
    const [path, query] = pathAndQuery(request.url);
    const parameters = new URLSearchParams(query);
    parameters.set("limit", String(limit));
    parameters.set("offset", String(from));
    links.push(`<${path}?${parameters}>; rel="${rel}"`);
  };
  if (offset > 0) link("prev", Math.max(0, offset - limit));
  if (offset + limit < page.total) link("next", offset + limit);
  reply.header("X-Total-Count", page.total);
  if (links.length > 0) reply.header("Link", links.join(", "));
  return page.rows;
}

/** Of an address as it was sent: mostly a path, but a whole one (`http://host/…`) is allowed. */
function pathAndQuery(sent: string): [path: string, query: string] {
  if (!sent.startsWith("/")) {
    const { pathname, search } = new URL(sent, "http://localhost");
    return [pathname, search];
  }
  const mark = sent.indexOf("?");
  return mark < 0 ? [sent, ""] : [sent.slice(0, mark), sent.slice(mark)];
}
