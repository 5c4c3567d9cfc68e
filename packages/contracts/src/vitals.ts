import Type, { type Static } from "typebox";

/** Pages of the web app by the template of their address; other where it is none of them. */
export const webPages = [
  "/",
  "/account",
  "/administration",
  "/administration/audit",
  "/administration/jobs",
  "/administration/organizations",
  "/forgot-password",
  "/invitation",
  "/organizations/$organizationId",
  "/organizations/$organizationId/audit",
  "/organizations/$organizationId/invitations",
  "/organizations/$organizationId/settings",
  "/projects",
  "/projects/$projectId",
  "/projects/$projectId/audit",
  "/projects/$projectId/categories",
  "/projects/$projectId/datasets/$datasetId",
  "/projects/$projectId/predictions",
  "/projects/$projectId/predictions/$predictionId",
  "/projects/$projectId/settings",
  "/projects/$projectId/training",
  "/projects/$projectId/training/$sessionId",
  "/register",
  "/reset-password",
  "/setup",
  "/sign-in",
  "/verify-email",
  "other",
] as const;
export type WebPage = (typeof webPages)[number];

const HOUR_MS = 3_600_000;

/** How a browser fared with a page: one value each, once a visit. */
export const WebVitals = Type.Object({
  page: Type.Enum(webPages),
  lcp_ms: Type.Optional(
    Type.Number({ minimum: 0, maximum: HOUR_MS, description: "Until its largest part was painted." }),
  ),
  inp_ms: Type.Optional(
    Type.Number({ minimum: 0, maximum: HOUR_MS, description: "Of its slowest answer to an input." }),
  ),
  cls: Type.Optional(
    Type.Number({
      minimum: 0,
      maximum: 1_000,
      description: "How far its parts moved unasked, without unit.",
    }),
  ),
});
export type WebVitals = Static<typeof WebVitals>;
