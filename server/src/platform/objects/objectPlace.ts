import { isAbsolute } from "node:path";

/** A place where objects lie, named the same in every process of an installation. */
export type ObjectPlace =
  | {
      readonly kind: "folder";
      readonly name: string /** Null: in the data folder. */;
      readonly path: string | null;
    }
  | { readonly kind: "s3"; readonly name: string; readonly bucket: string; readonly prefix: string };

const bucketForm = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const prefixForm = /^([A-Za-z0-9_.=-]+\/)*$/;

/** Null unless each, by commas, is `folder`, a whole path or `s3://bucket/prefix`, and none stands twice. */
export function parsePlaces(text: string): readonly ObjectPlace[] | null {
  const places = text.split(",").map((part) => parsePlace(part.trim()));
  if (!places.every((place) => place !== null)) return null;
  return new Set(places.map(({ name }) => name)).size === places.length ? places : null;
}

export function parsePlace(text: string): ObjectPlace | null {
  if (text === "folder") return { kind: "folder", name: text, path: null };
  if (!text.startsWith("s3://")) {
    return isAbsolute(text) ? { kind: "folder", name: text, path: text } : null;
  }
  const [bucket = "", ...rest] = text.slice("s3://".length).replace(/\/$/, "").split("/");
  const prefix = rest.map((part) => `${part}/`).join("");
  if (!bucketForm.test(bucket) || !prefixForm.test(prefix)) return null;
  return { kind: "s3", name: `s3://${[bucket, ...rest].join("/")}`, bucket, prefix };
}
