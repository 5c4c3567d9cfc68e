-- Compatible (new columns with defaults, new functions, tighter policies). Locks accounts.invitations,
-- magtrace.projects and magtrace.project_members for moments; the unique index is built over invitations, which were
-- never made before this.
SET LOCAL lock_timeout = '5s';

-- 0008 may have made it already.
ALTER TABLE accounts.organizations ADD COLUMN IF NOT EXISTS require_two_factor boolean NOT NULL DEFAULT false;
ALTER TABLE accounts.users ADD COLUMN IF NOT EXISTS two_factor_enabled boolean DEFAULT false;

ALTER TABLE accounts.invitations
  ADD COLUMN token_hash bytea UNIQUE,
  ADD COLUMN mailed boolean NOT NULL DEFAULT false,
  ADD CHECK (status IN ('pending', 'accepted', 'replaced', 'revoked')),
  ADD CHECK (role IN ('owner', 'admin', 'member'));
CREATE UNIQUE INDEX invitations_pending ON accounts.invitations (organization_id, email) WHERE status = 'pending';
COMMENT ON COLUMN accounts.invitations.token_hash IS 'SHA-256 of the link''s token, which has 256 random bits of its own.';
COMMENT ON COLUMN accounts.invitations.mailed IS 'Whether only the address itself was told the link: whoever has it then reads mail sent there.';

SELECT audit.watch('accounts.invitations', 'invitation', '{id}', '{created_at}', '{token_hash}');

-- Who is in an organisation and what they are, for those who are in it as well.
CREATE VIEW magtrace.colleagues WITH (security_barrier) AS
  SELECT members.organization_id, members.role, users.id, users.name, users.email
  FROM accounts.members JOIN accounts.users ON users.id = members.user_id
  WHERE members.organization_id = ANY ((SELECT magtrace.id_list('magtrace.organizations'))::bigint[]);
GRANT SELECT ON magtrace.colleagues TO magtrace_app;

-- Members of a project are set by its owners alone, whatever else its collaborators may write.
DROP POLICY insert_rows ON magtrace.project_members;
DROP POLICY update_rows ON magtrace.project_members;
DROP POLICY delete_rows ON magtrace.project_members;
CREATE POLICY insert_rows ON magtrace.project_members FOR INSERT TO magtrace_app WITH CHECK (
  organization_id = ANY ((SELECT magtrace.id_list('magtrace.writable_organizations'))::bigint[])
  OR project_id = ANY ((SELECT magtrace.id_list('magtrace.owned_projects'))::bigint[]));
CREATE POLICY update_rows ON magtrace.project_members FOR UPDATE TO magtrace_app USING (
  organization_id = ANY ((SELECT magtrace.id_list('magtrace.writable_organizations'))::bigint[])
  OR project_id = ANY ((SELECT magtrace.id_list('magtrace.owned_projects'))::bigint[]));
CREATE POLICY delete_rows ON magtrace.project_members FOR DELETE TO magtrace_app USING (
  organization_id = ANY ((SELECT magtrace.id_list('magtrace.writable_organizations'))::bigint[])
  OR project_id = ANY ((SELECT magtrace.id_list('magtrace.owned_projects'))::bigint[]));

-- So is its deletion. The first is for good, of one that was never ready; the second can be undone for 30 days.
DROP POLICY delete_projects ON magtrace.projects;
CREATE POLICY delete_projects ON magtrace.projects FOR DELETE TO magtrace_app USING (
  organization_id = ANY ((SELECT magtrace.id_list('magtrace.writable_organizations'))::bigint[])
  OR id = ANY ((SELECT magtrace.id_list('magtrace.owned_projects'))::bigint[]));

-- A policy cannot compare a row with what it was.
CREATE FUNCTION magtrace.guard_project_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  IF current_user <> 'magtrace_app' THEN RETURN NEW; END IF;
  IF NEW.id <> OLD.id OR NEW.organization_id <> OLD.organization_id THEN
    RAISE insufficient_privilege USING MESSAGE = 'a project stays in its organisation';
  END IF;
  IF NEW.deleted_at IS DISTINCT FROM OLD.deleted_at
    AND OLD.organization_id <> ALL (magtrace.id_list('magtrace.writable_organizations'))
    AND OLD.id <> ALL (magtrace.id_list('magtrace.owned_projects')) THEN
    RAISE insufficient_privilege USING MESSAGE = 'only owners delete or restore a project';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER guard_change BEFORE UPDATE OF id, organization_id, deleted_at ON magtrace.projects
  FOR EACH ROW EXECUTE FUNCTION magtrace.guard_project_change();

-- Whoever leaves an organisation or a project leaves no token behind that would work again on their return.
CREATE FUNCTION accounts.revoke_tokens_of_organization() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE accounts.api_tokens SET revoked_at = now()
  WHERE user_id = OLD.user_id AND revoked_at IS NULL
    AND project_id IN (SELECT id FROM magtrace.projects WHERE organization_id = OLD.organization_id);
  RETURN NULL;
END $$;
CREATE TRIGGER revoke_tokens AFTER DELETE ON accounts.members
  FOR EACH ROW EXECUTE FUNCTION accounts.revoke_tokens_of_organization();

CREATE FUNCTION accounts.revoke_tokens_of_project() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  UPDATE accounts.api_tokens SET revoked_at = now()
  WHERE user_id = OLD.user_id AND revoked_at IS NULL AND project_id = OLD.project_id
    AND NOT EXISTS (SELECT FROM accounts.members
      WHERE organization_id = OLD.organization_id AND user_id = OLD.user_id AND role <> 'member');
  RETURN NULL;
END $$;
CREATE TRIGGER revoke_tokens AFTER DELETE ON magtrace.project_members
  FOR EACH ROW EXECUTE FUNCTION accounts.revoke_tokens_of_project();

-- Tells every api process, once it is committed, that a user may do less or more than a moment ago: their open event
-- streams are looked at again. By triggers, so that no way of changing it is forgotten.
CREATE FUNCTION accounts.tell_access() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('magtrace_access', to_jsonb(OLD) ->> TG_ARGV[0]);
  RETURN NULL;
END $$;
CREATE TRIGGER tell_access AFTER DELETE OR UPDATE OF role ON accounts.members
  FOR EACH ROW EXECUTE FUNCTION accounts.tell_access('user_id');
CREATE TRIGGER tell_access AFTER DELETE OR UPDATE OF role ON magtrace.project_members
  FOR EACH ROW EXECUTE FUNCTION accounts.tell_access('user_id');
CREATE TRIGGER tell_access AFTER DELETE OR UPDATE OF role, banned, ban_expires ON accounts.users
  FOR EACH ROW EXECUTE FUNCTION accounts.tell_access('id');
CREATE TRIGGER tell_access AFTER DELETE ON accounts.sessions
  FOR EACH ROW EXECUTE FUNCTION accounts.tell_access('user_id');
CREATE TRIGGER tell_access AFTER DELETE OR UPDATE OF revoked_at ON accounts.api_tokens
  FOR EACH ROW EXECUTE FUNCTION accounts.tell_access('user_id');

CREATE FUNCTION accounts.tell_access_of_members() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $$
BEGIN
  PERFORM pg_notify('magtrace_access', user_id::text) FROM accounts.members WHERE organization_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER tell_access AFTER UPDATE OF require_two_factor ON accounts.organizations
  FOR EACH ROW WHEN (NEW.require_two_factor AND NOT OLD.require_two_factor)
  EXECUTE FUNCTION accounts.tell_access_of_members();

REVOKE ALL ON FUNCTION accounts.revoke_tokens_of_organization(), accounts.revoke_tokens_of_project(),
  accounts.tell_access(), accounts.tell_access_of_members(), magtrace.guard_project_change() FROM PUBLIC;
