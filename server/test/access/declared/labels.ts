import { body, type Declared, may, query } from "../expectation.ts";
import type { Tenant } from "../tenants.ts";

const rows = { start_index: 20, end_index: 29 };
const labelOf = ({ dataset, category }: Tenant["ids"]) => ({ dataset, category, ...rows });
const oldLabelOf = ({ dataset }: Tenant["ids"]) => ({ dataset, label_type: "normal", ...rows });

/** Categories and labels, also by their old name. */
export const labels: Declared = {
  "GET /api/label-categories/": may("own"),
  "POST /api/label-categories/": may(
    "write",
    body(({ project, category }) => ({ project, name: "New", parent: category })),
  ),
  "GET /api/label-categories/{id}/": may("read"),
  "PUT /api/label-categories/{id}/": may(
    "write",
    body((ids) => ({ name: "New", parent: ids.otherCategory })),
  ),
  "PATCH /api/label-categories/{id}/": may(
    "write",
    body((ids) => ({ parent: ids.otherCategory })),
  ),
  "DELETE /api/label-categories/{id}/": may("write", ({ ids }) => ({ params: { id: ids.spareCategory } })),
  "POST /api/label-categories/{id}/move_labels/": may(
    "write",
    body((ids) => ({ to: ids.otherCategory })),
  ),

  "GET /api/annotations/": may("own"),
  "POST /api/annotations/": may("write", body(labelOf)),
  "POST /api/annotations/bulk_create/": may(
    "write",
    body((ids) => ({ annotations: [labelOf(ids)] })),
    { also: [body((ids) => [labelOf(ids)])] },
  ),
  "GET /api/annotations/export/": may(
    "read",
    query(({ dataset }) => ({ dataset_id: dataset })),
  ),
  "POST /api/annotations/import/": may(
    "write",
    body(({ dataset }) => ({ dataset, annotations: [{ category: "Normal", ...rows }] })),
  ),
  "GET /api/annotations/history/": may(
    "read",
    query(({ dataset }) => ({ dataset_id: dataset })),
  ),
  "POST /api/annotations/history/{id}/undo/": may("write"),
  "POST /api/annotations/undo/": may(
    "write",
    body(({ dataset }) => ({ dataset })),
  ),
  "POST /api/annotations/redo/": may(
    "write",
    body(({ dataset }) => ({ dataset })),
  ),
  "GET /api/annotations/{id}/": may("read"),
  "PUT /api/annotations/{id}/": may(
    "write",
    body(({ category }) => ({ category, ...rows })),
  ),
  "PATCH /api/annotations/{id}/": may(
    "write",
    body(({ category }) => ({ category })),
  ),
  "DELETE /api/annotations/{id}/": may("write"),
  "POST /api/annotations/{id}/restore/": may("write", ({ ids }) => ({
    params: { id: ids.deletedAnnotation },
  })),

  "GET /api/labels/": may("own"),
  "POST /api/labels/": may("write", body(oldLabelOf)),
  "POST /api/labels/bulk_create/": may(
    "write",
    body(({ dataset }) => ({ dataset, labels: [{ label_type: "normal", ...rows }] })),
    { also: [body((ids) => [oldLabelOf(ids)])] },
  ),
  "GET /api/labels/{id}/": may("read"),
  "PUT /api/labels/{id}/": may(
    "write",
    body(() => rows),
  ),
  "PATCH /api/labels/{id}/": may(
    "write",
    body(() => rows),
  ),
  "DELETE /api/labels/{id}/": may("write"),
};
