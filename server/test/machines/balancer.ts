import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "../../src/platform/freePort.ts";
import { temporaryFolder } from "../support/temporaryFolder.ts";
import { untilListening } from "../support/untilListening.ts";

const binary = "/usr/sbin/nginx";
/** Why tests on nginx are left out, or false. In CI they never are. */
export const skipNginx =
  !existsSync(binary) && process.env.CI !== "true" ? `${binary} is not installed (apt install nginx)` : false;

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
  for (const name of ["body", "proxy", "fastcgi", "uwsgi", "scgi"]) mkdirSync(join(folder, name));
  const settings = join(folder, "nginx.conf");
  const errors = join(folder, "error.log");
  const write = (used: readonly number[]) =>
    writeFileSync(settings, settingsOf({ folder, port, ports: used }));
  write(ports);
  const child = spawn(binary, ["-c", settings, "-e", errors], { stdio: "ignore" });
  const ended = once(child, "exit");
  await Promise.race([
    untilListening(port),
    ended.then(() => Promise.reject(new Error(`nginx does not start: ${readFileSync(errors, "utf8")}`))),
  ]);
  return {
    async use(used) {
      write(used);
      child.kill("SIGHUP");
      await delay(RELOAD_MS);
    },
    address: `http://127.0.0.1:${port}`,
    complaints: () =>
      readFileSync(errors, "utf8")
        .split("\n")
        .filter((line) => !/Connection refused|temporarily disabled/.test(line))
        .join("\n"),
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
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
error_log ${folder}/error.log warn;
worker_processes 1;
events { worker_connections 512; }
http {
  access_log off;
  keepalive_timeout 0;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
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
