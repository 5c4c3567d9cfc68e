import { body, type Declared, may } from "../expectation.ts";
import type { Tenant } from "../tenants.ts";

const trainingOf = ({ model, dataset, session }: Tenant["ids"]) => ({
  model_id: model,
  dataset_id: dataset,
  additional_dataset_ids: [dataset],
  continue_from_session: session,
});

/** Models, training sessions, predictions and suggestions. */
export const learning: Declared = {
  "GET /api/user-models/": may("own"),
  "POST /api/user-models/": may(
    "write",
    body(({ project }) => ({ project, name: "New" })),
  ),
  "GET /api/user-models/categories/": may("own"),
  "GET /api/user-models/tags/": may("own"),
  // Proposes and changes nothing, so that reading is enough; but a cookie that comes from elsewhere posts nothing.
  "POST /api/user-models/generate_intelligent_name/": may(
    "read",
    body(({ project }) => ({ project })),
    {
      also: [body(({ project }) => ({ project_id: project }))],
      but: { sessionElsewhere: 403 },
    },
  ),
  "GET /api/user-models/{id}/": may("read"),
  "PUT /api/user-models/{id}/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "PATCH /api/user-models/{id}/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "DELETE /api/user-models/{id}/": may("write"),
  "POST /api/user-models/{id}/rename/": may(
    "write",
    body(() => ({ name: "New" })),
  ),
  "POST /api/user-models/{id}/clone/": may(
    "write",
    body(() => ({})),
  ),
  "POST /api/user-models/{id}/create_version/": may(
    "write",
    body(() => ({})),
  ),
  "GET /api/user-models/{id}/versions/": may("read"),
  "PATCH /api/user-models/{id}/update_metadata/": may(
    "write",
    body(() => ({ author: "New" })),
  ),

  "GET /api/training-sessions/": may("own"),
  "POST /api/training-sessions/": may(
    "train",
    body(({ model, dataset }) => ({ model, dataset, additional_dataset_ids: [dataset] })),
  ),
  "POST /api/training-sessions/start_training/": may("train", body(trainingOf)),
  "GET /api/training-sessions/active_sessions/": may("own"),
  "GET /api/training-sessions/{id}/": may("read"),
  "GET /api/training-sessions/{id}/status/": may("read"),
  "POST /api/training-sessions/{id}/stop_training/": may("train", ({ ids }) => ({
    params: { id: ids.waitingSession },
  })),
  "DELETE /api/training-sessions/{id}/": may("train"),
  "GET /api/training-sessions/{id}/model/": may("read"),

  "GET /api/predictions/": may("own"),
  "POST /api/predictions/": may(
    "train",
    body(({ dataset, session }) => ({ dataset, training_session: session })),
    { also: [body(({ dataset, model }) => ({ dataset, model }))] },
  ),
  "GET /api/predictions/{id}/": may("read"),
  "DELETE /api/predictions/{id}/": may("train"),
  "GET /api/predictions/{id}/intervals/": may("read"),
  "POST /api/predictions/{id}/review/": may(
    "write",
    body(({ otherCategory }) => ({
      status: "modified",
      modifications: [{ index: 0, action: "modify", category: otherCategory }],
    })),
  ),
  "GET /api/suggestions/": may("own"),
  "POST /api/suggestions/": may(
    "train",
    body(({ dataset, model }) => ({ dataset, model })),
  ),
  "POST /api/suggestions/{id}/accept/": may("write"),
  "POST /api/suggestions/{id}/reject/": may("write"),
};
