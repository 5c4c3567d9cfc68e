import { QUEUE_SCHEMA } from "./queues.ts";

/** Wakes the workers of the queue `name`, as pg-boss itself does. */
export const WAKE = `pg_notify('pgboss_' || left(encode(sha224('${QUEUE_SCHEMA}'::bytea), 'hex'), 24), name)`;
