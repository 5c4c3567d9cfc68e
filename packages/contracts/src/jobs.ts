import Type, { type Static } from "typebox";
import { Id, Nullable, Timestamp } from "./common.ts";

/** Kinds of background work. */
export const JobQueue = Type.Union([
  Type.Literal("ingest"),
  Type.Literal("assemble"),
  Type.Literal("reread"),
  Type.Literal("train"),
  Type.Literal("predict"),
  Type.Literal("import"),
  Type.Literal("mail"),
  Type.Literal("verify"),
  Type.Literal("abandoned"),
  Type.Literal("sweep"),
  Type.Literal("expire"),
  Type.Literal("retention"),
  Type.Literal("scrub"),
  Type.Literal("look_again"),
  Type.Literal("anchor"),
]);
export type JobQueue = Static<typeof JobQueue>;

export const JobState = Type.Union(
  [
    Type.Literal("waiting"),
    Type.Literal("retrying"),
    Type.Literal("active"),
    Type.Literal("completed"),
    Type.Literal("failed"),
    Type.Literal("cancelled"),
  ],
  {
    description:
      "`retrying` waits to be begun again; `failed` is tried no more by itself, and stays listed until somebody retries it or it expires.",
  },
);
export type JobState = Static<typeof JobState>;

const Counted = Type.Integer({ minimum: 0, maximum: 5_000, description: "5,000: that many or more." });
const Seconds = Nullable(Type.Number({ minimum: 0 }));

export const QueueFigures = Type.Object({
  queue: JobQueue,
  waiting: Counted,
  retrying: Counted,
  active: Counted,
  failed: Counted,
  oldest_waiting_s: Nullable(
    Type.Number({
      minimum: 0,
      description: "For how long the oldest job could have been begun. Null: none waits.",
    }),
  ),
  done_last_hour: Nullable(
    Type.Integer({
      minimum: 0,
      maximum: 5_000,
      description: "5,000: that many or more. Null: nothing is kept of what is done.",
    }),
  ),
  done_last_day: Nullable(Type.Integer({ minimum: 0, maximum: 5_000 })),
  failed_last_hour: Counted,
  failed_last_day: Counted,
  median_s: Seconds,
  p95_s: Seconds,
});
export type QueueFigures = Static<typeof QueueFigures>;

export const JobsQuery = Type.Object({
  queue: Type.Optional(JobQueue),
  state: Type.Optional(JobState),
  organization_id: Type.Optional(Id),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 200, default: 50 })),
  before: Type.Optional(
    Type.String({
      pattern: "^\\d{1,17}_[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
      maxLength: 60,
      description:
        "Only jobs made before this one: how `Link: rel=next` goes on, at the same cost on any page.",
    }),
  ),
});
export type JobsQuery = Static<typeof JobsQuery>;

export const JobParams = Type.Object({
  job: Type.String({ pattern: "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", maxLength: 36 }),
});

/** Background work as administrators of the installation see it: whose it is, and nothing of what is in it. */
export const Job = Type.Object({
  id: Type.String(),
  queue: JobQueue,
  state: JobState,
  created_at: Timestamp,
  started_at: Nullable(Timestamp),
  finished_at: Nullable(Timestamp),
  run_after: Nullable(Timestamp),
  tries: Type.Integer({ minimum: 0 }),
  most_tries: Type.Integer({ minimum: 1 }),
  organization: Nullable(Id),
  organization_name: Nullable(Type.String()),
  project: Nullable(Id),
  user: Nullable(Id),
  user_name: Nullable(Type.String()),
  subject: Nullable(Type.String({ description: "What it is about: `dataset 12`." })),
  progress: Nullable(
    Type.Number({ minimum: 0, maximum: 100, description: "Percent, where the work tells it." }),
  ),
  error: Nullable(Type.String({ description: "Why it failed the last time." })),
  expires_at: Nullable(
    Type.String({ format: "date-time", maxLength: 64, description: "When a finished job is forgotten." }),
  ),
  can_retry: Type.Boolean(),
  can_cancel: Type.Boolean(),
});
export type Job = Static<typeof Job>;
