-- Compatible (a new table; the version before does not use it).
-- Locks magtrace.projects against writing for the moment a foreign key to it takes.
SET LOCAL lock_timeout = '5s';

-- What rows of an old MagTrace's database became here, so that a second import of it adds only what is new.
CREATE TABLE magtrace.legacy_ids (
  organization_id integer NOT NULL,
  project_id bigint NOT NULL,
  -- Which old database; of what in it never changes.
  source text NOT NULL CHECK (length(source) = 64),
  kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 40),
  -- The old id and the time at which the row was made there: of two copies that went on apart, equal ids are other rows.
  legacy_key text NOT NULL CHECK (length(legacy_key) BETWEEN 1 AND 200),
  -- Several where a label fell into several tracks.
  new_ids bigint[] NOT NULL,
  imported_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, source, kind, legacy_key),
  FOREIGN KEY (project_id, organization_id) REFERENCES magtrace.projects (id, organization_id) ON DELETE CASCADE
);
CREATE INDEX legacy_ids_project ON magtrace.legacy_ids (project_id);
SELECT magtrace.guard_by_project('magtrace.legacy_ids');
