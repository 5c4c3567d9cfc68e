import type { FastifyInstance, FastifyRequest } from "fastify";
import { AppError } from "../../errors.ts";

/**
 * Refuses JSON whose arrays and objects lie deeper in one another than `most`, before anything is built of it. Texts
 * are passed over; what is not JSON at all is left to the parser. Cost O(n), nothing allocated.
 */
export function requireShallow(json: string, most: number): void {
  let depth = 0;
  let inText = false;
  for (let at = 0; at < json.length; at++) {
    const sign = json.charCodeAt(at);
    if (inText) {
      if (sign === BACKSLASH) at++;
      else if (sign === QUOTE) inText = false;
    } else if (sign === QUOTE) inText = true;
    else if (sign === BRACKET || sign === BRACE) {
      depth++;
      if (depth > most) throw tooDeep(most);
    } else if (sign === BRACKET_END || sign === BRACE_END) depth--;
  }
}

const [QUOTE, BACKSLASH, BRACKET, BRACE, BRACKET_END, BRACE_END] = [0x22, 0x5c, 0x5b, 0x7b, 0x5d, 0x7d];

function tooDeep(most: number): AppError {
  return new AppError("bad_request", `Arrays and objects may lie at most ${most} deep in one another.`);
}

/** JSON bodies: bounded in depth, and without the keys that would reach an object's prototype. */
export function addJsonParser(app: FastifyInstance, most: number): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) => {
    try {
      requireShallow(body, most);
    } catch (error) {
      done(error as AppError);
      return;
    }
    parse(request, body, done);
  });
  // Bodies that others parse, as those of sign-in, come as bytes and are read here only to be refused.
  app.addHook("preHandler", (request, _reply, done) => {
    const { body } = request;
    if (!Buffer.isBuffer(body) || body.length === 0 || !isJson(request)) {
      done();
      return;
    }
    const text = body.toString();
    requireShallow(text, most);
    parse(request, text, (error) => done(error ?? undefined));
  });
}

function isJson(request: FastifyRequest): boolean {
  return request.headers["content-type"]?.toLowerCase().includes("json") ?? false;
}
