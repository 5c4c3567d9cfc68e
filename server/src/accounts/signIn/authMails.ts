import type { Mailer } from "../../platform/mail/mailer.ts";

interface Person {
  readonly name: string;
  readonly email: string;
}

/** The mails about one's own account. */
export interface AuthMails {
  verification(person: Person, token: string): void;
  passwordReset(person: Person, token: string): void;
  /** Somebody tried to make an account for an address that has one; their page said what it always says. */
  existingAccount(person: Person): void;
}

export function authMails(mailer: Pick<Mailer, "queueSoon">, publicOrigin: () => string): AuthMails {
  const link = (page: string, token: string) =>
    `${publicOrigin()}/app/${page}?token=${encodeURIComponent(token)}`;
  return {
    verification: ({ name, email }, token) =>
      mailer.queueSoon({
        to: email,
        subject: "Confirm your e-mail address for MagTrace",
        text: `Hello ${name},

somebody, hopefully you, made a MagTrace account with this address. Confirm it here, within a day:

${link("verify-email", token)}

If it was not you, there is nothing to do.
`,
      }),
    passwordReset: ({ name, email }, token) =>
      mailer.queueSoon({
        to: email,
        subject: "Choose a new password for MagTrace",
        text: `Hello ${name},

somebody, hopefully you, asked for a new password. Choose one here, within an hour; the link is good once:

${link("reset-password", token)}

If it was not you, your password stays as it is and there is nothing to do.
`,
      }),
    existingAccount: ({ name, email }) =>
      mailer.queueSoon({
        to: email,
        subject: "You have a MagTrace account already",
        text: `Hello ${name},

somebody, hopefully you, tried to make a MagTrace account with this address. There is one already: sign in, or choose
a new password if you have forgotten yours:

${publicOrigin()}/app/forgot-password

If it was not you, there is nothing to do.
`,
      }),
  };
}
