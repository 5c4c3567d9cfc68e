/** What one nginx in front of an installation is made for. */
export interface Site {
  /** The name users type, as magtrace.example. */
  readonly host: string;
  /** File with the certificate and those between it and its root. */
  readonly certificate: string;
  readonly key: string;
  /** The api processes, as host:port. */
  readonly upstreams: readonly string[];
  /** Address to listen on; null: every one, of IPv4 and IPv6. */
  readonly listen: string | null;
  readonly httpPort: number;
  readonly httpsPort: number;
  /** Folder for copies of the web app's files. nginx makes it; the folder it lies in must exist. */
  readonly cache: string;
  /** Where logs go: a folder, or `stdout` for a container. */
  readonly logs: string;
  /** Folder in which certbot proves that the name is ours. */
  readonly acme: string;
}
