import { mkdirSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { isAbsolute, join, resolve } from "node:path";
import { AppError } from "../errors.ts";
import { nginxConfig } from "../nginx/nginxConfig.ts";
import type { Site } from "../nginx/site.ts";
import type { Command, Invocation } from "./command.ts";
import { configOf } from "./installationOptions.ts";

const FILE = "magtrace.conf";

export const command: Command = {
  help: "Prints the configuration of nginx in front of MagTrace, for its folder conf.d: TLS, limits, uploads and events passed through. It follows UPLOAD_MAX_…, UPLOAD_WAIT_SECONDS and RATE_LIMIT_… of the environment.",
  options: {
    host: { value: "NAME", required: true, help: "Name users type, as magtrace.example." },
    cert: {
      value: "FILE",
      help: "Certificate with its chain; else /etc/letsencrypt/live/NAME/fullchain.pem.",
    },
    key: { value: "FILE", help: "Its private key; else /etc/letsencrypt/live/NAME/privkey.pem." },
    upstream: {
      value: "HOST:PORT",
      help: "The api process, or several by commas; else 127.0.0.1 at PORT.",
    },
    listen: { value: "ADDRESS", help: "Address nginx listens on; else all of them." },
    "http-port": { value: "NUMBER", help: "Port that leads to HTTPS; else 80." },
    "https-port": { value: "NUMBER", help: "Port of HTTPS; else 443." },
    cache: {
      value: "FOLDER",
      help: "Where nginx keeps copies of the web app's files; else /var/cache/magtrace-nginx.",
    },
    logs: { value: "FOLDER", help: "Where its logs go, or stdout; else /var/log/nginx." },
    acme: { value: "FOLDER", help: "Folder in which certbot answers; else /var/www/letsencrypt." },
    out: { value: "FOLDER", help: `Write ${FILE} there instead of printing it.` },
  },
  run: async ({ values, environment, print }) => {
    const { config } = configOf({ values: {}, environment });
    const text = nginxConfig(siteOf(values, config.PORT), config);
    if (values.out === undefined) {
      print(text.trimEnd());
      return 0;
    }
    const folder = resolve(values.out);
    write(folder, text);
    print(`Wrote ${join(folder, FILE)}. Check it with nginx -t, then reload nginx.`);
    return 0;
  },
};

function write(folder: string, text: string): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, FILE), text, { mode: 0o644 });
  } catch (cause) {
    throw new AppError("cannot_write", `${join(folder, FILE)} cannot be written. Choose another folder.`, {
      cause,
    });
  }
}

function siteOf(values: Invocation["values"], apiPort: number): Site {
  const host = (values.host ?? "").toLowerCase();
  if (
    !/^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$/.test(host)
  ) {
    throw new AppError("bad_request", `--host must be a name like magtrace.example, not "${values.host}".`);
  }
  if ((values.cert === undefined) !== (values.key === undefined)) {
    throw new AppError("bad_request", "--cert and --key must be given together.");
  }
  const { logs = "/var/log/nginx" } = values;
  return {
    host,
    certificate: pathOf("cert", values.cert ?? `/etc/letsencrypt/live/${host}/fullchain.pem`),
    key: pathOf("key", values.key ?? `/etc/letsencrypt/live/${host}/privkey.pem`),
    upstreams: upstreamsOf(values.upstream ?? `127.0.0.1:${apiPort}`),
    listen: listenOf(values.listen),
    httpPort: portOf("http-port", values["http-port"] ?? "80"),
    httpsPort: portOf("https-port", values["https-port"] ?? "443"),
    cache: pathOf("cache", values.cache ?? "/var/cache/magtrace-nginx"),
    logs: logs === "stdout" ? logs : pathOf("logs", logs),
    acme: pathOf("acme", values.acme ?? "/var/www/letsencrypt"),
  };
}

function upstreamsOf(text: string): string[] {
  const addresses = text.split(",").map((address) => address.trim());
  for (const address of addresses) {
    if (!/^([a-zA-Z0-9.-]{1,253}|\[[0-9a-fA-F:]+\]):[1-9]\d{0,4}$/.test(address)) {
      throw new AppError(
        "bad_request",
        `--upstream must be addresses like 10.0.0.5:8000, several by commas, not "${address}".`,
      );
    }
  }
  return addresses;
}

function listenOf(text: string | undefined): string | null {
  if (text === undefined) return null;
  if (isIP(text) === 0) {
    throw new AppError("bad_request", `--listen must be an address like 127.0.0.1, not "${text}".`);
  }
  return isIP(text) === 6 ? `[${text}]` : text;
}

function portOf(option: string, text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new AppError("bad_request", `--${option} must be a port from 1 to 65535, not "${text}".`);
}

/** A path that stands in nginx's configuration as it is. */
function pathOf(option: string, text: string): string {
  if (isAbsolute(text) && /^[\w./@+-]+$/.test(text)) return text;
  throw new AppError(
    "bad_request",
    `--${option} must be a whole path of letters, digits and _./@+-, not "${text}".`,
  );
}
