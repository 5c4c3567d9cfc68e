import { Readable } from "node:stream";
import type { FastifyReply } from "fastify";
import type { ObjectReader } from "../../platform/objects/types.ts";
import { attachment } from "./attachment.ts";

/** Sends a stored file under a name, and closes it however that ends. */
export function sendObject(reply: FastifyReply, reader: ObjectReader, filename: string): FastifyReply {
  const stream = Readable.from(reader.stream(), { objectMode: false });
  // Not by the iterator: of a client that has left already it is never begun, and Node ends a process that forgets
  // an open file.
  stream.once("close", () => {
    reader.close().catch((error) => reply.log.warn({ err: error }, "a stored file was not closed"));
  });
  attachment(reply, filename);
  reply.header("Content-Length", reader.size);
  if (!reply.getHeader("Content-Type")) reply.type("application/octet-stream");
  return reply.send(stream);
}
