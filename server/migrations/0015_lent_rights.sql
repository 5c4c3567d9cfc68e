-- Compatible (functions as before but closer, a column). Locks accounts.api_tokens for the moment a column takes.
SET LOCAL lock_timeout = '5s';

-- A search path that does not name pg_temp has it first: functions that lend their owner's rights would look up their
-- types in what the caller keeps there, and run its checks. Named last, it shadows nothing.
DO $$
DECLARE
  lent regprocedure;
BEGIN
  FOR lent IN SELECT p.oid FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ('magtrace', 'accounts', 'audit') AND p.proconfig && '{search_path=pg_catalog}' LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = pg_catalog, pg_temp', lent);
  END LOOP;
END $$;

-- What a row is, and where: one that is given another key, or moved, is another one afterwards.
CREATE FUNCTION audit.place_of(row_json jsonb, keys text[]) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT concat_ws('/', row_json ->> 'organization_id', row_json ->> 'project_id', audit.key_of(row_json, keys))
$$;
REVOKE ALL ON FUNCTION audit.place_of(jsonb, text[]) FROM PUBLIC;

-- As 0007_audit.sql made it, but a row whose key or place changes is told where it was, and where it is now.
CREATE OR REPLACE FUNCTION audit.record_update() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entity text := TG_ARGV[0];
  keys text[] := TG_ARGV[1];
  noise text[] := TG_ARGV[2]::text[] || ARRAY['organization_id', 'project_id'];
  veiled text[] := TG_ARGV[3];
  author jsonb := audit.author();
BEGIN
  INSERT INTO audit.entries (organization_id, project_id, action, subject, row_count, user_id, credential, ip,
    request_id, route, before, after)
  SELECT organization, project, entity || '.update', CASE WHEN count(*) = 1 THEN entity || ' ' || min(name) END,
    count(*), coalesce((author ->> 'user')::integer, min(self)), author ->> 'credential',
    author ->> 'ip', author ->> 'request', author ->> 'route',
    audit.told(array_agg(o) FILTER (WHERE o IS NOT NULL AND rank <= 100), count(*)),
    audit.told(array_agg(n) FILTER (WHERE n IS NOT NULL AND rank <= 100), count(*))
  FROM (
    SELECT o, n, row_number() OVER (PARTITION BY organization, project) AS rank, organization, project, name, self
    FROM (
      SELECT o, n, audit.key_of(j, keys) AS name,
        CASE entity WHEN 'organization' THEN (j ->> 'id')::integer
          ELSE coalesce((j ->> 'organization_id')::integer, 0) END AS organization,
        CASE entity WHEN 'project' THEN (j ->> 'id')::bigint ELSE (j ->> 'project_id')::bigint END AS project,
        -- Where nobody said who acts, people act for themselves.
        CASE WHEN entity IN ('session', 'password', 'two_factor') THEN (j ->> 'user_id')::integer
          WHEN entity = 'user' THEN (j ->> 'id')::integer END AS self
      FROM (
        SELECT coalesce(n.j, o.j) AS j, d[1] AS o, d[2] AS n
        FROM (SELECT to_jsonb(r) AS j FROM old_rows r OFFSET 0) o
        FULL JOIN (SELECT to_jsonb(r) AS j FROM new_rows r OFFSET 0) n
          ON audit.place_of(o.j, keys) = audit.place_of(n.j, keys)
        CROSS JOIN LATERAL (SELECT CASE WHEN o.j IS NULL OR n.j IS NULL
          THEN ARRAY[audit.shown(o.j, noise, veiled), audit.shown(n.j, noise, veiled)]
          ELSE audit.difference(o.j, n.j, noise, veiled) END OFFSET 0) AS difference (d)
        WHERE d IS NOT NULL) AS changes) AS placed) AS ranked
  GROUP BY organization, project ORDER BY organization, project;
  RETURN NULL;
END $$;

-- As 0007_audit.sql made it, but nothing that reads like a change can be put in with it; and whoever is not the
-- accounts role is held to their own organisations, whatever they signed in as.
CREATE OR REPLACE FUNCTION audit.note_reading(read_action text, read_subject text, places jsonb) RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  a jsonb := audit.author();
BEGIN
  IF read_action ~ '\.(create|update|delete)$' THEN
    RAISE insufficient_privilege USING MESSAGE = 'a change is told by the row that changes';
  END IF;
  INSERT INTO audit.entries (organization_id, project_id, action, subject, user_id, credential, ip, request_id, route)
  SELECT (place ->> 0)::integer, (place ->> 1)::bigint, read_action, nullif(read_subject, ''),
    (a ->> 'user')::integer, a ->> 'credential', a ->> 'ip', a ->> 'request', a ->> 'route'
  FROM jsonb_array_elements(places) AS place
  WHERE pg_has_role(session_user, 'magtrace_accounts', 'MEMBER')
    OR (place ->> 0)::integer = ANY (magtrace.id_list('magtrace.organizations'))
  ORDER BY 1;
END $$;

-- A token that was made with another ends with it: else whoever stole one would keep what they made of it.
ALTER TABLE accounts.api_tokens ADD COLUMN made_with bigint REFERENCES accounts.api_tokens ON DELETE SET NULL;
COMMENT ON COLUMN accounts.api_tokens.made_with IS 'The token it was made with, and ends with; null: made signed in.';
