-- Compatible: adds a function.
-- Locks nothing.
SET LOCAL lock_timeout = '5s';

-- A dataset of a project that is not deleted, with what the asker is in it and where its readings lie: the rows that the
-- policies of datasets, projects and segments let be read (0017_access.sql), found by three look-ups. Every window of
-- readings begins with it, asked for in the round trip that finds out who asks.
CREATE FUNCTION magtrace.found_dataset(asked bigint)
  RETURNS TABLE (dataset magtrace.datasets, role text, last_reread bigint, object_prefix text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 1 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  me access.identity := access.me();
  one magtrace.datasets;
  theirs text;
BEGIN
  SELECT d.* INTO one FROM magtrace.datasets d JOIN magtrace.projects p ON p.id = d.project_id
    WHERE d.id = asked AND p.deleted_at IS NULL AND d.organization_id = ANY (me.organizations);
  IF NOT FOUND THEN RETURN; END IF;
  IF one.organization_id = ANY (me.owned_organizations) THEN theirs := 'owner';
  ELSIF me.project IS NOT NULL THEN
    IF me.project = one.project_id THEN theirs := me.project_role; END IF;
  ELSE
    SELECT m.role INTO theirs FROM magtrace.project_members m
      WHERE m.project_id = one.project_id AND m.user_id = me.user_id;
  END IF;
  IF theirs IS NULL THEN RETURN; END IF;
  RETURN QUERY SELECT one, theirs,
    (SELECT max(r.id) FROM magtrace.rereads r WHERE r.dataset_id = one.id AND r.status = 'completed'),
    (SELECT s.object_prefix FROM magtrace.segments s WHERE s.dataset_id = one.id AND s.number = 1);
END $$;
REVOKE ALL ON FUNCTION magtrace.found_dataset(bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION magtrace.found_dataset(bigint) TO magtrace_app, magtrace_accounts;
