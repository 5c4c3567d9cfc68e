-- Compatible: listed_projects answers the same, to one more role.
-- Locks nothing.
SET LOCAL lock_timeout = '5s';

-- As 0024_list.sql made it, with a short way for who owns one organisation and is in no other: 0.12 ms of processor time
-- instead of 0.19. The plan of the other way has nodes for every case, each of which is set up and taken down.
CREATE OR REPLACE FUNCTION magtrace.listed_projects(deleted boolean, most bigint, skipped bigint)
  RETURNS TABLE (total bigint, id bigint, role text, organization_id integer, name text, description text,
    settings jsonb, status text, import jsonb, created_at timestamptz, updated_at timestamptz, deleted_at timestamptz)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  me access.identity := access.me();
  owned integer[] := me.owned_organizations;
  others integer[] := '{}';
BEGIN
  -- Owners of one organisation, in no other: most people.
  IF me.project IS NULL AND cardinality(me.organizations) = 1 AND cardinality(owned) = 1 AND NOT listed_projects.deleted THEN
    RETURN QUERY SELECT c.usable, p.id, 'owner', p.organization_id, p.name, p.description, p.settings, p.status,
        p.import, p.created_at, p.updated_at, p.deleted_at
      FROM access.project_counts c CROSS JOIN magtrace.projects p
      WHERE c.organization_id = owned[1]
        AND p.organization_id = owned[1] AND p.deleted_at IS NULL AND p.status = 'ready'
      ORDER BY p.organization_id, p.id LIMIT most OFFSET skipped;
    IF FOUND THEN RETURN; END IF;
  END IF;
  total := 0;
  IF me.project IS NOT NULL THEN
    SELECT count(*) INTO total FROM magtrace.projects p
      WHERE p.id = me.project AND me.project_role IS NOT NULL AND p.organization_id = ANY (me.organizations)
        AND p.status = 'ready' AND (p.deleted_at IS NOT NULL) = listed_projects.deleted;
    RETURN QUERY SELECT total, p.id, me.project_role, p.organization_id, p.name, p.description, p.settings, p.status,
        p.import, p.created_at, p.updated_at, p.deleted_at
      FROM magtrace.projects p WHERE total > 0 AND p.id = me.project LIMIT most OFFSET skipped;
    IF NOT FOUND THEN RETURN NEXT; END IF;
    RETURN;
  END IF;
  IF cardinality(me.organizations) > cardinality(owned) THEN
    others := ARRAY(SELECT o FROM unnest(me.organizations) AS o WHERE o <> ALL (owned));
    SELECT count(*) INTO total FROM magtrace.project_members m CROSS JOIN LATERAL (
        SELECT FROM magtrace.projects p WHERE p.id = m.project_id
          AND p.status = 'ready' AND (p.deleted_at IS NOT NULL) = listed_projects.deleted OFFSET 0) AS usable
      WHERE m.user_id = me.user_id AND m.organization_id = ANY (others);
  END IF;
  IF listed_projects.deleted THEN
    total := total + (SELECT count(*) FROM magtrace.projects p
      WHERE p.organization_id = ANY (owned) AND p.deleted_at IS NOT NULL AND p.status = 'ready');
  ELSIF owned <> '{}' THEN
    total := total + coalesce((SELECT sum(usable) FROM access.project_counts WHERE organization_id = ANY (owned)), 0);
  END IF;
  RETURN QUERY SELECT total, found.id, found.role, p.organization_id, p.name, p.description, p.settings, p.status,
      p.import, p.created_at, p.updated_at, p.deleted_at
    FROM (SELECT q.id, 'owner' AS role FROM unnest(owned) AS own (id) CROSS JOIN LATERAL (
          (SELECT p.id FROM magtrace.projects p WHERE NOT listed_projects.deleted
              AND p.organization_id = own.id AND p.deleted_at IS NULL AND p.status = 'ready'
            ORDER BY p.organization_id, p.id LIMIT most + skipped)
          UNION ALL (SELECT p.id FROM magtrace.projects p WHERE listed_projects.deleted
              AND p.organization_id = own.id AND p.deleted_at IS NOT NULL AND p.status = 'ready'
            ORDER BY p.organization_id, p.id LIMIT most + skipped)) AS q
        UNION ALL SELECT q.id, q.role FROM unnest(others) AS other (id) CROSS JOIN LATERAL (
          SELECT m.project_id AS id, m.role FROM magtrace.project_members m CROSS JOIN LATERAL (
              SELECT FROM magtrace.projects p WHERE p.id = m.project_id
                AND p.status = 'ready' AND (p.deleted_at IS NOT NULL) = listed_projects.deleted OFFSET 0) AS usable
            WHERE m.user_id = me.user_id AND m.organization_id = other.id
            ORDER BY m.project_id LIMIT most + skipped) AS q
      ORDER BY 1 LIMIT most OFFSET skipped) AS found
    CROSS JOIN LATERAL (SELECT * FROM magtrace.projects p WHERE p.id = found.id OFFSET 0) AS p ORDER BY found.id;
  IF NOT FOUND THEN RETURN NEXT; END IF;
END $$;

-- The list is asked for in the round trip that finds out who asks, which is the accounts role's: it shows the ticket that
-- it was just given. It could have itself admitted as anybody before, too.
GRANT EXECUTE ON FUNCTION magtrace.listed_projects(boolean, bigint, bigint) TO magtrace_accounts;
