import type { FastifyReply } from "fastify";

/** Says that the answer is a file to keep, never a page to show (RFC 6266). Any file name is safe. */
export function attachment(reply: FastifyReply, filename: string): void {
  const plain = filename.replaceAll(/[^\w.() -]/g, "_");
  const encoded = encodeURIComponent(filename.toWellFormed()).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  reply.header("Content-Disposition", `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`);
}
