-- Compatible: a column with a constant default, a new table and a function. A worker of the version before would read a
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

-- What failed through no fault of its file and can be asked for again: readings of datasets, and imports of projects.
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
  ) AS failed
  LEFT JOIN LATERAL (SELECT o.user_id FROM magtrace.project_members o
    WHERE o.project_id = failed.project_id AND o.role = 'owner' ORDER BY o.user_id LIMIT 1) AS m ON true
  ORDER BY failed.kind, failed.id
$$;
REVOKE ALL ON FUNCTION magtrace.failed_work() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION magtrace.failed_work() TO magtrace_accounts;
