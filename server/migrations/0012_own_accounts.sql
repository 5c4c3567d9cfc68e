-- Compatible (a column with a default, a new function). Locks accounts.sessions for the moment the column takes.
SET LOCAL lock_timeout = '5s';

ALTER TABLE accounts.sessions ADD COLUMN last_used_at timestamptz NOT NULL DEFAULT now();

-- Ids of what a person made, for the export of their account: the accounts role sees nothing of projects.
-- SECURITY DEFINER because it crosses tenants; it answers of the one person it is asked for.
CREATE FUNCTION accounts.made_by(asked_user integer) RETURNS jsonb
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
  SELECT jsonb_build_object(
    'projects', (SELECT coalesce(jsonb_agg(id ORDER BY id), '[]') FROM magtrace.projects WHERE created_by = asked_user),
    'datasets', (SELECT coalesce(jsonb_agg(id ORDER BY id), '[]') FROM magtrace.datasets WHERE uploaded_by = asked_user),
    'annotations', (SELECT coalesce(jsonb_agg(id ORDER BY id), '[]') FROM magtrace.annotations WHERE created_by = asked_user),
    'models', (SELECT coalesce(jsonb_agg(id ORDER BY id), '[]') FROM magtrace.models WHERE created_by = asked_user),
    'training_sessions', (SELECT coalesce(jsonb_agg(id ORDER BY id), '[]')
      FROM magtrace.training_sessions WHERE created_by = asked_user),
    'predictions', (SELECT coalesce(jsonb_agg(id ORDER BY id), '[]')
      FROM magtrace.predictions WHERE created_by = asked_user OR reviewed_by = asked_user))
$$;
REVOKE ALL ON FUNCTION accounts.made_by(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION accounts.made_by(integer) TO magtrace_accounts;
