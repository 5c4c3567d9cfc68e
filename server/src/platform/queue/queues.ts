/** What a job carries: whose work it is, for whom, and the row it is about. Never data of users. */
export interface JobData {
  readonly organizationId: number;
  readonly projectId: number;
  readonly userId: number;
  /** The dataset, session, prediction … this job is for. */
  readonly id: number;
}

const DAY_SECONDS = 86_400;

/**
 * A worker proves every few seconds that it lives. One that has been silent for `heartbeatSeconds` has crashed: its
 * job is given to another, which goes on from what the first left behind.
 */
const longWork = {
  expireInSeconds: DAY_SECONDS - 1,
  heartbeatSeconds: 10,
  retryLimit: 5,
  retryDelay: 1,
  retryBackoff: true,
  retryDelayMax: 60,
  deleteAfterSeconds: 7 * DAY_SECONDS,
  notify: true,
} as const;

export const queues = {
  ingest: longWork,
  train: longWork,
  predict: longWork,
  sweep: { ...longWork, retryLimit: 0 },
} as const;

export type QueueName = keyof typeof queues;
