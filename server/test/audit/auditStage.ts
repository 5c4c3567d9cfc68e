import type { Annotation, AuditEntry, AuditVerdict, Category, Dataset, Project } from "@magtrace/contracts";
import pg from "pg";
import type { suiteCleanup } from "../support/suiteCleanup.ts";
import { type ApiCaller, startTestInstallation, type TestInstallation } from "../support/testInstallation.ts";

const READINGS = "timestamp_pc,b_x,b_y,b_z\n1,2,3,4\n2,2,3,4\n3,3,3,3\n";

/** An organisation with a project, a dataset and a label; and the owner's connection to its database. */
export interface AuditStage {
  readonly installation: TestInstallation;
  readonly owner: ApiCaller;
  readonly sql: pg.Client;
  readonly organizationId: number;
  readonly project: Project;
  readonly dataset: Dataset;
  readonly category: Category;
  newLabel(): Promise<Annotation>;
  entries(query?: string): Promise<AuditEntry[]>;
  verdict(): Promise<AuditVerdict>;
}

export async function startAuditStage(cleanup: ReturnType<typeof suiteCleanup>): Promise<AuditStage> {
  const installation = await startTestInstallation(cleanup);
  const owner = await installation.addUser({ name: "ada", organization: "North" });
  const sql = new pg.Client({ connectionString: installation.database.ownerUrl });
  await sql.connect();
  cleanup.after(() => sql.end());
  const { body: project } = await owner.call<Project>("POST", "/api/projects/", { name: "Survey" });
  const { body: dataset } = await owner.upload<Dataset>(project.id, { name: "a.csv", bytes: READINGS });
  const categories = await owner.call<Category[]>("GET", `/api/label-categories/?project_id=${project.id}`);
  return {
    installation,
    owner,
    sql,
    organizationId: project.organization,
    project,
    dataset,
    category: categories.body[0]!,
    async newLabel() {
      const label = { dataset: dataset.id, category: categories.body[0]!.id, start_index: 0, end_index: 1 };
      return (await owner.call<Annotation>("POST", "/api/annotations/", label)).body;
    },
    async entries(query = "") {
      return (await owner.call<AuditEntry[]>("GET", `/api/audit/?limit=1000${query}`)).body;
    },
    async verdict() {
      return (await owner.call<AuditVerdict>("GET", "/api/audit/verify/")).body;
    },
  };
}
