-- Compatible (new schema, triggers). Locks each watched table for the moment its triggers take to be made.
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA audit;
COMMENT ON SCHEMA audit IS 'Who read and changed what. Written by triggers and note_reading alone, never changed; a chain per organisation.';

-- 0 stands for the installation: accounts, sessions, tokens. No foreign keys: entries outlive what they speak of.
CREATE TABLE audit.entries (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id integer NOT NULL,
  project_id bigint,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  action text NOT NULL,
  subject text,
  row_count integer NOT NULL DEFAULT 1,
  user_id integer,
  credential text,
  ip text,
  request_id text,
  route text,
  before jsonb,
  after jsonb
);
CREATE INDEX entries_organization ON audit.entries (organization_id, id);
CREATE INDEX entries_project ON audit.entries (project_id, id) WHERE project_id IS NOT NULL;
CREATE INDEX entries_user ON audit.entries (organization_id, user_id, id);
CREATE INDEX entries_request ON audit.entries (request_id) WHERE request_id IS NOT NULL;

-- The chain: one link an entry, each with a hash over its entry and the hash before it. Apart from the entries, so
-- that neither is ever written twice.
CREATE TABLE audit.links (
  organization_id integer NOT NULL,
  position bigint NOT NULL,
  entry_id bigint NOT NULL UNIQUE REFERENCES audit.entries,
  hash bytea NOT NULL,
  PRIMARY KEY (organization_id, position)
);

-- Where each chain ends. The row's lock puts transactions that commit at once into an order.
CREATE TABLE audit.heads (
  organization_id integer PRIMARY KEY,
  position bigint NOT NULL,
  hash bytea NOT NULL
);

-- What a chain's end was at some time, with a seal made from the installation's master key: whoever can write this
-- database, but has no key, cannot make a chain anew and stay unseen.
CREATE TABLE audit.anchors (
  organization_id integer NOT NULL,
  position bigint NOT NULL,
  hash bytea NOT NULL,
  seal bytea NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (organization_id, position)
);

-- What a link's hash is over, after the 32 bytes of the hash before it. `magtrace audit verify` has the same
-- expression of its own (server/src/audit/queries.ts), so that it need not trust this one.
CREATE FUNCTION audit.sealed_text(e audit.entries, link_position bigint) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_array(link_position, e.organization_id, e.project_id,
    to_char(e.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), e.action, e.subject, e.row_count, e.user_id,
    e.credential, e.ip, e.request_id, e.route, e.before, e.after)::text
$$;

-- Runs when the transaction commits: the lock on the chain's end is held for that moment only.
CREATE FUNCTION audit.link_entry() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  head audit.heads;
BEGIN
  INSERT INTO audit.heads VALUES (NEW.organization_id, 0, sha256(''))
    ON CONFLICT (organization_id) DO UPDATE SET position = heads.position RETURNING * INTO head;
  head.position := head.position + 1;
  head.hash := sha256(head.hash || convert_to(audit.sealed_text(NEW, head.position), 'UTF8'));
  UPDATE audit.heads SET position = head.position, hash = head.hash WHERE organization_id = NEW.organization_id;
  INSERT INTO audit.links VALUES (NEW.organization_id, head.position, NEW.id, head.hash);
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER link_entry AFTER INSERT ON audit.entries
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION audit.link_entry();

CREATE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the audit is only ever added to' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entries EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.links EXECUTE FUNCTION audit.refuse_change();

-- Whoever acts, as platform/database/auditStatements.ts told this transaction; nulls where it was not told.
CREATE FUNCTION audit.author() RETURNS jsonb LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('magtrace.author', true), ''), '{}')::jsonb
$$;

-- Notes a reading in each of its places, [organisation, project or null]. Only places the transaction may read count:
-- the app role can put into nobody else's chain.
CREATE FUNCTION audit.note_reading(read_action text, read_subject text, places jsonb) RETURNS void
  LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
  INSERT INTO audit.entries (organization_id, project_id, action, subject, user_id, credential, ip, request_id, route)
  SELECT (place ->> 0)::integer, (place ->> 1)::bigint, read_action, nullif(read_subject, ''),
    (a ->> 'user')::integer, a ->> 'credential', a ->> 'ip', a ->> 'request', a ->> 'route'
  FROM jsonb_array_elements(places) AS place, audit.author() AS a
  WHERE session_user <> 'magtrace_app' OR (place ->> 0)::integer = ANY (magtrace.id_list('magtrace.organizations'))
  ORDER BY 1
$$;

-- The functions down to told() are called by the triggers alone, whose search path they are given.

-- What of a row an entry tells: without columns that are noise, and of veiled ones only that they are there.
CREATE FUNCTION audit.shown(row_json jsonb, noise text[], veiled text[]) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$
  SELECT CASE WHEN row_json ?| veiled
    THEN (row_json - noise) || (SELECT jsonb_object_agg(v, '(not told)') FROM unnest(veiled) v WHERE row_json ->> v IS NOT NULL)
    ELSE row_json - noise END
$$;

-- `12`, or `3/7` of a key of two columns.
CREATE FUNCTION audit.key_of(row_json jsonb, keys text[]) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE cardinality(keys) WHEN 1 THEN row_json ->> keys[1] ELSE (row_json ->> keys[1]) || '/' || (row_json ->> keys[2]) END
$$;

-- Of two states of a row, what differs: [before, after], or null when nothing does but noise.
CREATE FUNCTION audit.difference(old_row jsonb, new_row jsonb, noise text[], veiled text[]) RETURNS jsonb[]
  LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN count(*) > 0 THEN ARRAY[
    jsonb_object_agg(o.key, CASE WHEN o.key = ANY (veiled) THEN '"(not told)"' ELSE o.value END),
    jsonb_object_agg(o.key, CASE WHEN o.key = ANY (veiled) THEN '"(not told)"' ELSE n.value END)] END
  FROM jsonb_each(old_row - noise) o JOIN jsonb_each(new_row) n ON n.key = o.key AND n.value IS DISTINCT FROM o.value
$$;

-- An entry's `before` or `after`: the row itself, or of several the first hundred and how many there are. One that is
-- too large is told by its size: an audit is not where data is kept.
CREATE FUNCTION audit.told(rows jsonb[], total bigint) RETURNS jsonb LANGUAGE sql IMMUTABLE PARALLEL SAFE
  AS $$
  SELECT CASE
    WHEN rows IS NULL THEN NULL
    WHEN length(value::text) > 65536 THEN jsonb_build_object('too_large_to_tell', length(value::text))
    ELSE value END
  FROM (SELECT CASE WHEN total = 1 THEN rows[1]
    WHEN total > 100 THEN jsonb_build_object('first', to_jsonb(rows), 'total', total)
    ELSE to_jsonb(rows) END AS value) AS told
$$;

-- Three trigger functions of one text: one entry for each statement and project it touched. Their arguments: what a row
-- is called, its key columns, and columns that are noise (they change without anybody's doing), or veiled (told to have
-- changed, but not to what). Statements stand in them as they are, so that each trigger keeps its plans.
DO $make$
DECLARE
  event text;
  changes text;
BEGIN
  FOREACH event IN ARRAY ARRAY['insert', 'update', 'delete'] LOOP
    -- j: the row by which it is placed and named; o, n: what is told of it before and after.
    changes := CASE event
      WHEN 'insert' THEN 'SELECT to_jsonb(r) AS j, NULL::jsonb AS o, audit.shown(to_jsonb(r), noise, veiled) AS n FROM new_rows r'
      WHEN 'delete' THEN 'SELECT to_jsonb(r) AS j, audit.shown(to_jsonb(r), noise, veiled) AS o, NULL::jsonb AS n FROM old_rows r'
      ELSE 'SELECT n.j, d[1] AS o, d[2] AS n
          FROM (SELECT to_jsonb(r) AS j FROM old_rows r OFFSET 0) o
          JOIN (SELECT to_jsonb(r) AS j FROM new_rows r OFFSET 0) n ON audit.key_of(o.j, keys) = audit.key_of(n.j, keys)
          CROSS JOIN LATERAL (SELECT audit.difference(o.j, n.j, noise, veiled) OFFSET 0) AS difference (d)
          WHERE d IS NOT NULL' END;
    EXECUTE format($function$
      CREATE FUNCTION audit.record_%1$s() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $body$
      DECLARE
        entity text := TG_ARGV[0];
        keys text[] := TG_ARGV[1];
        noise text[] := TG_ARGV[2]::text[] || ARRAY['organization_id', 'project_id'];
        veiled text[] := TG_ARGV[3];
        author jsonb := audit.author();
      BEGIN
        INSERT INTO audit.entries (organization_id, project_id, action, subject, row_count, user_id, credential, ip,
          request_id, route, before, after)
        SELECT organization, project, entity || '.%2$s', CASE WHEN count(*) = 1 THEN entity || ' ' || min(name) END,
          count(*), coalesce((author ->> 'user')::integer, min(self)), author ->> 'credential',
          coalesce(author ->> 'ip', min(address)), author ->> 'request', author ->> 'route',
          audit.told(array_agg(o) FILTER (WHERE o IS NOT NULL AND rank <= 100), count(*)),
          audit.told(array_agg(n) FILTER (WHERE n IS NOT NULL AND rank <= 100), count(*))
        FROM (
          SELECT o, n, row_number() OVER (PARTITION BY organization, project) AS rank, organization, project, name,
            self, address
          FROM (
            SELECT o, n, audit.key_of(j, keys) AS name,
              CASE entity WHEN 'organization' THEN (j ->> 'id')::integer
                ELSE coalesce((j ->> 'organization_id')::integer, 0) END AS organization,
              CASE entity WHEN 'project' THEN (j ->> 'id')::bigint ELSE (j ->> 'project_id')::bigint END AS project,
              -- Where nobody said who acts, people act for themselves: a session is begun by its user.
              CASE WHEN entity IN ('session', 'password', 'two_factor') THEN (j ->> 'user_id')::integer
                WHEN entity = 'user' THEN (j ->> 'id')::integer END AS self,
              CASE entity WHEN 'session' THEN j ->> 'ip_address' END AS address
            FROM (%3$s) AS changes) AS placed) AS ranked
        GROUP BY organization, project ORDER BY organization, project;
        RETURN NULL;
      END $body$
    $function$, event, CASE event WHEN 'insert' THEN 'create' ELSE event END, changes);
  END LOOP;
END $make$;

-- Has every change of a table recorded.
CREATE FUNCTION audit.watch(watched regclass, entity text, keys text[], noise text[] DEFAULT '{}',
    veiled text[] DEFAULT '{}', events text[] DEFAULT '{INSERT,UPDATE,DELETE}') RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog AS $$
DECLARE
  event text;
BEGIN
  FOREACH event IN ARRAY events LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS record_%s ON %s', lower(event), watched);
    EXECUTE format('CREATE TRIGGER record_%s AFTER %s ON %s REFERENCING %s FOR EACH STATEMENT EXECUTE FUNCTION audit.record_%s(%L, %L, %L, %L)',
      lower(event), event, watched,
      CASE event WHEN 'INSERT' THEN 'NEW TABLE AS new_rows' WHEN 'DELETE' THEN 'OLD TABLE AS old_rows'
        ELSE 'OLD TABLE AS old_rows NEW TABLE AS new_rows' END, lower(event), entity, keys, noise, veiled);
  END LOOP;
END $$;

SELECT audit.watch('magtrace.projects', 'project', '{id}', '{created_at,updated_at}');
SELECT audit.watch('magtrace.project_members', 'project_member', '{project_id,user_id}', '{created_at}');
SELECT audit.watch('magtrace.datasets', 'dataset', '{id}',
  '{progress,updated_at,statistics,quality,tracks,findings,channels,uploaded_at}');
SELECT audit.watch('magtrace.label_categories', 'label_category', '{id}', '{created_at,updated_at}');
SELECT audit.watch('magtrace.annotations', 'annotation', '{id}', '{created_at,updated_at}');
SELECT audit.watch('magtrace.models', 'model', '{id}', '{created_at,updated_at}', '{python_script}');
SELECT audit.watch('magtrace.training_sessions', 'training_session', '{id}',
  '{progress,current_epoch,live_metrics,training_metrics,validation_metrics,final_metrics,checkpoint_key,created_at,lineage}');
SELECT audit.watch('magtrace.predictions', 'prediction', '{id}', '{progress,uncertain_windows,given_intervals,created_at}');
-- What a prediction found is told by its completion; what people make of it, one by one.
SELECT audit.watch('magtrace.predicted_intervals', 'predicted_interval', '{prediction_id,number}', '{}', '{}', '{UPDATE}');
SELECT audit.watch('magtrace.suggestions', 'suggestion', '{id}', '{created_at}');

SELECT audit.watch('accounts.organizations', 'organization', '{id}', '{created_at,logo,metadata}');
SELECT audit.watch('accounts.members', 'member', '{organization_id,user_id}', '{id,created_at}');
SELECT audit.watch('accounts.invitations', 'invitation', '{id}', '{created_at}');
SELECT audit.watch('accounts.users', 'user', '{id}', '{created_at,updated_at,image}');
SELECT audit.watch('accounts.credentials', 'password', '{id}',
  '{access_token,refresh_token,id_token,access_token_expires_at,refresh_token_expires_at,created_at,updated_at}', '{password}');
SELECT audit.watch('accounts.sessions', 'session', '{id}', '{token,created_at,updated_at}', '{}', '{INSERT,DELETE}');
SELECT audit.watch('accounts.api_tokens', 'token', '{id}', '{last_used_at,created_at}', '{hash}');

-- Who may look into it: the organisations and projects named, as the audit's own service does for whoever may.
ALTER TABLE audit.entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.links ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_entries ON audit.entries FOR SELECT TO magtrace_app USING (
  organization_id = ANY ((SELECT magtrace.id_list('magtrace.audited_organizations'))::bigint[])
  OR project_id = ANY ((SELECT magtrace.id_list('magtrace.audited_projects'))::bigint[]));
CREATE POLICY read_links ON audit.links FOR SELECT TO magtrace_app USING (
  EXISTS (SELECT FROM audit.entries WHERE entries.id = links.entry_id));

GRANT USAGE ON SCHEMA audit TO magtrace_app, magtrace_accounts;
GRANT SELECT ON audit.entries, audit.links TO magtrace_app;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.note_reading(text, text, jsonb) TO magtrace_app, magtrace_accounts;

-- Anchors and checks look at all chains and touch none: under the accounts role, which the app role cannot become.
CREATE POLICY check_entries ON audit.entries FOR SELECT TO magtrace_accounts USING (true);
CREATE POLICY check_links ON audit.links FOR SELECT TO magtrace_accounts USING (true);
GRANT SELECT ON audit.entries, audit.links, audit.heads, audit.anchors TO magtrace_accounts;
GRANT INSERT ON audit.anchors TO magtrace_accounts;
