import type { Mail } from "../platform/mail/mail.ts";
import { oneLine } from "./oneLine.ts";

export interface InfectionLetter {
  readonly to: string;
  readonly organization: string;
  /** Null where nobody can tell. */
  readonly uploader: string | null;
  readonly filename: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly found: string;
  /** Whether a sealed sample is kept. */
  readonly isKept: boolean;
}

/** To those who administer an organisation. */
export function infectionMail(letter: InfectionLetter): Mail {
  const { to, organization, uploader, filename, bytes, sha256, found, isKept } = letter;
  return {
    to,
    subject: `Infected file refused in ${oneLine(organization)}`,
    text: `Hello,

the virus scanner found ${oneLine(found)} in a file that was uploaded to the organisation ${oneLine(organization)} on
MagTrace. The file was refused and nobody can open it.

File: ${oneLine(filename) || "without a name"}, ${bytes} bytes
SHA-256: ${sha256}
Uploaded by: ${uploader === null ? "unknown" : oneLine(uploader)}
Sample: ${isKept ? "kept, sealed, for 30 days" : "not kept"}

Ask whoever uploaded it where it came from, and have that machine checked.
`,
  };
}
