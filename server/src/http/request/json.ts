import type { FastifyInstance } from "fastify";
import { AppError } from "../../errors.ts";
import type { Bounds } from "../connection/bounds.ts";

/** What JSON may be, before anything is built of it. */
export type JsonBounds = Pick<Bounds, "jsonDepth" | "jsonValues">;

/** So much is read before other requests get a turn. */
const CHARS_A_TURN = 1024 * 1024;

const [QUOTE, BACKSLASH, BRACKET, BRACE, BRACKET_END, BRACE_END, COMMA] = [
  0x22, 0x5c, 0x5b, 0x7b, 0x5d, 0x7d, 0x2c,
];

/**
 * Counts how deep arrays and objects lie in one another and how many values there are, without building any: parsing
 * costs by the value. Texts are passed over; what is not JSON at all is left to the parser. Cost O(n), nothing
 * allocated.
 */
export class JsonMeter {
  readonly #json: string;
  readonly #bounds: JsonBounds;
  #at = 0;
  #depth = 0;
  #values = 0;
  #inText = false;

  constructor(json: string, bounds: JsonBounds) {
    this.#json = json;
    this.#bounds = bounds;
  }

  get isDone(): boolean {
    return this.#at >= this.#json.length;
  }

  /** @throws AppError the text so far, so many more characters of it, is beyond a bound. */
  read(chars: number): void {
    const json = this.#json;
    const end = Math.min(json.length, this.#at + chars);
    let at = this.#at;
    let inText = this.#inText;
    for (; at < end; at++) {
      const sign = json.charCodeAt(at);
      if (inText) {
        if (sign === BACKSLASH) at++;
        else if (sign === QUOTE) inText = false;
      } else if (sign === QUOTE) inText = true;
      else if (sign === BRACKET || sign === BRACE) this.#count(1);
      else if (sign === BRACKET_END || sign === BRACE_END) this.#depth--;
      else if (sign === COMMA) this.#count(0);
    }
    this.#at = at;
    this.#inText = inText;
  }

  #count(deeper: 0 | 1): void {
    const { jsonDepth, jsonValues } = this.#bounds;
    this.#depth += deeper;
    if (this.#depth > jsonDepth) {
      throw new AppError(
        "bad_request",
        `Arrays and objects may lie at most ${jsonDepth} deep in one another.`,
      );
    }
    if (++this.#values > jsonValues) {
      throw new AppError("too_large", `A body may have at most ${jsonValues} values. Send them in parts.`);
    }
  }
}

/**
 * JSON bodies: bounded in depth and values, and without the keys that would reach an object's prototype. A large one
 * takes several turns, so that nobody waits for all of it: reading, parsing, and then what becomes of it.
 */
export function addJsonParser(app: FastifyInstance, bounds: JsonBounds): void {
  const parse = app.getDefaultJsonParser("error", "error");
  app.removeContentTypeParser("application/json");
  app.addContentTypeParser<string>("application/json", { parseAs: "string" }, (request, body, done) => {
    const meter = new JsonMeter(body, bounds);
    const isLarge = body.length > CHARS_A_TURN;
    const read = () => {
      try {
        meter.read(CHARS_A_TURN);
      } catch (error) {
        done(error as AppError);
        return;
      }
      if (!meter.isDone) setImmediate(read);
      else if (isLarge)
        setImmediate(() => parse(request, body, (...parsed) => setImmediate(done, ...parsed)));
      else parse(request, body, done);
    };
    read();
  });
}
