import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../src/platform/freePort.ts";
import { errorLogOf, ownPlaces, runNginx } from "../support/nginxServer.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";

/** Until the workers with the new settings have taken over. */
const RELOAD_MS = 500;

export interface Balancer {
  readonly address: string;
  /** From now on sends nothing new to others than these. As an administrator does it before one is restarted. */
  use(ports: readonly number[]): Promise<void>;
  /** What it complained of, but for connections that were refused: those it takes elsewhere. */
  complaints(): string;
  stop(): Promise<void>;
}

/** nginx before several apis of this machine. */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const port = await freePort();
  const folder = temporaryFolder();
  const write = (used: readonly number[]) =>
    writeFileSync(join(folder, "nginx.conf"), settingsOf({ folder, port, ports: used }));
  write(ports);
  const { child, stop } = await runNginx(folder, port);
  return {
    address: `http://127.0.0.1:${port}`,
    async use(used) {
      write(used);
      child.kill("SIGHUP");
      await delay(RELOAD_MS);
    },
    complaints: () =>
      readFileSync(errorLogOf(folder), "utf8")
        .split("\n")
        .filter((line) => !/Connection refused|temporarily disabled/.test(line))
        .join("\n"),
    stop,
  };
}

interface Settings {
  readonly folder: string;
  readonly port: number;
  readonly ports: readonly number[];
}

/** No client keeps a connection: one that is just being closed by a reload is the client's to try again. */
function settingsOf({ folder, port, ports }: Settings): string {
  return `daemon off;
pid ${folder}/pid;
error_log ${errorLogOf(folder)} warn;
worker_processes 1;
events { worker_connections 512; }
http {
  access_log off;
  keepalive_timeout 0;
${ownPlaces(folder)}
  upstream magtrace {
${ports.map((each) => `    server 127.0.0.1:${each} max_fails=1 fail_timeout=1s;`).join("\n")}
    keepalive 16;
  }
  server {
    listen 127.0.0.1:${port};
    client_max_body_size 0;
    proxy_request_buffering off;
    proxy_buffering off;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_next_upstream error timeout;
    location / { proxy_pass http://magtrace; }
  }
}
`;
}
