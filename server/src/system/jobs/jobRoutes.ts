import { Job, JobParams, JobsQuery, QueueFigures } from "@magtrace/contracts";
import type { FastifyReply, FastifyRequest } from "fastify";
import Type from "typebox";
import { type Route, route } from "../../http/route.ts";
import * as jobs from "./jobs.ts";

export function jobRoutes(deps: jobs.JobsDeps): Route[] {
  return [
    route({
      method: "GET",
      path: "/api/admin/jobs/queues/",
      permission: "installation.manage",
      summary:
        "How each kind of background work does: what waits and for how long, what failed, how long it takes",
      schemas: { response: Type.Array(QueueFigures) },
      handler: ({ actor }) => jobs.readQueues(deps, actor),
    }),
    route({
      method: "GET",
      path: "/api/admin/jobs/",
      permission: "installation.manage",
      summary: "List background work of the whole installation, the newest first",
      schemas: { query: JobsQuery, response: Type.Array(Job) },
      handler: async ({ actor, query, raw, reply }) =>
        sendJobs(raw, reply, await jobs.listedJobs(deps, actor, query)),
    }),
    route({
      method: "GET",
      path: "/api/admin/jobs/{job}/",
      permission: "installation.manage",
      summary: "Read one job",
      schemas: { params: JobParams, response: Job },
      handler: ({ actor, params }) => jobs.readJob(deps, actor, params.job),
    }),
    route({
      method: "POST",
      path: "/api/admin/jobs/{job}/retry/",
      permission: "installation.manage",
      summary: "Have a job that failed or was cancelled done again",
      schemas: { params: JobParams, response: Job },
      handler: ({ actor, params }) => jobs.retryJob(deps, actor, params.job),
    }),
    route({
      method: "POST",
      path: "/api/admin/jobs/{job}/cancel/",
      permission: "installation.manage",
      summary: "Cancel a job that waits or is being done; it can be retried",
      schemas: { params: JobParams, response: Job },
      handler: ({ actor, params }) => jobs.cancelJob(deps, actor, params.job),
    }),
  ];
}

/** The next page begins where this one ended, so that it costs the same however far back it is. */
function sendJobs(request: FastifyRequest, reply: FastifyReply, { jobs, next }: jobs.JobPage): Job[] {
  if (next !== null) {
    const url = new URL(request.url, "http://localhost");
    url.searchParams.set("before", next);
    reply.header("Link", `<${url.pathname}${url.search}>; rel="next"`);
  }
  return jobs;
}
