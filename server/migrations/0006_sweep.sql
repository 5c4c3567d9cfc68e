-- Compatible (new functions). Locks nothing that exists.
SET LOCAL lock_timeout = '5s';

-- The sweep looks across tenants, which no role that serves requests may. Both functions run as the owner and are
-- granted to the accounts role alone, which the app role cannot become.

-- Every object a row speaks of: whole keys, and prefixes that end in a slash.
CREATE FUNCTION magtrace.referenced_objects() RETURNS TABLE (place text)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT original_key FROM magtrace.datasets WHERE original_key IS NOT NULL
  UNION ALL SELECT object_prefix FROM magtrace.segments
  UNION ALL SELECT labels_key FROM magtrace.training_sessions
  UNION ALL SELECT checkpoint_key FROM magtrace.training_sessions
            WHERE checkpoint_key IS NOT NULL AND status IN ('pending', 'running')
  UNION ALL SELECT model_key FROM magtrace.training_sessions WHERE model_key IS NOT NULL
  UNION ALL SELECT import ->> 'key' FROM magtrace.projects WHERE import ->> 'key' IS NOT NULL
$$;
REVOKE ALL ON FUNCTION magtrace.referenced_objects() FROM PUBLIC;

-- Projects deleted longer ago than users may restore them, with everything below them, and as old failed imports.
CREATE FUNCTION magtrace.purge_projects(deleted_before timestamptz) RETURNS bigint
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
  WITH purged AS (
    DELETE FROM magtrace.projects
    WHERE deleted_at < deleted_before OR (status = 'failed' AND updated_at < deleted_before) RETURNING 1)
  SELECT count(*) FROM purged
$$;
REVOKE ALL ON FUNCTION magtrace.purge_projects(timestamptz) FROM PUBLIC;

GRANT USAGE ON SCHEMA magtrace TO magtrace_accounts;
GRANT EXECUTE ON FUNCTION magtrace.referenced_objects(), magtrace.purge_projects(timestamptz) TO magtrace_accounts;
