import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { SMTPServer } from "smtp-server";

export interface ReceivedMail {
  readonly to: readonly string[];
  /** Headers and body as they came, quoted-printable undone. */
  readonly text: string;
}

/** An SMTP server in this process that keeps what it is sent. */
export interface MailServer {
  readonly url: string;
  readonly received: readonly ReceivedMail[];
  /** The next mail to somebody that has not been taken yet; waits for it. */
  take(to: string): Promise<ReceivedMail>;
}

export async function startMailServer(t: Pick<TestContext, "after">, at = 0): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  const untaken: ReceivedMail[] = [];
  let wake = Promise.withResolvers<void>();
  const server = new SMTPServer({
    disabledCommands: ["AUTH", "STARTTLS"],
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on("data", (part: Buffer) => parts.push(part));
      stream.on("end", () => {
        const mail = {
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: unquote(Buffer.concat(parts).toString("utf8")),
        };
        received.push(mail);
        untaken.push(mail);
        done();
        wake.resolve();
        wake = Promise.withResolvers();
      });
    },
  });
  server.on("error", () => undefined);
  server.listen(at, "127.0.0.1");
  await once(server.server, "listening");
  t.after(() => new Promise<void>((closed) => server.close(closed)));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://127.0.0.1:${port}`,
    received,
    async take(to) {
      for (;;) {
        const at = untaken.findIndex((mail) => mail.to.includes(to));
        if (at >= 0) return untaken.splice(at, 1)[0]!;
        await wake.promise;
      }
    },
  };
}

function unquote(text: string): string {
  return text
    .replaceAll("=\r\n", "")
    .replaceAll(/(?:=[0-9A-F]{2})+/g, (codes) =>
      Buffer.from(codes.replaceAll("=", ""), "hex").toString("utf8"),
    );
}
