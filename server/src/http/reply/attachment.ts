import type { FastifyReply } from "fastify";

/** They make the end of a name look like its middle: `survey\u202Evsc.exe` reads as `surveyexe.csv`. */
const MISLEADING = /[\p{Cc}\p{Bidi_Control}]/gu;

/** Says that the answer is a file to keep, never a page to show (RFC 6266). Any file name is safe. */
export function attachment(reply: FastifyReply, filename: string): void {
  const plain = filename.replaceAll(/[^\w.() -]/g, "_");
  const encoded = encodeURIComponent(filename.toWellFormed().replaceAll(MISLEADING, "_")).replaceAll(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16)}`,
  );
  reply.header("Content-Disposition", `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`);
}
