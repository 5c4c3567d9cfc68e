import { createServer } from "node:net";

/** A port nobody listens on: the wished one if it is free, else one that the system picks. */
export async function freePort(wished = 0, host = "127.0.0.1"): Promise<number> {
  return (await listenOnce(wished, host)) ?? (await listenOnce(0, host)) ?? 0;
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
