import { indented } from "./errorPages.ts";

/** Field of a line and the variable of nginx it is; numbers stand without quotes. */
const fields: readonly (readonly [string, string])[] = [
  ["time", '"$time_iso8601"'],
  ["request_id", '"$request_id"'],
  ["api_request_id", '"$upstream_http_x_request_id"'],
  ["method", '"$request_method"'],
  ["path", '"$magtrace_path"'],
  ["status", "$magtrace_status"],
  ["received_bytes", "$request_length"],
  ["sent_bytes", "$bytes_sent"],
  ["duration_s", "$request_time"],
  ["upstream", '"$upstream_addr"'],
  ["upstream_status", '"$upstream_status"'],
  ["upstream_duration_s", '"$upstream_response_time"'],
  ["cache", '"$upstream_cache_status"'],
  ["ip", '"$remote_addr"'],
  ["protocol", '"$server_protocol"'],
  ["tls", '"$ssl_protocol"'],
  ["user_agent", '"$http_user_agent"'],
];

/**
 * One line of JSON a request. Queries, cookies, the page one came from and every part of a path that is neither a word
 * nor a number stay out: links hold secrets in them.
 */
export function accessLogFormat(): string[] {
  const line = fields.map(([name, value]) => `"${name}":${value}`).join(",");
  return [
    "map $uri $magtrace_path {",
    indented('default "(other)";'),
    indented('"~^(/app/assets/[A-Za-z0-9_.-]+)$" $1;'),
    indented('"~^((/([a-z][a-z_.-]{0,31}|[0-9]{1,16}))*/?)$" $1;'),
    indented('"~^(/[a-z]{1,16}/[a-z_-]{1,32}/)" "$1(other)";'),
    "}",
    "# 000, of who left before any answer, is no number in JSON.",
    "map $status $magtrace_status {",
    indented("default $status;"),
    indented('"~^0" 0;'),
    "}",
    `log_format magtrace escape=json '{${line}}';`,
  ];
}
