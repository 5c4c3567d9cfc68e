import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../src/platform/freePort.ts";
import { untilListening } from "./untilListening.ts";

const binary = "/usr/sbin/clamd";
/** Why the tests on clamd are left out, or false. In CI they never are. */
export const skipClamd =
  !existsSync(binary) && process.env.CI !== "true"
    ? `${binary} is not installed (apt install clamav-daemon)`
    : false;

/** The test file of the European Institute for Computer Antivirus Research, put together so that this file is none. */
export const EICAR = ["X5O!P%@AP[4\\PZX54(P^)7CC)7}", "$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!", "$H+H*"].join(
  "",
);

export interface ClamdServer {
  readonly address: string;
  /** The same daemon by its Unix socket. */
  readonly socketPath: string;
  stop(): Promise<void>;
  start(): Promise<void>;
  /** It takes connections, and says nothing until it is resumed. */
  pause(): void;
  resume(): void;
}

/**
 * clamd with three signatures: the EICAR test file as a whole, its text wherever it stands, and another text wherever
 * that stands.
 *
 * @param folder Of its own.
 */
export async function startClamdServer(
  folder: string,
  marker: string,
  streamMaxMib = 1,
): Promise<ClamdServer> {
  const port = await freePort();
  const database = join(folder, "db");
  const socketPath = join(folder, "clamd.sock");
  const hex = (text: string) => Buffer.from(text).toString("hex");
  mkdirSync(database);
  writeFileSync(join(database, "eicar.hdb"), "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-File-Hash\n");
  writeFileSync(
    join(database, "marker.ndb"),
    `Test.Marker:0:*:${hex(marker)}\nEicar-Text:0:*:${hex(EICAR)}\n`,
  );
  const config = join(folder, "clamd.conf");
  const account = process.getuid?.() === 0 ? "User root\n" : "";
  writeFileSync(
    config,
    `Foreground yes\nTCPSocket ${port}\nTCPAddr 127.0.0.1\nLocalSocket ${socketPath}\nDatabaseDirectory ${database}\nStreamMaxLength ${streamMaxMib}M\n${account}`,
  );
  let child: ChildProcess | undefined;
  const server: ClamdServer = {
    address: `127.0.0.1:${port}`,
    socketPath,
    async start() {
      child = spawn(binary, ["--config-file", config], { stdio: "ignore" });
      await untilListening(port);
    },
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return;
      const ended = new Promise((resolve) => child?.once("exit", resolve));
      child.kill("SIGKILL");
      await ended;
    },
    pause: () => void child?.kill("SIGSTOP"),
    resume: () => void child?.kill("SIGCONT"),
  };
  await server.start();
  return server;
}
