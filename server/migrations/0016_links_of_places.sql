-- Compatible (a policy that lets the same rows through). Locks audit.links for the moment a policy takes to be made.
SET LOCAL lock_timeout = '5s';

-- As 0007_audit.sql made it, every page of a list and every part of an export read all entries of the installation to
-- know which links may be seen. OFFSET 0 has each link's own entry looked at instead, and that only where the
-- organisation does not decide already.
DROP POLICY read_links ON audit.links;
CREATE POLICY read_links ON audit.links FOR SELECT TO magtrace_app USING (
  organization_id = ANY ((SELECT magtrace.id_list('magtrace.audited_organizations'))::bigint[])
  OR EXISTS (SELECT FROM audit.entries WHERE entries.id = links.entry_id OFFSET 0));
