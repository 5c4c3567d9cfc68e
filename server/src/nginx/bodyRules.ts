import type { Config } from "../config.ts";

/** Routes of one kind of body, as a regular expression of nginx and of JavaScript alike. */
export interface BodyRule {
  readonly what: string;
  readonly path: string;
  readonly mib: number;
}

/** What a form adds to its file, MiB; the api allows the same. */
export const FORM_MIB = 2;
/** Bodies of all other routes, MiB: the api's usual bound. */
export const USUAL_MIB = 1;

type Limits = Pick<Config, "UPLOAD_MAX_MIB" | "UPLOAD_MAX_DECOMPRESSED_MIB">;

/** Every route that takes more than the usual body. A test holds them to what the routes declare. */
export function bodyRules(config: Limits): BodyRule[] {
  return [
    {
      what: "Recordings, whole or resumably",
      path: "^/api/datasets/(upload/?$|inspect/?$|uploads(/|$))",
      mib: config.UPLOAD_MAX_MIB + FORM_MIB,
    },
    {
      what: "Exported projects",
      path: "^/api/projects/import_project/?$",
      mib: config.UPLOAD_MAX_DECOMPRESSED_MIB + FORM_MIB,
    },
    { what: "Files of labels", path: "^/api/annotations/import/?$", mib: 16 },
    { what: "Predictions and reviews of many intervals", path: "^/api/predictions(/|$)", mib: 16 },
    { what: "Many labels at once", path: "^/api/(annotations|labels)/bulk_create/?$", mib: 8 },
    { what: "Models", path: "^/api/user-models(/|$)", mib: 5 },
  ];
}
