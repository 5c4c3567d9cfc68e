import { QUEUE_SCHEMA } from "./queues.ts";

/** The organisation a job is of, by its group: `12:3` is user 3 of organisation 12; see turns.ts. */
export const ORGANIZATION_OF_GROUP = `split_part(group_id, ':', 1)`;

/** Pages of jobs of a queue and a state, of all organisations and of one: the newest first, however many there are. */
export const JOB_INDICES = `
  CREATE INDEX IF NOT EXISTS magtrace_jobs_listed
    ON ${QUEUE_SCHEMA}.job_common (name, state, created_on, id);
  CREATE INDEX IF NOT EXISTS magtrace_jobs_of_organization
    ON ${QUEUE_SCHEMA}.job_common (${ORGANIZATION_OF_GROUP}, name, state, created_on, id) WHERE group_id IS NOT NULL;`;
