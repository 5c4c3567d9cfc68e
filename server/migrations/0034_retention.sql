-- Compatible (new schema and functions; three nullable columns, which programs of the version before ignore). Locks
-- magtrace.datasets, predictions, suggestions, models, training_sessions and projects for an instant.
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA retention;
REVOKE ALL ON SCHEMA retention FROM PUBLIC;
GRANT USAGE ON SCHEMA retention TO magtrace_accounts;

-- How long an organisation keeps what. No row: for ever, or in the case of deleted projects the 30 days everybody has.
CREATE TABLE retention.policies (
  organization_id integer NOT NULL REFERENCES accounts.organizations (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('originals', 'predictions', 'deleted_projects', 'audit')),
  keep_days integer NOT NULL CHECK (keep_days BETWEEN 1 AND 36500),
  -- After that: how long it can be brought back. Of deleted projects the days above are just that; of the audit none.
  recoverable_days integer NOT NULL CHECK (recoverable_days BETWEEN 0 AND 365),
  updated_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (organization_id, kind),
  CHECK (kind <> 'deleted_projects' OR keep_days >= 30)
);

-- While one is in force nothing goes: of the whole organisation, or of one project.
CREATE TABLE retention.holds (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id integer NOT NULL REFERENCES accounts.organizations (id),
  project_id bigint,
  reason text NOT NULL CHECK (length(reason) BETWEEN 1 AND 2000),
  placed_by integer NOT NULL,
  placed_at timestamptz NOT NULL DEFAULT now(),
  lifted_by integer,
  lifted_at timestamptz
);
CREATE INDEX holds_in_force ON retention.holds (organization_id, project_id) WHERE lifted_at IS NULL;

GRANT SELECT, INSERT, UPDATE, DELETE ON retention.policies TO magtrace_accounts;
GRANT SELECT, INSERT, UPDATE ON retention.holds TO magtrace_accounts;
SELECT audit.watch('retention.policies', 'retention_policy', '{organization_id,kind}', '{updated_at}');
SELECT audit.watch('retention.holds', 'legal_hold', '{id}');

-- When its time was over. Until it is gone for good, it can be brought back.
ALTER TABLE magtrace.datasets ADD COLUMN original_expired_at timestamptz;
ALTER TABLE magtrace.predictions ADD COLUMN expired_at timestamptz;
ALTER TABLE magtrace.suggestions ADD COLUMN expired_at timestamptz;
CREATE INDEX datasets_original_expired ON magtrace.datasets (original_expired_at)
  WHERE original_expired_at IS NOT NULL AND original_key IS NOT NULL;
CREATE INDEX predictions_expired ON magtrace.predictions (expired_at) WHERE expired_at IS NOT NULL;

-- Out of everybody's sight, whatever is asked.
CREATE POLICY unexpired ON magtrace.predictions AS RESTRICTIVE TO magtrace_app USING (expired_at IS NULL);
CREATE POLICY unexpired ON magtrace.suggestions AS RESTRICTIVE TO magtrace_app USING (expired_at IS NULL);

CREATE FUNCTION retention.is_of(organization integer, project bigint) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM magtrace.projects WHERE id = project AND organization_id = organization)
$$;

CREATE FUNCTION retention.held(organization integer, project bigint) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT EXISTS (SELECT FROM retention.holds h
    WHERE h.organization_id = organization AND (h.project_id IS NULL OR h.project_id = project) AND h.lifted_at IS NULL)
$$;

-- Nothing goes by hand either. Of what was refused or came to nothing there is nothing to keep.
CREATE FUNCTION retention.refuse_held() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF retention.held(OLD.organization_id, (to_jsonb(OLD) ->> TG_ARGV[0])::bigint) THEN
    RAISE EXCEPTION 'under a legal hold' USING ERRCODE = 'MT001';
  END IF;
  RETURN OLD;
END $$;
CREATE TRIGGER refuse_held BEFORE DELETE ON magtrace.projects FOR EACH ROW WHEN (OLD.status = 'ready')
  EXECUTE FUNCTION retention.refuse_held('id');
CREATE TRIGGER refuse_held BEFORE DELETE ON magtrace.datasets FOR EACH ROW WHEN (OLD.status = 'completed')
  EXECUTE FUNCTION retention.refuse_held('project_id');
CREATE TRIGGER refuse_held BEFORE DELETE ON magtrace.models FOR EACH ROW
  EXECUTE FUNCTION retention.refuse_held('project_id');
CREATE TRIGGER refuse_held BEFORE DELETE ON magtrace.training_sessions FOR EACH ROW
  EXECUTE FUNCTION retention.refuse_held('project_id');
CREATE TRIGGER refuse_held BEFORE DELETE ON magtrace.predictions FOR EACH ROW
  EXECUTE FUNCTION retention.refuse_held('project_id');

-- What goes next where everything from before a moment goes: what a preview shows and what then goes.
CREATE FUNCTION retention.due(organization integer, kind text, before timestamptz)
  RETURNS TABLE (project_id bigint, id bigint, name text, since timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT d.project_id, d.id, d.name, d.uploaded_at FROM magtrace.datasets d
  JOIN magtrace.projects p ON p.id = d.project_id AND p.deleted_at IS NULL
  WHERE $2 = 'originals' AND d.organization_id = $1 AND d.status = 'completed' AND d.original_key IS NOT NULL
    AND d.original_expired_at IS NULL AND d.uploaded_at < $3 AND NOT retention.held($1, d.project_id)
  UNION ALL
  SELECT r.project_id, r.id, d.name, coalesce(r.completed_at, r.created_at) FROM magtrace.predictions r
  JOIN magtrace.projects p ON p.id = r.project_id AND p.deleted_at IS NULL
  JOIN magtrace.datasets d ON d.id = r.dataset_id
  WHERE $2 = 'predictions' AND r.organization_id = $1 AND r.status IN ('completed', 'failed', 'cancelled')
    AND r.expired_at IS NULL AND coalesce(r.completed_at, r.created_at) < $3 AND NOT retention.held($1, r.project_id)
  UNION ALL
  SELECT p.id, p.id, p.name, p.deleted_at FROM magtrace.projects p
  WHERE $2 = 'deleted_projects' AND p.organization_id = $1 AND p.deleted_at < $3 AND NOT retention.held($1, p.id)
$$;

-- What it takes up: files as they are, rows of predictions by their size in the table.
CREATE FUNCTION retention.bytes_of(kind text, subject bigint) RETURNS bigint
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(CASE kind
    WHEN 'originals' THEN (SELECT original_bytes FROM magtrace.datasets WHERE id = subject)
    WHEN 'predictions' THEN (SELECT sum(pg_column_size(i)) FROM magtrace.predicted_intervals i WHERE i.prediction_id = subject)
    ELSE (SELECT sum(d.original_bytes) FROM magtrace.datasets d WHERE d.project_id = subject AND d.original_key IS NOT NULL)
  END, 0)::bigint
$$;

CREATE FUNCTION retention.preview(organization integer, kind text, before timestamptz)
  RETURNS TABLE (count bigint, bytes bigint, oldest timestamptz, first jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH due AS MATERIALIZED (SELECT * FROM retention.due(organization, kind, before))
  SELECT count(*), coalesce(sum(retention.bytes_of(kind, due.id)), 0)::bigint, min(due.since),
    coalesce((SELECT jsonb_agg(jsonb_build_object('project', f.project_id, 'id', f.id, 'name', f.name,
        'since', to_char(f.since AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) ORDER BY f.since, f.id)
      FROM (SELECT * FROM due ORDER BY since, id LIMIT 10) AS f), '[]')
  FROM due
$$;

-- What has gone out of sight and can still be brought back.
CREATE FUNCTION retention.recoverable(organization integer, kind text)
  RETURNS TABLE (count bigint, oldest timestamptz)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*), min(expired_at) FROM (
    SELECT original_expired_at AS expired_at FROM magtrace.datasets
    WHERE $2 = 'originals' AND organization_id = $1 AND original_key IS NOT NULL AND original_expired_at IS NOT NULL
    UNION ALL
    SELECT expired_at FROM magtrace.predictions
    WHERE $2 = 'predictions' AND organization_id = $1 AND expired_at IS NOT NULL
    UNION ALL
    SELECT deleted_at FROM magtrace.projects
    WHERE $2 = 'deleted_projects' AND organization_id = $1 AND deleted_at IS NOT NULL) AS expired
$$;

-- Takes some of what is due out of sight. Rows that another worker is at are its own.
CREATE FUNCTION retention.expire(organization integer, kind text, before timestamptz, at timestamptz, most integer)
  RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  chosen bigint[] := ARRAY(SELECT d.id FROM retention.due(organization, kind, before) d ORDER BY d.since, d.id LIMIT most);
  expired bigint[];
BEGIN
  IF kind = 'originals' THEN
    WITH free AS (SELECT id FROM magtrace.datasets WHERE id = ANY (chosen) FOR UPDATE SKIP LOCKED),
    done AS (UPDATE magtrace.datasets SET original_expired_at = at
      WHERE id IN (SELECT id FROM free) AND original_expired_at IS NULL RETURNING id)
    SELECT array_agg(id) INTO expired FROM done;
  ELSIF kind = 'predictions' THEN
    WITH free AS (SELECT id FROM magtrace.predictions WHERE id = ANY (chosen) FOR UPDATE SKIP LOCKED),
    done AS (UPDATE magtrace.predictions SET expired_at = at
      WHERE id IN (SELECT id FROM free) AND expired_at IS NULL RETURNING id)
    SELECT array_agg(id) INTO expired FROM done;
    UPDATE magtrace.suggestions SET expired_at = at WHERE prediction_id = ANY (expired);
  END IF;
  RETURN coalesce(cardinality(expired), 0);
END $$;

CREATE FUNCTION retention.restore(organization integer, kind text) RETURNS bigint
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  restored bigint := 0;
BEGIN
  IF kind = 'originals' THEN
    UPDATE magtrace.datasets SET original_expired_at = NULL
    WHERE organization_id = organization AND original_expired_at IS NOT NULL AND original_key IS NOT NULL;
    GET DIAGNOSTICS restored = ROW_COUNT;
  ELSIF kind = 'predictions' THEN
    UPDATE magtrace.suggestions SET expired_at = NULL WHERE organization_id = organization AND expired_at IS NOT NULL;
    UPDATE magtrace.predictions SET expired_at = NULL WHERE organization_id = organization AND expired_at IS NOT NULL;
    GET DIAGNOSTICS restored = ROW_COUNT;
  END IF;
  RETURN restored;
END $$;

-- Forgets some originals for good, and says which objects are to be deleted: committed first, so that no row speaks of
-- an object that is gone. One that is left by a crash is the sweep's.
CREATE FUNCTION retention.remove_originals(organization integer, expired_before timestamptz, most integer)
  RETURNS SETOF text LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH free AS MATERIALIZED (SELECT id, original_key FROM magtrace.datasets
    WHERE organization_id = organization AND original_key IS NOT NULL AND original_expired_at < expired_before
      AND NOT retention.held(organization_id, project_id)
    ORDER BY id LIMIT most FOR UPDATE SKIP LOCKED),
  done AS (UPDATE magtrace.datasets SET original_key = NULL WHERE id IN (SELECT id FROM free) RETURNING id)
  SELECT free.original_key FROM free JOIN done USING (id)
$$;

-- Deletes some expired predictions for good, their intervals first: one may have a million.
CREATE FUNCTION retention.remove_predictions(organization integer, expired_before timestamptz, most integer)
  RETURNS TABLE (intervals bigint, predictions bigint)
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  free bigint[] := ARRAY(SELECT id FROM magtrace.predictions
    WHERE organization_id = organization AND expired_at < expired_before AND NOT retention.held(organization_id, project_id)
    ORDER BY id LIMIT most FOR UPDATE SKIP LOCKED);
BEGIN
  predictions := 0;
  DELETE FROM magtrace.predicted_intervals WHERE (prediction_id, number) IN (
    SELECT i.prediction_id, i.number FROM magtrace.predicted_intervals i WHERE i.prediction_id = ANY (free) LIMIT 20000);
  GET DIAGNOSTICS intervals = ROW_COUNT;
  IF intervals < 20000 THEN
    DELETE FROM magtrace.predictions WHERE id = ANY (free);
    GET DIAGNOSTICS predictions = ROW_COUNT;
  END IF;
  RETURN NEXT;
END $$;

-- The sweep's, with what organisations say: longer than 30 days, or not while a hold is in force.
CREATE OR REPLACE FUNCTION magtrace.purge_projects(deleted_before timestamptz) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  WITH purged AS (
    DELETE FROM magtrace.projects p
    WHERE (p.status = 'failed' AND p.updated_at < deleted_before)
      OR (p.deleted_at < deleted_before - make_interval(days => coalesce(
            (SELECT keep_days - 30 FROM retention.policies r
             WHERE r.organization_id = p.organization_id AND r.kind = 'deleted_projects'), 0))
          AND NOT retention.held(p.organization_id, p.id))
    RETURNING 1)
  SELECT count(*) FROM purged
$$;

-- The audit's oldest month, where everybody's entries in it are old enough. Months are of all organisations together:
-- one without a policy keeps it, and so does a hold. What is of the installation, or of an organisation that is no more,
-- is kept for `installation_days`; 0 is for ever.
CREATE FUNCTION retention.audit_month(at timestamptz, installation_days integer) RETURNS timestamptz
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  oldest timestamptz;
  ends timestamptz;
BEGIN
  SELECT min(to_timestamp(substr(c.relname, 9), 'YYYY_MM')::timestamp AT TIME ZONE 'UTC') INTO oldest
    FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'audit.entries'::regclass;
  ends := audit.month_of(oldest + interval '32 days');
  IF ends IS NULL OR ends > audit.month_of(at) THEN RETURN NULL; END IF;
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT f.organization_id AS id FROM audit.facets f WHERE f.month = oldest UNION SELECT 0) AS o
    LEFT JOIN accounts.organizations known ON known.id = o.id
    LEFT JOIN retention.policies p ON p.organization_id = o.id AND p.kind = 'audit'
    WHERE (CASE WHEN known.id IS NULL THEN nullif(installation_days, 0) ELSE p.keep_days END IS NULL)
      OR ends > at - make_interval(days => CASE WHEN known.id IS NULL THEN installation_days ELSE p.keep_days END)
      OR EXISTS (SELECT FROM retention.holds h WHERE h.organization_id = o.id AND h.lifted_at IS NULL))
  THEN RETURN NULL; END IF;
  RETURN oldest;
END $$;

CREATE FUNCTION retention.drop_audit_month(at timestamptz, installation_days integer) RETURNS text
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  month timestamptz := retention.audit_month(at, installation_days);
BEGIN
  IF month IS NULL THEN RETURN NULL; END IF;
  PERFORM audit.drop_month((month AT TIME ZONE 'UTC')::date);
  RETURN to_char(month AT TIME ZONE 'UTC', 'YYYY-MM');
END $$;

-- Of an organisation's audit: its whole months from before a moment, the oldest first.
CREATE FUNCTION retention.audit_preview(organization integer, before timestamptz)
  RETURNS TABLE (count bigint, oldest timestamptz, first jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT coalesce(sum(m.entries), 0)::bigint, min(m.month),
    coalesce(jsonb_agg(jsonb_build_object('project', NULL, 'id', NULL, 'since', to_char(m.month AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'name', to_char(m.month AT TIME ZONE 'UTC', 'YYYY-MM')) ORDER BY m.month) FILTER (WHERE m.place <= 10), '[]')
  FROM (SELECT f.month, sum(f.entries) AS entries, row_number() OVER (ORDER BY f.month) AS place FROM audit.facets f
    WHERE f.organization_id = organization AND audit.month_of(f.month + interval '32 days') <= before
      AND NOT EXISTS (SELECT FROM retention.holds h WHERE h.organization_id = organization AND h.lifted_at IS NULL)
    GROUP BY f.month) AS m
$$;


REVOKE ALL ON ALL FUNCTIONS IN SCHEMA retention FROM PUBLIC;
GRANT EXECUTE ON FUNCTION retention.is_of(integer, bigint), retention.preview(integer, text, timestamptz),
  retention.recoverable(integer, text), retention.expire(integer, text, timestamptz, timestamptz, integer),
  retention.restore(integer, text), retention.remove_originals(integer, timestamptz, integer),
  retention.remove_predictions(integer, timestamptz, integer), retention.audit_month(timestamptz, integer),
  retention.drop_audit_month(timestamptz, integer), retention.audit_preview(integer, timestamptz)
  TO magtrace_accounts;
REVOKE ALL ON FUNCTION magtrace.purge_projects(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION magtrace.purge_projects(timestamptz) TO magtrace_accounts;
