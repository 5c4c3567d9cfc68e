// What the server sends, complete, so that a test names only what it is about.
import type {
  Annotation,
  AuditEntry,
  Category,
  Dataset,
  Me,
  PredictedInterval,
  Prediction,
  Project,
} from "@magtrace/contracts";

const MOMENT = "2025-11-06T12:00:00Z";

export const me = (fields: Partial<Me> = {}): Me => ({
  id: 1,
  name: "Ada",
  email: "ada@example.org",
  email_verified: true,
  role: "user",
  two_factor: false,
  two_factor_needed: false,
  organizations: [{ id: 1, name: "Field team", role: "owner" }],
  csrf_token: "token",
  ...fields,
});

export const project = (fields: Partial<Project> = {}): Project => ({
  id: 1,
  name: "Harbour",
  description: "",
  settings: {},
  organization: 1,
  status: "ready",
  role: "owner",
  created_at: MOMENT,
  updated_at: MOMENT,
  ...fields,
});

export const dataset = (fields: Partial<Dataset> = {}): Dataset => ({
  id: 5,
  name: "survey.csv",
  project: 1,
  status: "completed",
  processed: true,
  progress: 100,
  total_records: 1000,
  original_name: "survey.csv",
  original_bytes: 64_000,
  sha256: null,
  channels: ["b_x", "b"],
  tracks: [{ sensor_id: null, start_index: 0, end_index: (fields.total_records ?? 1000) - 1 }],
  time: null,
  source: null,
  error: null,
  findings: [],
  uploaded_by: 1,
  uploaded_at: MOMENT,
  ...fields,
});

export const category = (fields: Partial<Category> = {}): Category => ({
  id: 11,
  project: 1,
  name: "fan",
  description: "",
  color: "#e8590c",
  parent: null,
  order: 0,
  hotkey: "1",
  is_active: true,
  ...fields,
});

export const annotation = (fields: Partial<Annotation> = {}): Annotation => ({
  id: 101,
  dataset: 5,
  category: 11,
  start_index: 100,
  end_index: 199,
  confidence: 1,
  notes: "",
  created_by: 1,
  prediction: null,
  created_at: MOMENT,
  updated_at: MOMENT,
  ...fields,
});

export const interval = (fields: Partial<PredictedInterval> = {}): PredictedInterval => ({
  index: 0,
  start_index: 100,
  end_index: 199,
  category: "fan",
  category_id: 11,
  confidence: 0.9,
  review: "pending",
  annotation: null,
  ...fields,
});

export const prediction = (fields: Partial<Prediction> = {}): Prediction => ({
  id: 7,
  dataset: 5,
  model: 3,
  training_session: 4,
  status: "completed",
  progress: 100,
  predictions: [],
  confidence_scores: [],
  warnings: [],
  counts: { pending: 0, accepted: 0, rejected: 0, modified: 0 },
  review_status: "pending",
  reviewed_by: null,
  reviewed_at: null,
  modifications: null,
  error_message: null,
  created_at: MOMENT,
  ...fields,
});

export const auditEntry = (fields: Partial<AuditEntry> = {}): AuditEntry => ({
  position: 1,
  organization: 1,
  project: 1,
  at: MOMENT,
  action: "dataset.read",
  subject: "dataset 5",
  count: 1,
  user: 1,
  user_name: "Ada",
  credential: "session 3",
  ip: "127.0.0.1",
  request_id: "r-1",
  route: "GET /api/datasets/{id}/",
  before: null,
  after: null,
  hash: "00ff",
  ...fields,
});
