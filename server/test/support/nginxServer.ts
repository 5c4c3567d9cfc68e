import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { command } from "../../src/cli/nginx.ts";
import { freePort } from "../../src/platform/freePort.ts";
import { filesBelow } from "./filesBelow.ts";
import { temporaryFolder } from "./temporaryFolder.ts";
import { untilListening } from "./untilListening.ts";

const binary = "/usr/sbin/nginx";
/** Why the tests on nginx are left out, or false. In CI they never are. */
export const skipNginx =
  !existsSync(binary) && process.env.CI !== "true" ? `${binary} is not installed (apt install nginx)` : false;

export const NGINX_HOST = "magtrace.example";

export interface NginxServer {
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Its certificate, which nobody else has signed. */
  readonly ca: string;
  /** Lines of its access log so far. */
  accessLog(): Record<string, unknown>[];
  errorLog(): string;
  /** Files in which it has put a body or an answer, also those without a name any more. */
  bodyFiles(): string[];
  stop(): Promise<void>;
}

/** nginx with the configuration that `magtrace nginx` writes, on loopback, before `upstreams`. */
export async function startNginx(
  upstreams: readonly string[],
  environment: Record<string, string> = {},
): Promise<NginxServer> {
  const folder = temporaryFolder();
  const [httpPort, httpsPort] = [await freePort(), await freePort()];
  const { cert, key } = selfSigned(folder);
  await command.run({
    values: {
      host: NGINX_HOST,
      cert,
      key,
      upstream: upstreams.join(","),
      listen: "127.0.0.1",
      "http-port": String(httpPort),
      "https-port": String(httpsPort),
      cache: join(folder, "assets"),
      logs: folder,
      acme: join(folder, "acme"),
      out: folder,
    },
    switches: new Set(),
    positionals: [],
    environment,
    print: () => undefined,
  });
  writeFileSync(join(folder, "nginx.conf"), mainConfig(folder));
  const { child, stop } = await runNginx(folder, httpsPort);
  const temporary = temporaryFolderOf(folder);
  return {
    httpPort,
    httpsPort,
    ca: readFileSync(cert, "utf8"),
    accessLog: () =>
      readFileSync(join(folder, "magtrace-access.log"), "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as Record<string, unknown>),
    errorLog: () => readFileSync(join(folder, "magtrace-error.log"), "utf8"),
    bodyFiles: () => [...filesBelow(temporary), ...openFilesBelow(child, temporary)],
    stop,
  };
}

interface RunningNginx {
  readonly child: ChildProcess;
  stop(): Promise<void>;
}

/** nginx by the nginx.conf of a folder, which is to have the lines of `ownPlaces`, once it listens on `port`. */
export async function runNginx(folder: string, port: number): Promise<RunningNginx> {
  mkdirSync(temporaryFolderOf(folder));
  const errors = errorLogOf(folder);
  const child = spawn(binary, ["-p", folder, "-c", "nginx.conf", "-e", errors], { stdio: "ignore" });
  const failed = new Promise<never>((_, reject) => {
    child.once("error", reject);
    child.once("exit", (code) =>
      reject(new Error(`nginx ended with ${code}: ${readFileSync(errors, "utf8")}`)),
    );
  });
  failed.catch(() => undefined);
  await Promise.race([untilListening(port), failed]);
  return {
    child,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    },
  };
}

export function errorLogOf(folder: string): string {
  return join(folder, "error.log");
}

function temporaryFolderOf(folder: string): string {
  return join(folder, "temporary");
}

/** What nginx writes besides its logs, in the test's folder; for the http block. */
export function ownPlaces(folder: string): string {
  return ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((kind) => `  ${kind}_temp_path ${temporaryFolderOf(folder)}/${kind};`)
    .join("\n");
}

/** Around it, as the package's own file is, with everything in the test's folder. */
function mainConfig(folder: string): string {
  return `${process.getuid?.() === 0 ? "user root;\n" : ""}daemon off;
pid ${folder}/nginx.pid;
worker_processes 1;
events { worker_connections 256; }
http {
${ownPlaces(folder)}
  ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3;
  gzip on;
  access_log off;
  include ${folder}/magtrace.conf;
}
`;
}

function selfSigned(folder: string): { cert: string; key: string } {
  const [cert, key] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const subject = ["-subj", `/CN=${NGINX_HOST}`, "-addext", `subjectAltName=DNS:${NGINX_HOST}`];
  execFileSync(
    "openssl",
    [
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:prime256v1",
      "-nodes",
      "-days",
      "2",
    ].concat(subject, ["-keyout", key, "-out", cert]),
    { stdio: "ignore" },
  );
  return { cert, key };
}

function openFilesBelow(parent: ChildProcess, folder: string): string[] {
  const children = readFileSync(`/proc/${parent.pid}/task/${parent.pid}/children`, "utf8").trim();
  return children
    .split(" ")
    .map((pid) => `/proc/${pid}/fd`)
    .filter((files) => existsSync(files))
    .flatMap((files) => readdirSync(files).map((file) => linkAt(join(files, file))))
    .filter((target) => target.startsWith(folder));
}

/** Empty where the file has been closed meanwhile. */
function linkAt(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
