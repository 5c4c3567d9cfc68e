/** Where in which S3, and as whom. */
export interface S3Settings {
  readonly bucket: string;
  /** Stands before every key: empty, or ended by a slash. */
  readonly prefix: string;
  /** Empty: AWS. */
  readonly endpoint: string;
  readonly region: string;
  /** The bucket in the path instead of the host's name. */
  readonly pathStyle: boolean;
  /** Both empty: what the machine gives, such as an instance's role. */
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** How long to wait for what. Tests make it short. */
export interface S3Patience {
  /** For the beginning of an answer; a request with a body gets more by its length. */
  readonly attemptMs: number;
  /** After this long, a failed attempt is the last. */
  readonly retryForMs: number;
  /** For the next bytes of an answer. */
  readonly idleMs: number;
}

export const usualPatience: S3Patience = { attemptMs: 10_000, retryForMs: 15_000, idleMs: 10_000 };
