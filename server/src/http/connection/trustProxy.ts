import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";

/** Whose word on the client's address is taken: nobody's, that of some addresses, or that of the last so many hops. */
export type TrustProxy = readonly string[] | number;

/** What fastify asks of each address between us and the client, the nearest first. */
export function trustOf(trusted: TrustProxy): false | string[] | ((address: string, hop: number) => boolean) {
  if (typeof trusted !== "number") return trusted.length > 0 && [...trusted];
  return trusted > 0 && ((_address, hop) => hop < trusted);
}

/** "", "2", or "10.0.0.1, 10.1.0.0/16, ::1". Null for anything else. */
export function parseTrustProxy(text: string): TrustProxy | null {
  if (/^\d{1,2}$/.test(text)) return Number(text);
  const entries = text.split(",").map((entry) => entry.trim());
  if (text.trim() === "") return [];
  return entries.every(isRange) ? entries : null;
}

function isRange(text: string): boolean {
  const [address = "", bits, more] = text.split("/");
  const version = isIP(address);
  if (version === 0 || more !== undefined) return false;
  return (
    bits === undefined ||
    (/^\d{1,3}$/.test(bits) && Number(bits) >= 1 && Number(bits) <= (version === 4 ? 32 : 128))
  );
}

const addresses = new WeakMap<IncomingMessage, string>();

/**
 * Who asks, as an address and nothing else: a header can hold any text. Found once, while the request has its
 * connection: a stream that breaks takes it away.
 */
export function clientAddress(request: FastifyRequest): string {
  const known = addresses.get(request.raw);
  if (known !== undefined) return known;
  const claimed = bareAddress(request.ip);
  const address = isIP(claimed) === 0 ? bareAddress(request.raw.socket.remoteAddress ?? "") : claimed;
  addresses.set(request.raw, address);
  return address;
}

/** Without the port that some proxies add, and without the coat of IPv6 that IPv4 wears on a socket for both. */
export function bareAddress(text: string): string {
  const inBrackets = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1];
  const beforePort = /^([\d.]+):\d+$/.exec(text)?.[1];
  return (inBrackets ?? beforePort ?? text).replace(/^::ffff:(?=\d+\.)/i, "");
}

/** What one customer of an internet provider is given: an IPv4 address, or the first half of an IPv6 one. */
export function addressGroup(address: string): string {
  if (isIP(address) !== 6) return address;
  const [head = "", tail] = new URL(`http://[${address.split("%")[0]}]`).hostname.slice(1, -1).split("::");
  const first = head === "" ? [] : head.split(":");
  const last = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - first.length - last.length }, () => "0");
  return `${[...first, ...zeros, ...last].slice(0, 4).join(":")}::/64`;
}
