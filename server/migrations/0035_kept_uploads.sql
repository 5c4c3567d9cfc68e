-- Compatible: a column with a constant default, a new table and functions. A worker of the version before would read a
-- file without having it scanned that the api of this one kept unscanned and somebody asks for again: stop the old
-- workers first (`magtrace up` does).
-- Locks magtrace.datasets for the moment a column with a constant default takes.
SET LOCAL lock_timeout = '5s';

ALTER TABLE magtrace.datasets ADD COLUMN scan_pending boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN magtrace.datasets.scan_pending IS 'The virus scanner has not said yet that the file is clean: nothing may read it before.';

-- Files in which the virus scanner found something. None of them was kept as data.
CREATE TABLE objects.infected_files (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- 0 where nobody can tell.
  organization_id integer NOT NULL,
  project_id bigint,
  file_name text NOT NULL CHECK (length(file_name) <= 1000),
  bytes bigint NOT NULL CHECK (bytes >= 0),
  sha256 text NOT NULL CHECK (length(sha256) = 64),
  -- As the scanner names it.
  found text NOT NULL CHECK (length(found) <= 1000),
  uploaded_by integer,
  found_at timestamptz NOT NULL DEFAULT now(),
  -- Where the sealed sample lies, while there is one.
  sample_key text CHECK (length(sample_key) <= 512)
);
GRANT SELECT, INSERT, UPDATE (sample_key) ON objects.infected_files TO magtrace_accounts;
SELECT audit.watch('objects.infected_files', 'infected_file', '{id}', '{found_at}');

-- What failed through no fault of its file and can be asked for again: readings of datasets, imports of projects, and
-- resumable uploads, as long as these do not expire.
CREATE FUNCTION magtrace.failed_work()
  RETURNS TABLE (kind text, id bigint, project_id bigint, organization_id integer, user_id integer, name text, error text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT failed.kind, failed.id, failed.project_id, failed.organization_id, coalesce(failed.asked_by, m.user_id),
    failed.name, failed.error
  FROM (
    SELECT 'dataset' AS kind, d.id, d.project_id, d.organization_id, d.uploaded_by AS asked_by, d.name, d.error
      FROM magtrace.datasets d JOIN magtrace.projects p ON p.id = d.project_id
      WHERE d.status = 'failed' AND d.total_findings = 0 AND d.original_key IS NOT NULL AND p.deleted_at IS NULL
    UNION ALL
    SELECT 'project', p.id, p.id, p.organization_id, NULL, p.name, p.import ->> 'error'
      FROM magtrace.projects p
      WHERE p.status = 'failed' AND p.import ->> 'key' IS NOT NULL AND p.deleted_at IS NULL
    UNION ALL
    SELECT 'upload', u.id, u.project_id, u.organization_id, u.uploaded_by, u.name, u.error
      FROM magtrace.uploads u JOIN magtrace.projects p ON p.id = u.project_id
      WHERE u.status = 'failed' AND p.deleted_at IS NULL
        AND EXISTS (SELECT FROM magtrace.upload_parts a WHERE a.upload_id = u.id)
  ) AS failed
  LEFT JOIN LATERAL (SELECT o.user_id FROM magtrace.project_members o
    WHERE o.project_id = failed.project_id AND o.role = 'owner' ORDER BY o.user_id LIMIT 1) AS m ON true
  ORDER BY failed.kind, failed.id
$$;
REVOKE ALL ON FUNCTION magtrace.failed_work() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION magtrace.failed_work() TO magtrace_accounts;

-- What is to be kept, with samples of infected files.
CREATE OR REPLACE FUNCTION magtrace.referenced_objects() RETURNS TABLE (place text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT original_key FROM magtrace.datasets WHERE original_key IS NOT NULL
  UNION ALL SELECT object_prefix FROM magtrace.segments
  UNION ALL SELECT labels_key FROM magtrace.training_sessions
  UNION ALL SELECT checkpoint_key FROM magtrace.training_sessions
            WHERE checkpoint_key IS NOT NULL AND status IN ('pending', 'running')
  UNION ALL SELECT model_key FROM magtrace.training_sessions WHERE model_key IS NOT NULL
  UNION ALL SELECT import ->> 'key' FROM magtrace.projects WHERE import ->> 'key' IS NOT NULL
  UNION ALL SELECT object_key FROM magtrace.upload_parts
  UNION ALL SELECT sample_key FROM objects.infected_files WHERE sample_key IS NOT NULL
$$;

CREATE OR REPLACE FUNCTION magtrace.object_owners(places text[])
  RETURNS TABLE (place text, what text, id bigint, organization_id integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT d.original_key, 'original of dataset', d.id, d.organization_id
    FROM magtrace.datasets d WHERE d.original_key = ANY (places)
  UNION ALL SELECT s.object_prefix, 'readings of dataset', s.dataset_id, s.organization_id
    FROM magtrace.segments s WHERE s.object_prefix = ANY (places)
  UNION ALL SELECT t.labels_key, 'labels of training session', t.id, t.organization_id
    FROM magtrace.training_sessions t WHERE t.labels_key = ANY (places)
  UNION ALL SELECT t.checkpoint_key, 'checkpoint of training session', t.id, t.organization_id
    FROM magtrace.training_sessions t WHERE t.checkpoint_key = ANY (places)
  UNION ALL SELECT t.model_key, 'model of training session', t.id, t.organization_id
    FROM magtrace.training_sessions t WHERE t.model_key = ANY (places)
  UNION ALL SELECT p.object_key, 'part of resumable upload', p.upload_id, p.organization_id
    FROM magtrace.upload_parts p WHERE p.object_key = ANY (places)
  UNION ALL SELECT p.import ->> 'key', 'file of imported project', p.id, p.organization_id
    FROM magtrace.projects p WHERE p.import ->> 'key' = ANY (places)
  UNION ALL SELECT f.sample_key, 'sample of infected file', f.id, f.organization_id
    FROM objects.infected_files f WHERE f.sample_key = ANY (places)
$$;

-- A sample is kept for some time and then forgotten: which objects are to be deleted.
CREATE FUNCTION objects.forget_samples(found_before timestamptz) RETURNS SETOF text
  LANGUAGE sql VOLATILE SET search_path = pg_catalog, pg_temp AS $$
  WITH old AS MATERIALIZED (SELECT id, sample_key FROM objects.infected_files
    WHERE sample_key IS NOT NULL AND found_at < found_before FOR UPDATE),
  done AS (UPDATE objects.infected_files SET sample_key = NULL WHERE id IN (SELECT id FROM old) RETURNING id)
  SELECT old.sample_key FROM old JOIN done USING (id)
$$;
REVOKE ALL ON FUNCTION objects.forget_samples(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION objects.forget_samples(timestamptz) TO magtrace_accounts;

-- As before, but that an import which failed through a fault of ours keeps its row while it keeps its file: somebody was
-- told that it was accepted.
CREATE OR REPLACE FUNCTION magtrace.purge_projects(deleted_before timestamptz) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH purged AS (
    DELETE FROM magtrace.projects p
    WHERE (p.status = 'failed' AND p.updated_at < deleted_before AND p.import ->> 'key' IS NULL)
      OR (p.deleted_at < deleted_before - make_interval(days => coalesce(
            (SELECT keep_days - 30 FROM retention.policies r
             WHERE r.organization_id = p.organization_id AND r.kind = 'deleted_projects'), 0))
          AND NOT retention.held(p.organization_id, p.id))
    RETURNING 1)
  SELECT count(*) FROM purged
$$;
