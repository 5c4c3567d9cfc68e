import { AppError } from "../../errors.ts";

/** Looks for malware in bytes as they pass. */
export interface Scanner {
  /** @throws ScannerUnavailable */
  begin(): Promise<Scan>;
  /** @throws ScannerUnavailable when nobody answers. */
  ping(): Promise<void>;
}

/** Of one file. */
export interface Scan {
  /** Resolves when more can be taken. @throws ScannerUnavailable */
  write(chunk: Uint8Array): Promise<void>;
  /** @returns the name of what was found, or null. @throws ScannerUnavailable without a verdict. */
  verdict(): Promise<string | null>;
  /** Nobody wants to know any more. */
  abandon(): void;
}

/** There is no verdict on a file, so it is not taken for clean. */
export class ScannerUnavailable extends AppError {
  /**
   * @param message For users: what the scanner does.
   * @param why For the log.
   */
  constructor(message: string, why: string, cause?: unknown) {
    super("dependency_unavailable", message, { cause: new Error(`clamd: ${why}`, { cause }) });
    this.name = "ScannerUnavailable";
  }
}
