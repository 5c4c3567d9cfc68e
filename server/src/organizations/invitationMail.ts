import type { Mail } from "../platform/mail/mail.ts";

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

/** Names are chosen by people: none can write paragraphs of a mail of ours. */
function oneLine(name: string): string {
  const plain = name.replace(/[\p{C}\s]+/gu, " ").trim();
  return plain.length > 100 ? `${plain.slice(0, 99).toWellFormed()}…` : plain;
}
