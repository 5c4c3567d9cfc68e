-- Breaking: processes of the version before see no row once this has run; stop them first (`magtrace up` does).
-- Locks each table of schema magtrace, and audit.entries and audit.links, for the moment their policies take to be made.
SET LOCAL lock_timeout = '5s';

-- Who asks is told to a transaction by a ticket: what the accounts role was answered when it presented a credential,
-- signed with a key that no role can read. The app role can show a ticket and cannot make one, so that SQL which
-- somebody else wrote under it is still SQL of whoever asked. A ticket's size does not grow with what its user has:
-- memberships are looked up by index.
CREATE SCHEMA access;
COMMENT ON SCHEMA access IS 'Who asks, and what they may do, as row-level security finds out from a ticket.';

CREATE TABLE access.ticket_key (
  is_only boolean PRIMARY KEY DEFAULT true CHECK (is_only),
  key bytea NOT NULL
);
COMMENT ON TABLE access.ticket_key IS 'What tickets are signed with; no role but the owner reads it. A new key ends every ticket.';
INSERT INTO access.ticket_key (key)
  SELECT sha256(convert_to(string_agg(gen_random_uuid()::text, ''), 'UTF8')) FROM generate_series(1, 4);

CREATE TYPE access.identity AS (
  user_id integer,
  good_until bigint,            -- Unix time, s
  writes boolean,               -- neither a read-only user nor a token that only reads
  organizations integer[],      -- theirs, without those that ask for a second factor they lack
  owned_organizations integer[],-- of these, all of whose projects they own; empty where project is set
  project bigint,               -- the only one, of a token for one project and of a job
  project_role text,            -- what they are in it; null: nothing
  administers boolean           -- the installation
);

-- HMAC as in RFC 2104 needs a padded key; hashing twice with the key in front of both is as safe against extension.
CREATE FUNCTION access.signature(key bytea, body text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN encode(sha256(key || sha256(key || convert_to(body, 'UTF8'))), 'hex');

CREATE FUNCTION access.sign(identity access.identity) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT access.signature(k.key, identity::text) || identity::text FROM access.ticket_key k
$$;

-- Whose transaction this is; all null without a ticket.
CREATE FUNCTION access.me() RETURNS access.identity
  LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  ticket text := current_setting('magtrace.ticket', true);
  body text := substr(ticket, 65);
  own bytea;
  me access.identity;
BEGIN
  IF coalesce(ticket, '') = '' THEN RETURN NULL; END IF;
  SELECT k.key INTO own FROM access.ticket_key k;
  IF encode(sha256(own || sha256(own || convert_to(body, 'UTF8'))), 'hex') IS DISTINCT FROM left(ticket, 64) THEN
    RAISE insufficient_privilege USING MESSAGE = 'this ticket was not issued here';
  END IF;
  me := body::access.identity;
  IF me.good_until < extract(epoch FROM now()) THEN
    RAISE insufficient_privilege USING MESSAGE = 'this ticket has expired';
  END IF;
  RETURN me;
END $$;

-- What policies ask. Each is inlined into an initial plan of the statement, so it is found out once, not once a row.
CREATE FUNCTION access.user_id() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT (access.me()).user_id $$;
CREATE FUNCTION access.organizations() RETURNS integer[] LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT (access.me()).organizations $$;
CREATE FUNCTION access.owned_organizations() RETURNS integer[] LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT (access.me()).owned_organizations $$;
CREATE FUNCTION access.writable_organizations() RETURNS integer[] LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN me.writes THEN me.owned_organizations END FROM access.me() AS me $$;
CREATE FUNCTION access.founding_organizations() RETURNS integer[] LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN me.writes AND me.project IS NULL THEN me.organizations END FROM access.me() AS me $$;
CREATE FUNCTION access.readable_project() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN me.project_role IS NOT NULL THEN me.project END FROM access.me() AS me $$;
CREATE FUNCTION access.writable_project() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN me.writes AND me.project_role <> 'viewer' THEN me.project END FROM access.me() AS me $$;
CREATE FUNCTION access.owned_project() RETURNS bigint LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN me.writes AND me.project_role = 'owner' THEN me.project END FROM access.me() AS me $$;
CREATE FUNCTION access.project_role() RETURNS text LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT (access.me()).project_role $$;
CREATE FUNCTION access.administers() RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT (access.me()).administers $$;
-- Whose memberships count: nobody's where one project alone is concerned.
CREATE FUNCTION access.member_id() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN me.project IS NULL THEN me.user_id END FROM access.me() AS me $$;
CREATE FUNCTION access.writing_member_id() RETURNS integer LANGUAGE sql STABLE PARALLEL SAFE
  AS $$ SELECT CASE WHEN me.writes AND me.project IS NULL THEN me.user_id END FROM access.me() AS me $$;

-- The asker's own memberships. Views have their owner's rights: policies of project_members itself can ask them.
CREATE VIEW access.memberships WITH (security_barrier) AS
  SELECT project_id, organization_id, role FROM magtrace.project_members WHERE user_id = (SELECT access.member_id());
CREATE VIEW access.writing_memberships WITH (security_barrier) AS
  SELECT project_id, organization_id, role FROM magtrace.project_members
  WHERE user_id = (SELECT access.writing_member_id()) AND role <> 'viewer';
GRANT SELECT ON access.memberships, access.writing_memberships TO magtrace_app;
DROP INDEX magtrace.project_members_user;
CREATE INDEX project_members_user ON magtrace.project_members (user_id, project_id) INCLUDE (organization_id, role);

-- Admission: from a credential to who asks and a ticket. For the accounts role alone.

CREATE TYPE access.admission AS (
  user_id integer, name text, email text, email_verified boolean, two_factor boolean, role text, disabled boolean,
  organizations jsonb,          -- [{id, name, role, require_two_factor}], withheld ones too
  project_organization integer, -- of a token for one project
  project_role text,
  ticket text
);

-- What a user may do with credentials of these scopes, for this project alone where one is given.
CREATE FUNCTION access.admit(asked_user integer, scopes text[], only_project bigint) RETURNS access.admission
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  u accounts.users;
  admission access.admission;
  identity access.identity;
BEGIN
  SELECT * INTO u FROM accounts.users WHERE id = asked_user;
  IF NOT FOUND THEN RETURN NULL; END IF;
  admission := ROW(u.id, u.name, u.email, u.email_verified, u.two_factor_enabled, u.role,
    coalesce(u.banned AND (u.ban_expires IS NULL OR u.ban_expires > now()), false));
  SELECT coalesce(jsonb_agg(jsonb_build_object('id', o.id, 'name', o.name, 'role', m.role,
      'require_two_factor', o.require_two_factor) ORDER BY o.id), '[]'),
    coalesce(array_agg(o.id) FILTER (WHERE u.two_factor_enabled OR NOT o.require_two_factor), '{}'),
    coalesce(array_agg(o.id) FILTER (WHERE m.role <> 'member' AND (u.two_factor_enabled OR NOT o.require_two_factor)), '{}')
    INTO admission.organizations, identity.organizations, identity.owned_organizations
    FROM accounts.members m JOIN accounts.organizations o ON o.id = m.organization_id WHERE m.user_id = asked_user;
  IF only_project IS NOT NULL THEN
    SELECT p.organization_id, CASE WHEN p.organization_id = ANY (identity.owned_organizations) THEN 'owner'
        WHEN p.organization_id = ANY (identity.organizations) THEN pm.role END
      INTO admission.project_organization, admission.project_role
      FROM magtrace.projects p LEFT JOIN magtrace.project_members pm ON pm.project_id = p.id AND pm.user_id = asked_user
      WHERE p.id = only_project;
    identity.owned_organizations := '{}';
    identity.project_role := admission.project_role;
  END IF;
  IF admission.disabled THEN RETURN admission; END IF;
  identity.user_id := u.id;
  identity.good_until := extract(epoch FROM now())::bigint + 300;
  identity.writes := u.role <> 'read_only' AND scopes && '{write,train,admin}';
  identity.project := only_project;
  identity.administers := u.role = 'admin' AND only_project IS NULL;
  admission.ticket := access.sign(identity);
  RETURN admission;
END $$;

-- A live token, by its hash or, for what was made from it, by its id; `claimed` are the scopes to keep of its own.
-- Notes its use at most once a minute.
CREATE FUNCTION access.admit_token(asked_hash bytea, asked_id bigint, claimed text[],
    OUT token_id bigint, OUT scopes text[], OUT project_id bigint, OUT admission access.admission)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  t accounts.api_tokens;
BEGIN
  IF asked_hash IS NOT NULL THEN SELECT * INTO t FROM accounts.api_tokens WHERE hash = asked_hash;
  ELSE SELECT * INTO t FROM accounts.api_tokens WHERE id = asked_id; END IF;
  IF t.id IS NULL OR t.revoked_at IS NOT NULL OR t.expires_at <= now() THEN RETURN; END IF;
  token_id := t.id;
  project_id := t.project_id;
  scopes := CASE WHEN claimed IS NULL THEN t.scopes
    ELSE ARRAY(SELECT s FROM unnest(claimed) AS s WHERE s = ANY (t.scopes)) END;
  admission := access.admit(t.user_id, scopes, t.project_id);
  IF t.last_used_at IS NULL OR t.last_used_at < now() - interval '1 minute' THEN
    UPDATE accounts.api_tokens SET last_used_at = now() WHERE id = t.id;
  END IF;
END $$;

-- A live session, by the token in its cookie or by its id. `is_old`: its end is due to be put off.
CREATE FUNCTION access.admit_session(asked_token text, asked_id integer, claimed text[], renew_before interval,
    OUT session_id integer, OUT is_old boolean, OUT admission access.admission)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  s accounts.sessions;
BEGIN
  IF asked_token IS NOT NULL THEN SELECT * INTO s FROM accounts.sessions WHERE token = asked_token;
  ELSE SELECT * INTO s FROM accounts.sessions WHERE id = asked_id; END IF;
  IF s.id IS NULL OR s.expires_at <= now() THEN RETURN; END IF;
  session_id := s.id;
  is_old := s.expires_at < now() + renew_before;
  admission := access.admit(s.user_id, coalesce(claimed, '{read,write,train,admin}'), NULL);
  IF s.last_used_at < now() - interval '1 minute' THEN
    UPDATE accounts.sessions SET last_used_at = now() WHERE id = s.id;
  END IF;
END $$;

-- A background job has the rights its user had when they asked for it, in one project alone. A user who has left
-- meanwhile has no say in work that was already accepted, so nothing is looked up again.
CREATE FUNCTION access.job_ticket(asking_user integer, in_organization integer, in_project bigint) RETURNS text
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT access.sign(ROW(asking_user, extract(epoch FROM now())::bigint + 86400, true, ARRAY[in_organization], '{}',
    in_project, 'collaborator', false)::access.identity)
$$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA access FROM PUBLIC;
GRANT USAGE ON SCHEMA access TO magtrace_app, magtrace_accounts;
GRANT EXECUTE ON FUNCTION access.me(), access.user_id(), access.organizations(), access.owned_organizations(),
  access.writable_organizations(), access.founding_organizations(), access.readable_project(),
  access.writable_project(), access.owned_project(), access.project_role(), access.administers(), access.member_id(),
  access.writing_member_id() TO magtrace_app, magtrace_accounts;
GRANT EXECUTE ON FUNCTION access.admit_token(bytea, bigint, text[]),
  access.admit_session(text, integer, text[], interval), access.job_ticket(integer, integer, bigint),
  access.admit(integer, text[], bigint) TO magtrace_accounts;

-- Policies. `guarded` has organization_id, and the project's id in `key`.
CREATE FUNCTION magtrace.guard_by_access(guarded regclass, key text) RETURNS void LANGUAGE plpgsql
  SET search_path = pg_catalog AS $$
DECLARE
  readable text := format($r$(organization_id = ANY ((SELECT access.owned_organizations())::integer[])
    OR %1$I = (SELECT access.readable_project())
    OR EXISTS (SELECT FROM access.memberships m WHERE m.project_id = %2$s.%1$I))$r$, key, guarded);
  writable text := format($w$(organization_id = ANY ((SELECT access.writable_organizations())::integer[])
    OR %1$I = (SELECT access.writable_project())
    OR EXISTS (SELECT FROM access.writing_memberships m WHERE m.project_id = %2$s.%1$I))$w$, key, guarded);
  owned text := format($o$(organization_id = ANY ((SELECT access.writable_organizations())::integer[])
    OR %1$I = (SELECT access.owned_project())
    OR EXISTS (SELECT FROM access.writing_memberships m WHERE m.project_id = %2$s.%1$I AND m.role = 'owner'))$o$, key, guarded);
  is_project boolean := guarded = 'magtrace.projects'::regclass;
  -- Members of a project are set by its owners alone, whatever else its collaborators may write; so is its deletion.
  is_members boolean := guarded = 'magtrace.project_members'::regclass;
BEGIN
  EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', guarded);
  EXECUTE format('CREATE POLICY read_rows ON %s FOR SELECT TO magtrace_app USING %s', guarded, readable);
  EXECUTE format('CREATE POLICY insert_rows ON %s FOR INSERT TO magtrace_app WITH CHECK %s', guarded,
    CASE WHEN is_project THEN '(organization_id = ANY ((SELECT access.founding_organizations())::integer[]))'
      WHEN is_members THEN owned ELSE writable END);
  EXECUTE format('CREATE POLICY update_rows ON %s FOR UPDATE TO magtrace_app USING %s WITH CHECK %s', guarded,
    CASE WHEN is_members THEN owned ELSE writable END, CASE WHEN is_members THEN owned ELSE writable END);
  EXECUTE format('CREATE POLICY delete_rows ON %s FOR DELETE TO magtrace_app USING %s', guarded,
    -- Whoever is in a project may leave it.
    CASE WHEN is_members THEN format('(%s OR user_id = (SELECT access.writing_member_id()))', owned)
      WHEN is_project THEN owned ELSE writable END);
  EXECUTE format('CREATE POLICY within_organizations ON %s AS RESTRICTIVE TO magtrace_app USING (
    organization_id = ANY ((SELECT access.organizations())::integer[]))', guarded);
  EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO magtrace_app', guarded);
END $$;
REVOKE ALL ON FUNCTION magtrace.guard_by_access(regclass, text) FROM PUBLIC;

DO $$
DECLARE
  held record;
BEGIN
  FOR held IN SELECT policyname, format('%I.%I', schemaname, tablename) AS on_table FROM pg_policies
    WHERE schemaname = 'magtrace' LOOP
    EXECUTE format('DROP POLICY %I ON %s', held.policyname, held.on_table);
  END LOOP;
  FOR held IN SELECT format('%I.%I', schemaname, tablename)::regclass AS guarded FROM pg_tables
    WHERE schemaname = 'magtrace' LOOP
    PERFORM magtrace.guard_by_access(held.guarded,
      CASE held.guarded WHEN 'magtrace.projects'::regclass THEN 'id' ELSE 'project_id' END);
  END LOOP;
END $$;
DROP FUNCTION magtrace.guard_by_organization(regclass);
-- For migrations to come: every policy of a table below projects.
CREATE OR REPLACE FUNCTION magtrace.guard_by_project(guarded regclass) RETURNS void LANGUAGE sql
  AS $$ SELECT magtrace.guard_by_access(guarded, 'project_id') $$;

CREATE OR REPLACE VIEW magtrace.people WITH (security_barrier) AS
  SELECT DISTINCT users.id, users.name, users.email
  FROM accounts.users JOIN accounts.members ON members.user_id = users.id
  WHERE members.organization_id = ANY ((SELECT access.organizations())::integer[]);
CREATE OR REPLACE VIEW magtrace.colleagues WITH (security_barrier) AS
  SELECT members.organization_id, members.role, users.id, users.name, users.email
  FROM accounts.members JOIN accounts.users ON users.id = members.user_id
  WHERE members.organization_id = ANY ((SELECT access.organizations())::integer[]);

-- A policy cannot compare a row with what it was.
CREATE OR REPLACE FUNCTION magtrace.guard_project_change() RETURNS trigger
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF current_user <> 'magtrace_app' THEN RETURN NEW; END IF;
  IF NEW.id <> OLD.id OR NEW.organization_id <> OLD.organization_id THEN
    RAISE insufficient_privilege USING MESSAGE = 'a project stays in its organisation';
  END IF;
  IF NEW.deleted_at IS DISTINCT FROM OLD.deleted_at
    AND NOT coalesce(OLD.organization_id = ANY (access.writable_organizations()), false)
    AND OLD.id IS DISTINCT FROM access.owned_project()
    AND NOT EXISTS (SELECT FROM access.writing_memberships m WHERE m.project_id = OLD.id AND m.role = 'owner') THEN
    RAISE insufficient_privilege USING MESSAGE = 'only owners delete or restore a project';
  END IF;
  RETURN NEW;
END $$;

-- Makes a project and its founder its owner, in one step: before, neither could be seen or be a member of the other.
CREATE FUNCTION magtrace.found_project(in_organization integer, project_name text, project_description text,
    project_settings jsonb, project_status text, project_import jsonb) RETURNS bigint
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  founder integer := access.user_id();
  founded bigint;
BEGIN
  IF NOT coalesce(in_organization = ANY (access.founding_organizations()), false) THEN
    RAISE insufficient_privilege USING MESSAGE = 'no project may be made in this organisation';
  END IF;
  INSERT INTO magtrace.projects (organization_id, name, description, settings, status, import, created_by)
    VALUES (in_organization, project_name, project_description, project_settings, project_status, project_import, founder)
    RETURNING id INTO founded;
  INSERT INTO magtrace.project_members (project_id, organization_id, user_id, role)
    VALUES (founded, in_organization, founder, 'owner');
  RETURN founded;
END $$;
REVOKE ALL ON FUNCTION magtrace.found_project(integer, text, text, jsonb, text, jsonb) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION magtrace.found_project(integer, text, text, jsonb, text, jsonb) TO magtrace_app;

-- How many projects of an organisation can be used: a list's total at the same cost for any number.
CREATE TABLE access.project_counts (
  organization_id integer PRIMARY KEY REFERENCES accounts.organizations ON DELETE CASCADE,
  usable bigint NOT NULL
);
INSERT INTO access.project_counts
  SELECT organization_id, count(*) FROM magtrace.projects WHERE status = 'ready' AND deleted_at IS NULL GROUP BY 1;
CREATE FUNCTION access.count_projects() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  before integer := 0;
  after integer := 0;
BEGIN
  IF TG_OP <> 'INSERT' THEN before := (OLD.status = 'ready' AND OLD.deleted_at IS NULL)::integer; END IF;
  IF TG_OP <> 'DELETE' THEN after := (NEW.status = 'ready' AND NEW.deleted_at IS NULL)::integer; END IF;
  IF before = after THEN RETURN NULL; END IF;
  INSERT INTO access.project_counts VALUES (coalesce(NEW.organization_id, OLD.organization_id), after - before)
    ON CONFLICT (organization_id) DO UPDATE SET usable = project_counts.usable + excluded.usable;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION access.count_projects() FROM PUBLIC;
CREATE TRIGGER count_projects AFTER INSERT OR DELETE OR UPDATE OF status, deleted_at, organization_id
  ON magtrace.projects FOR EACH ROW EXECUTE FUNCTION access.count_projects();
-- A page of the projects the asker can use, or of those deleted, and what they are in each. It goes by two indices,
-- that of each organisation they own and that of their memberships, so that it costs the same whatever else there is;
-- and its plan is kept by each connection, also behind a PgBouncer that keeps no named statements.
CREATE INDEX projects_deleted ON magtrace.projects (organization_id, id) WHERE deleted_at IS NOT NULL;
CREATE FUNCTION magtrace.listed_projects(deleted boolean, most bigint, skipped bigint) RETURNS TABLE (id bigint, role text)
  LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100 SET search_path = pg_catalog, pg_temp SET plan_cache_mode = force_generic_plan AS $$
#variable_conflict use_column
DECLARE
  me access.identity := access.me();
BEGIN
  IF me.project IS NOT NULL THEN
    RETURN QUERY SELECT p.id, me.project_role FROM magtrace.projects p
      WHERE p.id = me.project AND me.project_role IS NOT NULL AND p.organization_id = ANY (me.organizations)
        AND p.status = 'ready' AND (p.deleted_at IS NOT NULL) = listed_projects.deleted LIMIT most OFFSET skipped;
    RETURN;
  END IF;
  IF listed_projects.deleted THEN
    RETURN QUERY SELECT found.id, found.role FROM (
        SELECT p.id, 'owner' AS role FROM magtrace.projects p
          WHERE p.organization_id = ANY (me.owned_organizations) AND p.deleted_at IS NOT NULL AND p.status = 'ready'
        UNION ALL SELECT m.project_id, m.role FROM magtrace.project_members m JOIN magtrace.projects p ON p.id = m.project_id
          WHERE m.user_id = me.user_id AND m.organization_id = ANY (me.organizations)
            AND m.organization_id <> ALL (me.owned_organizations) AND p.deleted_at IS NOT NULL AND p.status = 'ready') AS found
      ORDER BY found.id LIMIT most OFFSET skipped;
    RETURN;
  END IF;
  RETURN QUERY SELECT found.id, found.role FROM (
      SELECT q.id, 'owner' AS role FROM unnest(me.owned_organizations) AS own (id) CROSS JOIN LATERAL (
        SELECT p.id FROM magtrace.projects p
          WHERE p.organization_id = own.id AND p.deleted_at IS NULL AND p.status = 'ready'
          ORDER BY p.organization_id, p.id LIMIT most + skipped) q
      UNION ALL (SELECT m.project_id, m.role FROM magtrace.project_members m JOIN magtrace.projects p ON p.id = m.project_id
        WHERE m.user_id = me.user_id AND m.organization_id = ANY (me.organizations)
          AND m.organization_id <> ALL (me.owned_organizations) AND p.deleted_at IS NULL AND p.status = 'ready'
        ORDER BY m.project_id LIMIT most + skipped)) AS found
    ORDER BY found.id LIMIT most OFFSET skipped;
END $$;

-- How many there are in all: of organisations from their counts, the asker's memberships one by one.
CREATE FUNCTION magtrace.count_listed_projects(deleted boolean) RETURNS bigint
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  me access.identity := access.me();
  owned bigint;
  named bigint;
BEGIN
  IF me.project IS NOT NULL THEN
    RETURN (SELECT count(*) FROM magtrace.listed_projects(count_listed_projects.deleted, 1, 0));
  END IF;
  IF count_listed_projects.deleted THEN
    SELECT count(*) INTO owned FROM magtrace.projects p
      WHERE p.organization_id = ANY (me.owned_organizations) AND p.deleted_at IS NOT NULL AND p.status = 'ready';
  ELSE
    SELECT coalesce(sum(usable), 0) INTO owned FROM access.project_counts
      WHERE organization_id = ANY (me.owned_organizations);
  END IF;
  SELECT count(*) INTO named FROM magtrace.project_members m JOIN magtrace.projects p ON p.id = m.project_id
    WHERE m.user_id = me.user_id AND m.organization_id = ANY (me.organizations)
      AND m.organization_id <> ALL (me.owned_organizations)
      AND p.status = 'ready' AND (p.deleted_at IS NOT NULL) = count_listed_projects.deleted;
  RETURN owned + named;
END $$;
REVOKE ALL ON FUNCTION magtrace.listed_projects(boolean, bigint, bigint), magtrace.count_listed_projects(boolean) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION magtrace.listed_projects(boolean, bigint, bigint), magtrace.count_listed_projects(boolean) TO magtrace_app;

-- The audit: read by who owns an organisation or a project, by administrators that of the installation.
DROP POLICY read_entries ON audit.entries;
DROP POLICY read_links ON audit.links;
CREATE POLICY read_entries ON audit.entries FOR SELECT TO magtrace_app USING (
  organization_id = ANY ((SELECT access.owned_organizations())::integer[])
  OR (organization_id = 0 AND (SELECT access.administers()))
  OR (project_id = (SELECT access.readable_project()) AND (SELECT access.project_role()) = 'owner')
  OR EXISTS (SELECT FROM access.memberships m WHERE m.project_id = entries.project_id AND m.role = 'owner' OFFSET 0));
CREATE POLICY read_links ON audit.links FOR SELECT TO magtrace_app USING (
  organization_id = ANY ((SELECT access.owned_organizations())::integer[])
  OR EXISTS (SELECT FROM audit.entries WHERE entries.id = links.entry_id OFFSET 0));

-- As 0015_lent_rights.sql made it, but for whom it writes it finds out from the ticket.
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
    OR (place ->> 0)::integer = ANY (access.organizations())
    OR ((place ->> 0)::integer = 0 AND access.administers())
  ORDER BY 1;
END $$;

-- For whom a change is written is what the ticket says, too; the rest is told, and is no right.
CREATE OR REPLACE FUNCTION audit.author() RETURNS jsonb LANGUAGE plpgsql STABLE SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  told jsonb := coalesce(nullif(current_setting('magtrace.author', true), ''), '{}')::jsonb;
BEGIN
  IF pg_has_role(session_user, 'magtrace_accounts', 'MEMBER') THEN RETURN told; END IF;
  RETURN jsonb_set(told, '{user}', coalesce(to_jsonb(access.user_id()), 'null'));
END $$;

DROP FUNCTION magtrace.id_list(text);
DROP FUNCTION magtrace.current_user_id();
