import type { Mail } from "../platform/mail/mail.ts";
import { oneLine } from "./oneLine.ts";

export interface InvitationLetter {
  readonly to: string;
  readonly organization: string;
  readonly invitedBy: string;
  readonly link: string;
}

export function invitationMail({ to, organization, invitedBy, link }: InvitationLetter): Mail {
  return {
    to,
    subject: `Invitation to ${oneLine(organization)} on MagTrace`,
    text: `Hello,

${oneLine(invitedBy)} invites you into the organisation ${oneLine(organization)} on MagTrace. Join it here, within
7 days; the link is good once:

${link}

If you do not know them, there is nothing to do.
`,
  };
}
