/** What other domains may use of accounts, beside who asks (actor.ts) and what they may do (policy.ts). */
export type { Auth } from "./auth.ts";
export type { PasswordRules } from "./passwords.ts";
export { addMember, findUser, insertOrganization, insertUser } from "./queries.ts";
export { signInNow } from "./signInNow.ts";
