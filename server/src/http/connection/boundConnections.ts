import { BlockList, isIP } from "node:net";
import type { FastifyInstance } from "fastify";
import { InFlight } from "../../platform/limits/inFlight.ts";
import { addressGroup, bareAddress, type TrustProxy } from "./trustProxy.ts";

/**
 * Closes connections beyond what one address may have open, so that nobody holds all there are: one that says nothing
 * is no request yet, and counted by no other limit. A trusted proxy's are those of everybody.
 */
export function boundConnections(app: FastifyInstance, most: number, trusted: TrustProxy): void {
  if (typeof trusted === "number" && trusted > 0) return;
  const proxies = listOf(typeof trusted === "number" ? [] : trusted);
  const open = new InFlight();
  app.server.on("connection", (socket) => {
    // Without its zone; and without any it has been closed again already.
    const address = bareAddress(socket.remoteAddress ?? "").split("%")[0]!;
    if (isIP(address) === 0 || proxies.check(address, familyOf(address))) return;
    const key = addressGroup(address);
    if (!open.enter(key, most)) {
      socket.destroy();
      return;
    }
    socket.once("close", () => open.leave(key));
  });
}

function listOf(trusted: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of trusted) {
    const [text = "", bits] = entry.split("/");
    const address = bareAddress(text);
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(text, Number(bits), familyOf(text));
  }
  return list;
}

function familyOf(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}
