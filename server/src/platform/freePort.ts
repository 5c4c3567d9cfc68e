import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/**
 * Where we look for a port of our own: above the well-known ones, and below those that systems lend to outgoing
 * connections (from 32768 on Linux, from 49152 elsewhere). One that the system picks lies among these, and a
 * connection of anybody's may take it between our look and our program's start.
 */
export const OWN_PORTS = { from: 20_000, to: 32_000 } as const;

const ATTEMPTS = 50;

/** A port nobody listens on: the wished one if it is free, else one of ours, else one that the system picks. */
export async function freePort(wished = 0, host = "127.0.0.1"): Promise<number> {
  if (wished !== 0 && (await listenOnce(wished, host)) !== undefined) return wished;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = await listenOnce(randomInt(OWN_PORTS.from, OWN_PORTS.to), host);
    if (port !== undefined) return port;
  }
  return (await listenOnce(0, host)) ?? 0;
}

/** Listens for a moment. Resolves to the port, or undefined when somebody else has it. */
export function listenOnce(port: number, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.unref();
    server.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "EADDRINUSE" ? resolve(undefined) : reject(error),
    );
    server.listen({ port, host, exclusive: true }, () => {
      const address = server.address();
      const taken = address !== null && typeof address === "object" ? address.port : port;
      server.close(() => resolve(taken));
    });
  });
}
