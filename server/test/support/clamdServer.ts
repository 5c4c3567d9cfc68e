import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../../src/platform/freePort.ts";
import { temporaryFolder } from "./temporaryFolder.ts";
import { untilListening } from "./untilListening.ts";

const binary = "/usr/sbin/clamd";
/** Why the tests on clamd are left out, or false. In CI they never are. */
export const skipClamd =
  !existsSync(binary) && process.env.CI !== "true"
    ? `${binary} is not installed (apt install clamav-daemon)`
    : false;

export interface ClamdServer {
  readonly address: string;
  stop(): Promise<void>;
  start(): Promise<void>;
}

/** clamd with two signatures: the EICAR test file as a whole, and a text wherever it stands. */
export async function startClamdServer(marker: string): Promise<ClamdServer> {
  const port = await freePort();
  const folder = temporaryFolder();
  const database = join(folder, "db");
  mkdirSync(database);
  writeFileSync(join(database, "eicar.hdb"), "44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-File-Hash\n");
  writeFileSync(join(database, "marker.ndb"), `Test.Marker:0:*:${Buffer.from(marker).toString("hex")}\n`);
  const config = join(folder, "clamd.conf");
  const account = process.getuid?.() === 0 ? "User root\n" : "";
  writeFileSync(
    config,
    `Foreground yes\nTCPSocket ${port}\nTCPAddr 127.0.0.1\nDatabaseDirectory ${database}\nStreamMaxLength 1M\n${account}`,
  );
  let child: ChildProcess | undefined;
  const server: ClamdServer = {
    address: `127.0.0.1:${port}`,
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
  };
  await server.start();
  return server;
}
