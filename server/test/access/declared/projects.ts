import { body, type Declared, may, ownMembership, query } from "../expectation.ts";

const CSV = "timestamp_pc,b_x,b_y,b_z\n0,1,2,3\n1,2,3,4\n";
const base64 = (value: number) => Buffer.from(String(value)).toString("base64");

/** Projects with their members, datasets, readings and reading profiles. */
export const projects: Declared = {
  "GET /api/projects/{id}/members/": may("read"),
  "PUT /api/projects/{id}/members/{user}/": may(
    "members",
    body(() => ({ role: "viewer" })),
  ),
  "DELETE /api/projects/{id}/members/{user}/": [
    may("members"),
    // Whoever is named in it may leave, as who founded it is; an admin of the organisation need not be.
    may("members", ownMembership, {
      but: {
        viewer: "ok",
        collaborator: "ok",
        organizationAdmin: 409,
      },
    }),
  ],
  "POST /api/projects/{id}/transfer/": may(
    "members",
    body(({ user }) => ({ user })),
  ),

  "GET /api/projects/": may("own"),
  "POST /api/projects/": may(
    "found",
    body(({ organization }) => ({ name: "New", organization })),
  ),
  "GET /api/projects/{id}/": may("read"),
  "PUT /api/projects/{id}/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "PATCH /api/projects/{id}/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "DELETE /api/projects/{id}/": may("manage"),
  "POST /api/projects/{id}/restore/": may("manage"),
  "GET /api/projects/{id}/statistics/": may("read"),
  "GET /api/projects/{id}/export/": may("read"),
  "POST /api/projects/import_project/": may("found", ({ ids }) => ({
    form: { fields: { organization: String(ids.organization) }, file: "not looked at yet" },
  })),
  "GET /api/events/": may(
    "read",
    query(({ project }) => ({ project_id: project })),
  ),

  "GET /api/datasets/": may("own"),
  "POST /api/datasets/upload/": may("write", ({ ids }) => ({
    form: { fields: { project: String(ids.project), profile: String(ids.profile) }, file: CSV },
  })),
  "POST /api/datasets/inspect/": may("write", ({ ids }) => ({
    form: { fields: { project: String(ids.project), profile: String(ids.profile) }, file: CSV },
  })),
  "OPTIONS /api/datasets/uploads/": may("open"),
  "GET /api/datasets/uploads/": may("own"),
  "POST /api/datasets/uploads/": may("write", ({ ids }) => ({
    headers: {
      "tus-resumable": "1.0.0",
      "upload-length": "9",
      "upload-metadata": `project ${base64(ids.project)},profile ${base64(ids.profile)}`,
    },
  })),
  "GET /api/datasets/uploads/{id}/": may("read", undefined, { ownersAlone: true }),
  "PATCH /api/datasets/uploads/{id}/": may(
    "write",
    () => ({
      headers: {
        "tus-resumable": "1.0.0",
        "upload-offset": "0",
        "content-type": "application/offset+octet-stream",
      },
      bytes: "b_x,",
    }),
    { ownersAlone: true },
  ),
  "DELETE /api/datasets/uploads/{id}/": may("write", undefined, { ownersAlone: true }),
  "GET /api/datasets/{id}/": may("read"),
  "PUT /api/datasets/{id}/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "PATCH /api/datasets/{id}/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "DELETE /api/datasets/{id}/": may("write"),
  "POST /api/datasets/{id}/reread/": may(
    "write",
    body(() => ({ mapping: null })),
  ),
  // Its file has been read: who may do it is told so.
  "POST /api/datasets/{id}/retry/": may(
    "write",
    body(() => ({})),
    { success: 409 },
  ),
  "GET /api/datasets/{id}/rereads/": may("read"),
  "GET /api/datasets/{id}/statistics/": may("read"),
  "GET /api/datasets/{id}/quality/": may("read"),
  "GET /api/datasets/{id}/data/": may(
    "read",
    query(() => ({ max_points: 10 })),
  ),
  "GET /api/datasets/{id}/download/": may("read"),
  "GET /api/datasets/{id}/series/": may("read"),
  "GET /api/readings/": may(
    "read",
    query(({ dataset }) => ({ dataset_id: dataset, limit: 3 })),
  ),

  "GET /api/reading-profiles/": may("own"),
  "POST /api/reading-profiles/": may(
    "write",
    body(({ project }) => ({ project, name: "New", header: ["new"], mapping: {} })),
  ),
  "GET /api/reading-profiles/{id}/": may("read"),
  "PATCH /api/reading-profiles/{id}/": may(
    "write",
    body(() => ({ mapping: { unit: "nT" } })),
  ),
  "DELETE /api/reading-profiles/{id}/": may("write"),
};
