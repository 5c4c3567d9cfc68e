-- Compatible (tighter policies). Locks each table of schema magtrace for the moment a policy takes to be made.
SET LOCAL lock_timeout = '5s';

-- Whatever else lets a row through, it is of an organisation the transaction is for. A list of projects alone, such as
-- that of a token made for one project, then reaches nothing of an organisation its user is not in any more.
CREATE FUNCTION magtrace.guard_by_organization(guarded regclass) RETURNS void LANGUAGE plpgsql
  SET search_path = pg_catalog AS $$
BEGIN
  EXECUTE format('CREATE POLICY within_organizations ON %s AS RESTRICTIVE TO magtrace_app USING (
    organization_id = ANY ((SELECT magtrace.id_list(''magtrace.organizations''))::bigint[]))', guarded);
END $$;
REVOKE ALL ON FUNCTION magtrace.guard_by_organization(regclass) FROM PUBLIC;

SELECT magtrace.guard_by_organization(format('%I.%I', schemaname, tablename)::regclass)
FROM pg_tables WHERE schemaname = 'magtrace' ORDER BY tablename;
