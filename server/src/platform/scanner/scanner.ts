/** Looks for malware in bytes as they pass. */
export interface Scanner {
  begin(): Promise<Scan>;
  /** @throws AppError dependency_unavailable when nobody answers. */
  ping(): Promise<void>;
}

/** Of one file. */
export interface Scan {
  /** Resolves when more can be taken. */
  write(chunk: Uint8Array): Promise<void>;
  /** @returns the name of what was found, or null. @throws AppError dependency_unavailable without a verdict. */
  verdict(): Promise<string | null>;
  /** Nobody wants to know any more. */
  abandon(): void;
}
