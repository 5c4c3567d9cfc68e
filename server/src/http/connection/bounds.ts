/** What one client may take of a process. docs/operations.md tells them; tests make them small. */
export interface Bounds {
  /** Until the last byte of a request's header, from its first. */
  readonly headersTimeoutMs: number;
  /** How long a body may stand still, a reader may take nothing, and before rates are looked at. */
  readonly idleMs: number;
  /** Least average rate at which a body comes or an answer is taken. */
  readonly leastBytesPerSecond: number;
  readonly checkEveryMs: number;
  /** What is left of a body is let pass when its answer has been sent already. */
  readonly lingerMs: number;
  readonly headerBytes: number;
  readonly headers: number;
  readonly urlBytes: number;
  readonly connections: number;
  /** Unless it is a trusted proxy's. */
  readonly connectionsPerAddress: number;
  /** Under way at once, besides streams of events. */
  readonly requestsPerUser: number;
  readonly requestsPerAddress: number;
  /** Of events, open at once. */
  readonly streamsPerUser: number;
  /** Body of a request that is no file. */
  readonly bodyBytes: number;
  /** Arrays and objects inside one another. */
  readonly jsonDepth: number;
  /** All that one body has, inside one another or not. */
  readonly jsonValues: number;
}

export const usualBounds: Bounds = {
  headersTimeoutMs: 15_000,
  idleMs: 30_000,
  leastBytesPerSecond: 1024,
  checkEveryMs: 1_000,
  lingerMs: 120_000,
  headerBytes: 16 * 1024,
  headers: 100,
  urlBytes: 8 * 1024,
  connections: 4_000,
  connectionsPerAddress: 1_000,
  requestsPerUser: 64,
  requestsPerAddress: 256,
  streamsPerUser: 20,
  bodyBytes: 1024 * 1024,
  jsonDepth: 32,
  jsonValues: 1_000_000,
};
