import type { Author } from "../author.ts";

/** A file in which the scanner found something. */
export interface InfectedFile {
  readonly author: Author;
  /** Null where nobody can tell. */
  readonly organizationId: number | null;
  readonly projectId: number | null;
  readonly filename: string;
  readonly bytes: number;
  readonly sha256: string;
  /** As the scanner names it. */
  readonly found: string;
}

/** What is done about infected files, beside refusing them. */
export interface Infections {
  /** Whether the sealed file is kept as a sample. */
  readonly keepsSamples: boolean;
  /**
   * Puts it into the records, and tells those who administer its organisation. Never throws: the file is refused anyway.
   *
   * @param storedKey Where the sealed file lies, if it was written to its end. It is gone from there afterwards.
   */
  report(file: InfectedFile, storedKey: string | null): Promise<void>;
}
