import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";

/** A connection that sends just what it is told to, and keeps what comes back. */
export class RawClient {
  readonly socket: Socket;
  received = "";
  readonly ended: Promise<void>;

  constructor(t: TestContext, port: number) {
    this.socket = connect(port, "127.0.0.1");
    this.socket.setEncoding("latin1");
    this.socket.on("data", (text) => {
      this.received += String(text);
    });
    this.socket.on("error", () => undefined);
    this.ended = new Promise((resolve) => this.socket.once("close", () => resolve()));
    t.after(() => this.socket.destroy());
  }

  send(text: string): this {
    this.socket.write(text);
    return this;
  }

  /** The status of the first answer, once one has come. */
  async status(): Promise<number> {
    while (!this.received.includes("\r\n")) {
      const more = new Promise((resolve) => this.socket.once("data", resolve));
      await Promise.race([more, this.ended]);
      if (this.socket.destroyed && !this.received.includes("\r\n")) return 0;
    }
    return Number(this.received.split(" ")[1]);
  }

  /** The body of the only answer, once the connection has ended. */
  async body(): Promise<{ error: string; code: string; request_id: string }> {
    await this.ended;
    return JSON.parse(this.received.split("\r\n\r\n")[1] ?? "");
  }
}
