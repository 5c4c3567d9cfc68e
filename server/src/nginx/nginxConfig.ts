import type { Config } from "../config.ts";
import { accessLogFormat } from "./accessLog.ts";
import { bodyRules, USUAL_MIB } from "./bodyRules.ts";
import { errorPages, indented, refusal, refusalHeaders } from "./errorPages.ts";
import { rateLimits } from "./rateLimits.ts";
import type { Site } from "./site.ts";

/** As the api has it; here it holds for what nginx answers, too. */
const HSTS = 'add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always;';

/** Mozilla's intermediate recommendation without the suites that need parameters of their own. */
const CIPHERS = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-RSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
  "ECDHE-RSA-AES256-GCM-SHA384",
  "ECDHE-ECDSA-CHACHA20-POLY1305",
  "ECDHE-RSA-CHACHA20-POLY1305",
];

/** Agreed on before the name is known, so every server says it. */
const HANDSHAKE = [
  "ssl_protocols TLSv1.2 TLSv1.3;",
  `ssl_ciphers ${CIPHERS.join(":")};`,
  "ssl_prefer_server_ciphers off;",
  "ssl_ecdh_curve X25519:prime256v1:secp384r1;",
  "ssl_session_tickets off;",
];

/** A file for conf.d of nginx 1.20 or newer: everything between users and the api processes of one host name. */
export function nginxConfig(site: Site, config: Config): string {
  const limits = rateLimits(config);
  const lines = [
    `# Made by magtrace nginx for ${site.host}; make it anew after changing UPLOAD_MAX_… or RATE_LIMIT_….`,
    `# MagTrace needs PUBLIC_URL=${origin(site)} and TRUST_PROXY=1, and nobody but nginx may reach its port.`,
    "",
    ...upstream(site),
    "",
    ...limits.zones,
    "",
    ...accessLogFormat(),
    "",
    `proxy_cache_path ${site.cache} levels=1:2 keys_zone=magtrace_assets:2m max_size=256m inactive=30d use_temp_path=off;`,
    "",
    ...block("server", plainServer(site)),
    "",
    "# Whoever asks for another name is told nothing.",
    ...block("server", [
      ...listens(site, site.httpsPort, "ssl default_server"),
      ...HANDSHAKE,
      "ssl_reject_handshake on;",
    ]),
    "",
    ...block("server", tlsServer(site, config, limits)),
  ];
  return `${lines.join("\n")}\n`;
}

function upstream({ upstreams }: Site): string[] {
  return block("upstream magtrace_api", [
    "zone magtrace_api 256k;",
    "least_conn;",
    ...upstreams.map((address) => `server ${address} max_fails=2 fail_timeout=10s;`),
    "keepalive 32;",
    "# Less than the api's own, so that none is used that the api is closing.",
    "keepalive_timeout 30s;",
  ]);
}

function plainServer(site: Site): string[] {
  return [
    ...listens(site, site.httpPort, "default_server"),
    "server_tokens off;",
    ...logs(site),
    ...block("location /.well-known/acme-challenge/", [`root ${site.acme};`, "default_type text/plain;"]),
    ...block("location /", [`return 301 ${origin(site)}$request_uri;`]),
  ];
}

function tlsServer(site: Site, config: Config, limits: ReturnType<typeof rateLimits>): string[] {
  return [
    ...listens(site, site.httpsPort, "ssl http2"),
    `server_name ${site.host};`,
    "server_tokens off;",
    "",
    ...tls(site),
    "",
    ...logs(site),
    "",
    ...limits.usual,
    "limit_req_status 429;",
    "limit_conn_status 429;",
    "",
    ...clientBounds(),
    "",
    ...proxying(site, config),
    "",
    ...block("location /", ["proxy_pass http://magtrace_api;"]),
    ...block("location ^~ /api/auth/", [...limits.signIn, "proxy_pass http://magtrace_api;"]),
    "",
    "# Events are passed on as they come.",
    ...block("location ~ ^/api/events/?$", [
      "proxy_buffering off;",
      "gzip off;",
      "proxy_pass http://magtrace_api;",
    ]),
    "",
    ...bodyLocations(config),
    "",
    ...assets(),
    "",
    "# Figures for the monitoring are asked for where the api listens.",
    ...block("location ~ ^/metrics(/|$)", [...refusalHeaders([HSTS]), refusal(404)]),
    "",
    ...errorPages([HSTS]),
  ];
}

function tls({ certificate, key }: Site): string[] {
  return [
    `ssl_certificate ${certificate};`,
    `ssl_certificate_key ${key};`,
    ...HANDSHAKE,
    "ssl_session_timeout 1d;",
    "ssl_session_cache shared:magtrace_tls:10m;",
    HSTS,
  ];
}

/** As the api bounds whoever reaches it without nginx. */
function clientBounds(): string[] {
  return [
    "client_header_timeout 15s;",
    "client_body_timeout 30s;",
    "send_timeout 30s;",
    "large_client_header_buffers 4 16k;",
    "reset_timedout_connection on;",
    `client_max_body_size ${USUAL_MIB}m;`,
    "# A usual body is read as a whole, in memory: no body is ever written to this disk.",
    `client_body_buffer_size ${USUAL_MIB}m;`,
  ];
}

function proxying(site: Site, config: Config): string[] {
  return [
    "proxy_http_version 1.1;",
    'proxy_set_header Connection "";',
    "proxy_set_header Host $host;",
    "# Nothing a client says of its address is passed on.",
    "proxy_set_header X-Forwarded-For $remote_addr;",
    "proxy_set_header X-Forwarded-Proto https;",
    `proxy_set_header X-Forwarded-Host ${new URL(origin(site)).host};`,
    'proxy_set_header Forwarded "";',
    'proxy_set_header X-Real-IP "";',
    "proxy_hide_header Strict-Transport-Security;",
    "proxy_redirect off;",
    "# Nor is an answer: a reader who is slow is waited for.",
    "proxy_max_temp_file_size 0;",
    "proxy_buffers 16 16k;",
    "proxy_buffer_size 16k;",
    "proxy_connect_timeout 2s;",
    "proxy_send_timeout 60s;",
    `proxy_read_timeout ${Math.max(60, config.UPLOAD_WAIT_SECONDS + 30)}s;`,
    "# Another api is asked where one did not answer at all, and never for a POST or PATCH that was sent.",
    "proxy_next_upstream error timeout;",
    "proxy_next_upstream_tries 2;",
    "proxy_next_upstream_timeout 15s;",
  ];
}

function bodyLocations(config: Config): string[] {
  return bodyRules(config).flatMap(({ what, path, mib }) => [
    `# ${what}.`,
    ...block(`location ~ "${path}"`, [
      `client_max_body_size ${mib}m;`,
      "proxy_request_buffering off;",
      "proxy_pass http://magtrace_api;",
    ]),
  ]);
}

/**
 * The api compresses them and says that they hold for a year; copies here spare it the work. During an upgrade one of
 * several apis may not have a file that another has.
 */
function assets(): string[] {
  return block("location ^~ /app/assets/", [
    "proxy_cache magtrace_assets;",
    "proxy_cache_lock on;",
    "proxy_cache_use_stale error timeout updating;",
    "proxy_next_upstream error timeout http_404;",
    "proxy_hide_header X-Request-Id;",
    "proxy_pass http://magtrace_api;",
  ]);
}

function logs({ logs }: Site): string[] {
  const [access, error] =
    logs === "stdout"
      ? ["/dev/stdout", "/dev/stderr"]
      : [`${logs}/magtrace-access.log`, `${logs}/magtrace-error.log`];
  return [
    `access_log ${access} magtrace;`,
    "# Lesser ones hold whole addresses with their secrets; the access log says what an upstream answered.",
    `error_log ${error} crit;`,
  ];
}

function listens({ listen }: Site, port: number, how: string): string[] {
  if (listen !== null) return [`listen ${listen}:${port} ${how};`];
  return [`listen ${port} ${how};`, `listen [::]:${port} ${how};`];
}

function origin({ host, httpsPort }: Site): string {
  return httpsPort === 443 ? `https://${host}` : `https://${host}:${httpsPort}`;
}

function block(head: string, lines: readonly string[]): string[] {
  return [`${head} {`, ...lines.map(indented), "}"];
}
