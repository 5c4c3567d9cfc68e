import Type from "typebox";
import { Email } from "./accounts.ts";

/** What is sent to the routes under /api/auth/, and what they answer. */

/** One that is there already: whatever rule it was chosen under, none was ever longer. */
const GivenPassword = Type.String({ maxLength: 128 });
/** Its rules have messages of their own, because people read them. */
const NewPassword = Type.String({
  maxLength: 1000,
  description: "12 to 128 characters of any kind; not one's own name or address.",
});
/** From a mail: random, or signed and with an address in it. */
const LinkToken = Type.String({ minLength: 1, maxLength: 2000 });
/** Where a browser is sent afterwards. Only pages of our own count. */
const OwnPage = Type.String({ maxLength: 2000, description: "A page of this installation: /app/…" });

/** The answer says only that it was done; a session's token is a cookie. */
export const AuthDone = Type.Object({ status: Type.Literal(true) });

export const SignIn = Type.Object({ email: Email, password: GivenPassword });
export const SignInAnswer = Type.Union([
  AuthDone,
  Type.Object({
    twoFactorRedirect: Type.Literal(true, {
      description: "No session yet: five minutes to send a code of the second factor.",
    }),
  }),
]);

export const BeginSingleSignOn = Type.Object({
  providerId: Type.String({ maxLength: 100, description: "sso" }),
  callbackURL: Type.Optional(OwnPage),
  errorCallbackURL: Type.Optional(OwnPage),
});
export const SingleSignOnBegun = Type.Object({
  url: Type.String({ description: "The provider's page to go to." }),
});

const FromProvider = Type.Optional(Type.String({ maxLength: 4000 }));
/** RFC 6749 §4.1.2, RFC 9207 §2; what else a provider adds is left aside. */
export const SingleSignOnAnswer = Type.Object({
  code: FromProvider,
  state: FromProvider,
  iss: FromProvider,
  error: FromProvider,
  error_description: FromProvider,
});

/** Without NUL: the database would refuse it, and only where there is no account of the address yet. */
const SomebodysName = Type.String({
  minLength: 1,
  maxLength: 255,
  pattern: "^[^\\u0000]*[^\\s\\u0000][^\\u0000]*$",
});
export const SignUp = Type.Object({ name: SomebodysName, email: Email, password: NewPassword });

/** Whom a link is sent to. */
export const LinkWanted = Type.Object({ email: Email });
export const LinkFollowed = Type.Object({ token: LinkToken });
export const PasswordReset = Type.Object({ token: LinkToken, newPassword: NewPassword });

/** Whoever signs in elsewhere has no password, and leaves it out. */
export const PasswordOnceMore = Type.Object({ password: Type.Optional(GivenPassword) });
export const PasswordChange = Type.Object({ currentPassword: GivenPassword, newPassword: NewPassword });

export const SecondFactorCode = Type.Object({ code: Type.String({ minLength: 1, maxLength: 64 }) });
const BackupCodes = Type.Array(Type.String(), {
  description: "Each can be used once instead of an authenticator's code.",
});
export const SecondFactorBegun = Type.Object({
  totpURI: Type.String({ description: "For an authenticator: otpauth://totp/…" }),
  backupCodes: BackupCodes,
});
export const NewBackupCodes = Type.Object({ backupCodes: BackupCodes });
