import fc from "fast-check";
import { PASSWORD } from "./guests.ts";
import type { Late } from "./lateValues.ts";
import type { Field } from "./multipartArbitrary.ts";
import type { PickId } from "./valueArbitrary.ts";

/** Who sends a request, where that is not one of the team with a token. */
export type Sender = "nobody" | "host" | "guestWithToken" | "guestWithCookie" | "guestWithSecondFactor";

/** A request that succeeds, where no schema says what that takes. */
export interface Meant {
  readonly sender?: Sender;
  readonly path?: Readonly<Record<string, Late>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: (pickId: PickId) => fc.Arbitrary<unknown>;
  readonly form?: readonly Field[];
  readonly headers?: (pickId: PickId) => fc.Arbitrary<Record<string, string>>;
  /** A body that is none of JSON. */
  readonly bytes?: string;
}

const late = (name: Late): Late => name;
const exactly = (body: object) => () => fc.constant(body);
const NEW_PASSWORD = "another horse battery";
const withPassword: Meant = { sender: "guestWithCookie", body: exactly({ password: PASSWORD }) };

const TUS = { "tus-resumable": "1.0.0" };

/** By operation. */
export const meantRequests: Readonly<Record<string, Meant>> = {
  "POST /api/auth/sign-in/email": {
    sender: "nobody",
    body: exactly({ email: late("LATE_EMAIL"), password: PASSWORD }),
  },
  "POST /api/auth/sign-in/oauth2": { sender: "nobody", body: exactly({ providerId: "sso" }) },
  "GET /api/auth/callback/sso": { sender: "nobody" },
  "POST /api/auth/sign-up/email": {
    sender: "nobody",
    body: exactly({ name: "Eve", email: late("LATE_ADDRESS"), password: PASSWORD }),
  },
  "POST /api/auth/sign-out": { sender: "guestWithCookie" },
  "POST /api/auth/request-password-reset": {
    sender: "nobody",
    body: exactly({ email: late("LATE_EMAIL") }),
  },
  "POST /api/auth/reset-password": {
    sender: "nobody",
    body: exactly({ token: late("LATE_RESET_TOKEN"), newPassword: NEW_PASSWORD }),
  },
  "POST /api/auth/send-verification-email": {
    sender: "nobody",
    body: exactly({ email: late("LATE_EMAIL") }),
  },
  "GET /api/auth/verify-email": { sender: "nobody", query: { token: late("LATE_VERIFY_TOKEN") } },
  "POST /api/auth/change-password": {
    sender: "guestWithCookie",
    body: exactly({ currentPassword: PASSWORD, newPassword: NEW_PASSWORD }),
  },
  "POST /api/auth/two-factor/enable": withPassword,
  "POST /api/auth/two-factor/disable": withPassword,
  "POST /api/auth/two-factor/verify-totp": {
    sender: "guestWithCookie",
    body: exactly({ code: late("LATE_TOTP_CODE") }),
  },
  "POST /api/auth/two-factor/verify-backup-code": {
    sender: "guestWithCookie",
    body: exactly({ code: late("LATE_BACKUP_CODE") }),
  },
  "POST /api/auth/two-factor/generate-backup-codes": { ...withPassword, sender: "guestWithSecondFactor" },
  "POST /api/me/delete/": { sender: "guestWithToken", body: exactly({ password: PASSWORD }) },
  "GET /api/admin/jobs/{job}/": { path: { job: "LATE_JOB" } },
  "POST /api/admin/jobs/{job}/retry/": { path: { job: "LATE_CANCELLED_JOB" } },
  "POST /api/admin/jobs/{job}/cancel/": { path: { job: "LATE_JOB" } },
  "DELETE /api/sessions/{id}/": { sender: "guestWithToken", path: { id: "LATE_SESSION" } },
  "POST /api/invitations/look/": { body: exactly({ token: late("LATE_INVITATION_TOKEN") }) },
  "POST /api/invitations/accept/": {
    sender: "guestWithToken",
    body: exactly({ token: late("LATE_OWN_INVITATION_TOKEN") }),
  },
  "POST /api/invitations/register/": {
    sender: "nobody",
    body: exactly({ token: late("LATE_INVITATION_TOKEN"), name: "Eve", password: PASSWORD }),
  },
  "DELETE /api/organizations/{id}/invitations/{invitation}/": {
    sender: "host",
    path: { id: "LATE_INVITED_TO", invitation: "LATE_INVITATION_ID" },
  },
  "PATCH /api/organizations/{id}/": {
    sender: "host",
    path: { id: "LATE_INVITED_TO" },
    body: exactly({ require_two_factor: false }),
  },
  "POST /api/organizations/{id}/transfer/": {
    sender: "host",
    path: { id: "LATE_SHARED_ORGANIZATION" },
    body: exactly({ user: late("LATE_MEMBER_ID") }),
  },
  "POST /api/projects/{id}/transfer/": {
    sender: "host",
    path: { id: "LATE_SHARED_PROJECT" },
    body: exactly({ user: late("LATE_MEMBER_ID") }),
  },
  "DELETE /api/projects/{id}/members/{user}/": {
    sender: "host",
    path: { id: "LATE_SHARED_PROJECT", user: "LATE_MEMBER_ID" },
  },
  "POST /api/projects/import_project/": {
    form: [
      { name: "organization", content: late("LATE_ORGANIZATION") },
      { name: "file", filename: "survey.magtrace.zip", content: late("LATE_ARCHIVE") },
    ],
  },
  "POST /api/datasets/uploads/": {
    headers: (pickId) =>
      fc.nat().map((number) => ({
        ...TUS,
        "upload-length": "9",
        "upload-metadata": `project ${btoa(String(pickId("projects", number)))}`,
      })),
  },
  "PATCH /api/datasets/uploads/{id}/": {
    headers: () =>
      fc.constant({ ...TUS, "upload-offset": "0", "content-type": "application/offset+octet-stream" }),
    bytes: "1,2,3",
  },
  "POST /api/annotations/import/": {
    body: (pickId) =>
      fc.nat().map((number) => ({
        dataset: pickId("datasets", number),
        csv: "start_index,end_index,category\n1,20,Motor\n",
        create_categories: true,
      })),
  },
};
