-- Compatible: adds functions. The version before does not call them.
-- Locks nothing.
SET LOCAL lock_timeout = '5s';

-- What an administrator did to a job, in the audit of the organisation whose work it is; 0: of the installation. The job's
-- own row is the queue's, which the audit does not watch: every step of every job would stand in it.
CREATE FUNCTION audit.note_job(verb text, queue text, job uuid, of_organization integer, of_project bigint, was text)
  RETURNS void LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  a jsonb := audit.author();
BEGIN
  IF verb NOT IN ('retry', 'cancel') THEN
    RAISE invalid_parameter_value USING MESSAGE = format('a job is retried or cancelled, not "%s"', verb);
  END IF;
  INSERT INTO audit.inbox (organization_id, project_id, action, subject, user_id, credential, ip, request_id, route, before, after)
  VALUES (of_organization, nullif(of_project, 0), 'job.' || verb, 'job ' || job, (a ->> 'user')::integer, a ->> 'credential',
    a ->> 'ip', a ->> 'request', a ->> 'route', jsonb_build_object('queue', queue, 'state', was),
    jsonb_build_object('queue', queue, 'state', CASE verb WHEN 'retry' THEN 'retrying' ELSE 'cancelled' END));
END $$;
REVOKE ALL ON FUNCTION audit.note_job(text, text, uuid, integer, bigint, text) FROM PUBLIC;
GRANT USAGE ON SCHEMA audit TO magtrace_queue;
GRANT EXECUTE ON FUNCTION audit.note_job(text, text, uuid, integer, bigint, text) TO magtrace_queue;

-- How far work is, in percent, of all organisations: for their administrators, who see numbers and no names.
CREATE FUNCTION magtrace.job_progress(of_datasets bigint[], of_sessions bigint[], of_predictions bigint[], of_checks bigint[])
  RETURNS TABLE (queue text, id bigint, progress double precision)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT 'ingest', d.id, d.progress FROM magtrace.datasets d WHERE d.id = ANY (of_datasets)
  UNION ALL SELECT 'train', t.id, t.progress FROM magtrace.training_sessions t WHERE t.id = ANY (of_sessions)
  UNION ALL SELECT 'predict', p.id, p.progress FROM magtrace.predictions p WHERE p.id = ANY (of_predictions)
  UNION ALL SELECT 'verify', c.id, 100.0 * c.checked / greatest(c.total, 1) FROM audit.checks c WHERE c.id = ANY (of_checks)
$$;
REVOKE ALL ON FUNCTION magtrace.job_progress(bigint[], bigint[], bigint[], bigint[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION magtrace.job_progress(bigint[], bigint[], bigint[], bigint[]) TO magtrace_accounts;
