/** What other domains may use of accounts, beside who asks (actor.ts) and what they may do (policy.ts). */

export {
  addMember,
  findUser,
  insertOrganization,
  insertUser,
  requireRoomForOrganization,
} from "./queries.ts";
export type { Auth } from "./signIn/auth.ts";
export type { PasswordRules } from "./signIn/passwords.ts";
export { signInNow } from "./signIn/signInNow.ts";
