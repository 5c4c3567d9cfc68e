import { parseTrustProxy, type TrustProxy } from "./http/connection/trustProxy.ts";
import { type ObjectPlace, parsePlace, parsePlaces } from "./platform/objects/objectPlace.ts";

/** One environment variable: how it is read, what stands in for it, and the line docs/operations.md has about it. */
export interface Variable<T> {
  readonly doc: string;
  readonly fallback: string;
  readonly secret?: true;
  readonly read: (text: string) => T;
}

export class Fault extends Error {}

export function text(fallback: string, doc: string): Variable<string> {
  return { doc, fallback, read: (value) => value };
}

export function secretText(doc: string): Variable<string> {
  return { doc, fallback: "", secret: true, read: (value) => value };
}

export function integer(fallback: number, [least, most]: [number, number], doc: string): Variable<number> {
  return {
    doc,
    fallback: String(fallback),
    read: (value) => {
      const number = Number(value);
      if (!/^-?\d+$/.test(value) || number < least || number > most) {
        throw new Fault(`must be a whole number from ${least} to ${most}, not "${value}"`);
      }
      return number;
    },
  };
}

export function perMinute(fallback: number, what: string): Variable<number> {
  return integer(fallback, [0, 10_000_000], `Requests per minute and user for ${what}. 0: no limit.`);
}

export function oneOf<T extends string>(choices: readonly T[], fallback: T, doc: string): Variable<T> {
  return {
    doc,
    fallback,
    read: (value) => {
      const found = choices.find((choice) => choice === value);
      if (found === undefined) throw new Fault(`must be one of ${choices.join(", ")}, not "${value}"`);
      return found;
    },
  };
}

export function flag(fallback: boolean, doc: string): Variable<boolean> {
  const choice = oneOf(["true", "false"], fallback ? "true" : "false", doc);
  return { ...choice, read: (value) => choice.read(value) === "true" };
}

/** The URL of a service, with its password, or nothing. */
function serviceUrl(protocol: RegExp, example: string, doc: string): Variable<string> {
  return {
    doc,
    fallback: "",
    secret: true,
    read: (value) => {
      if (value === "") return value;
      const url = URL.parse(value);
      if (!url || !protocol.test(url.protocol)) throw new Fault(`must be a URL like ${example}`);
      return value;
    },
  };
}

export function postgresUrl(doc: string): Variable<string> {
  return serviceUrl(/^postgres(ql)?:$/, "postgresql://user:password@host:5432/name", doc);
}

export function redisUrl(doc: string): Variable<string> {
  return serviceUrl(/^rediss?:$/, "redis://user:password@host:6379/0", doc);
}

export function smtpUrl(doc: string): Variable<string> {
  return serviceUrl(/^smtps?:$/, "smtps://user:password@host:465", doc);
}

export function objectPlaces(doc: string): Variable<readonly ObjectPlace[]> {
  return {
    doc,
    fallback: "folder",
    read: (value) => {
      const places = parsePlaces(value);
      if (places !== null) return places;
      throw new Fault(`must be folder, a folder's whole path or s3://bucket/prefix, not "${value}"`);
    },
  };
}

/** A place that is not inside the data folder; null for none. */
export function backupPlace(doc: string): Variable<ObjectPlace | null> {
  return {
    doc,
    fallback: "",
    read: (value) => {
      const place = value === "" ? null : parsePlace(value);
      if (place !== null ? place.name !== "folder" : value === "") return place;
      throw new Fault(`must be a folder's whole path or s3://bucket/prefix, not "${value}"`);
    },
  };
}

/** A time of day as HH:MM; empty for never. */
export function timeOfDay(doc: string): Variable<string> {
  return {
    doc,
    fallback: "",
    read: (value) => {
      if (value === "" || /^([01]\d|2[0-3]):[0-5]\d$/.test(value)) return value;
      throw new Fault(`must be a time of day as 02:30, not "${value}"`);
    },
  };
}

/** An address with or without a path, and without a password. */
export function serviceAddress(doc: string): Variable<string> {
  return {
    doc,
    fallback: "",
    read: (value) => {
      const url = URL.parse(value);
      if (value !== "" && (!url || !/^https?:$/.test(url.protocol) || url.username !== "")) {
        throw new Fault(`must be an address like https://s3.example, not "${value}"`);
      }
      return value;
    },
  };
}

export function trustedProxies(doc: string): Variable<TrustProxy> {
  return {
    doc,
    fallback: "",
    read: (value) => {
      const trusted = parseTrustProxy(value);
      if (trusted === null) {
        throw new Fault(`must be addresses like 10.0.0.1,10.1.0.0/16 or a number of proxies, not "${value}"`);
      }
      return trusted;
    },
  };
}

export function webOrigin(doc: string): Variable<string> {
  return {
    doc,
    fallback: "",
    read: (value) => {
      if (value === "") return value;
      const url = URL.parse(value);
      if (!url || !/^https?:$/.test(url.protocol) || url.pathname !== "/") {
        throw new Fault(`must be an address like https://magtrace.example, without a path, not "${value}"`);
      }
      return url.origin;
    },
  };
}
