import type { FastifyInstance, FastifyRequest } from "fastify";
import type { Registry } from "prom-client";
import type { Actor } from "../access/actor.ts";
import type { Statement } from "../platform/database/batch.ts";
import type { DiskSpace } from "../platform/disk/diskSpace.ts";
import type { RequestLimits } from "../platform/limits/requestLimits.ts";
import type { Log } from "../platform/logs/log.ts";
import type { SecurityLog } from "../platform/logs/securityLog.ts";
import type { Bounds } from "./connection/bounds.ts";
import type { TrustProxy } from "./connection/trustProxy.ts";
import type { Route } from "./route.ts";

export interface AppOptions {
  readonly log: Log;
  /** Where requests are counted; nowhere in a test that is about something else. */
  readonly metrics?: Registry;
  readonly version: string;
  readonly routes: readonly Route[];
  /** `ahead`: what to read in the same round trip, by the rights of whoever asks. */
  readonly authenticate: (request: FastifyRequest, ahead?: Statement | null) => Promise<Actor | null>;
  /** Puts into the audit what was read without a transaction of the actor's own. Before the answer is sent. */
  readonly auditRead?: (actor: Actor) => Promise<void>;
  /** Address users type, known once the port is. */
  readonly publicOrigin: () => string;
  /** What the tokens of sessions against forged requests are made from. */
  readonly csrfSecret: Uint8Array;
  /** Whether users reach us under https. */
  readonly overHttps?: boolean;
  readonly securityLog?: SecurityLog;
  /** Aborted when others are to take over. */
  readonly draining?: AbortSignal;
  /** Aborted when the server is asked to stop. */
  readonly stopping?: AbortSignal;
  /** Hold every answer to its schema; in tests. */
  readonly checkResponses?: boolean;
  /** Whose X-Forwarded-For counts; nobody's by default. */
  readonly trustProxy?: TrustProxy;
  readonly bounds?: Partial<Bounds>;
  /** None where a test is about something else. */
  readonly limits?: RequestLimits;
  /** None where a test is about something else. */
  readonly disk?: DiskSpace;
  /** Parts that are not routes of the interface: sign-in pages, the web app. */
  readonly mount?: (app: FastifyInstance) => Promise<void>;
}
