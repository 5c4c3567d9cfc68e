import { connect } from "node:net";

const DEADLINE_MS = 60_000;

/** Resolves when something listens on the port of this machine. */
export async function untilListening(port: number): Promise<void> {
  const lastMs = performance.now() + DEADLINE_MS;
  while (!(await answers(port))) {
    if (performance.now() > lastMs) throw new Error(`nothing listens on ${port}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}
