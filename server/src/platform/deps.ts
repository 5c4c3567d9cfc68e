import type pg from "pg";
import type { Config } from "../config.ts";
import type { JobTickets } from "./database/jobTickets.ts";
import type { DiskSpace } from "./disk/diskSpace.ts";
import type { EventSource } from "./events/events.ts";
import type { Limiters } from "./limits/createLimiters.ts";
import type { Log } from "./logs/log.ts";
import type { Mailer } from "./mail/mailer.ts";
import type { Metrics } from "./metrics/metrics.ts";
import type { ObjectStore } from "./objects/types.ts";
import type { JobSender } from "./queue/sender.ts";
import type { Infections } from "./scanner/infections.ts";
import type { Scanner } from "./scanner/scanner.ts";

/** What every service is handed: the parts of the platform, made once a process. */
export interface Deps {
  readonly config: Config;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Connections of the app role; use `inTransaction`. */
  readonly db: pg.Pool;
  /** Who background work is for, as the database takes it. */
  readonly tickets: JobTickets;
  readonly objects: ObjectStore;
  readonly disk: DiskSpace;
  /** Null where no virus scanner is configured. */
  readonly scanner: Scanner | null;
  readonly queue: JobSender;
  /** Null where no mail is configured. */
  readonly mail: Mailer | null;
}

/** What only the api has: it also receives events of other processes. */
export interface ApiDeps extends Deps {
  readonly infections: Infections;
  readonly events: EventSource;
  readonly limiters: Limiters;
  /** Aborted when the process stops. */
  readonly stopping: AbortSignal;
}
