import { type Declared, may, query } from "../expectation.ts";

/** No job has it: what becomes of jobs is shown in server/test/system/jobs.test.ts. */
const job = () => ({ params: { job: "00000000-0000-4000-8000-000000000000" } });

/** Background work of the whole installation. */
export const system: Declared = {
  "GET /api/admin/jobs/queues/": may("install"),
  "GET /api/admin/jobs/": may("install", () => ({}), {
    also: [query(({ organization }) => ({ organization_id: organization, state: "completed" }))],
  }),
  "GET /api/admin/jobs/{job}/": may("install", job, { success: 404 }),
  "POST /api/admin/jobs/{job}/retry/": may("install", job, { success: 404 }),
  "POST /api/admin/jobs/{job}/cancel/": may("install", job, { success: 404 }),
};
