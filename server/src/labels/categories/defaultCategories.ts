import { sql } from "kysely";
import type { ProjectRef } from "../../access/policy.ts";
import type { Transaction } from "../../platform/database/transaction.ts";
import { categoryColours } from "./categoryColours.ts";

const NAMES = ["Fan noise", "Motor", "Normal", "Anomaly", "Electrical"];

/** What every new project can label with at once: keys 1 to 5, in this order. */
export async function createDefaultCategories(tx: Transaction, projectRef: ProjectRef): Promise<void> {
  const colours = categoryColours.slice(0, NAMES.length);
  await tx.run(
    sql`INSERT INTO label_categories (project_id, organization_id, name, color, sort_order, hotkey)
        SELECT ${projectRef.projectId}, ${projectRef.organizationId}, name, color, number - 1, number::text
        FROM unnest(${NAMES}::text[], ${colours}::text[]) WITH ORDINALITY AS given (name, color, number)
        ORDER BY number`,
  );
}
