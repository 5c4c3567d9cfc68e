import type { FastifyReply, FastifyRequest } from "fastify";
import type { TSchema } from "typebox";
import { Errors } from "typebox/value";

/** A hook that fails the request when a success does not have the shape its route declares. For tests. */
export function checkResponse(schema: TSchema, status: number) {
  return async (request: FastifyRequest, reply: FastifyReply, payload: unknown): Promise<unknown> => {
    if (reply.statusCode !== status) return payload;
    const [fault] = Errors(schema, JSON.parse(JSON.stringify(payload ?? null)));
    if (fault) {
      throw new Error(
        `${request.method} ${request.url} answered ${JSON.stringify(fault.instancePath)}: ${fault.message}`,
      );
    }
    return payload;
  };
}
