-- Compatible (new tables and functions; the version before uses none of them). Locks nothing that exists.
SET LOCAL lock_timeout = '5s';

-- Which master keys the running processes have: a rotation waits until all of them have the new one.
CREATE TABLE objects.key_holders (
  process text PRIMARY KEY CHECK (length(process) BETWEEN 1 AND 200),
  -- The machine, with its process numbers, and what tells the process from a later one of its number.
  host text NOT NULL CHECK (length(host) <= 300),
  pid integer NOT NULL,
  identity text NOT NULL CHECK (length(identity) <= 200),
  key_ids text[] NOT NULL,
  current_id text NOT NULL,
  looked_in text NOT NULL CHECK (length(looked_in) <= 4200),
  -- Why keys that lie there now were not taken.
  fault text CHECK (length(fault) <= 2000),
  seen_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE objects.key_holders IS 'One row a running api or worker, renewed three times a minute; an older one is of a process that died.';

-- Objects that a check found damaged or missing and that nobody has found whole since.
CREATE TABLE objects.damage (
  key text COLLATE "C" PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 512),
  fault text NOT NULL CHECK (length(fault) BETWEEN 1 AND 2000),
  organization_id integer,
  found_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now()
);

-- How far the scrub is.
CREATE TABLE objects.scrub (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  after_key text COLLATE "C" NOT NULL DEFAULT '',
  round_began_at timestamptz NOT NULL DEFAULT now(),
  objects bigint NOT NULL DEFAULT 0,
  bytes bigint NOT NULL DEFAULT 0,
  last_round_ended_at timestamptz,
  at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN objects.scrub.objects IS 'Read in the present round; `bytes` likewise.';

GRANT SELECT, INSERT, UPDATE, DELETE ON objects.key_holders, objects.damage, objects.scrub TO magtrace_accounts;

-- Who speaks of objects, for the words of a check. What is to be kept is said by magtrace.referenced_objects alone.
CREATE FUNCTION magtrace.object_owners(places text[])
  RETURNS TABLE (place text, what text, id bigint, organization_id integer)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT d.original_key, 'original of dataset', d.id, d.organization_id
    FROM magtrace.datasets d WHERE d.original_key = ANY (places)
  UNION ALL SELECT s.object_prefix, 'readings of dataset', s.dataset_id, s.organization_id
    FROM magtrace.segments s WHERE s.object_prefix = ANY (places)
  UNION ALL SELECT t.labels_key, 'labels of training session', t.id, t.organization_id
    FROM magtrace.training_sessions t WHERE t.labels_key = ANY (places)
  UNION ALL SELECT t.checkpoint_key, 'checkpoint of training session', t.id, t.organization_id
    FROM magtrace.training_sessions t WHERE t.checkpoint_key = ANY (places)
  UNION ALL SELECT t.model_key, 'model of training session', t.id, t.organization_id
    FROM magtrace.training_sessions t WHERE t.model_key = ANY (places)
  UNION ALL SELECT p.object_key, 'part of resumable upload', p.upload_id, p.organization_id
    FROM magtrace.upload_parts p WHERE p.object_key = ANY (places)
$$;

-- A page of labels by id: how many were looked at, the last of them, and those beyond the end of their recording.
CREATE FUNCTION magtrace.labels_beyond(after bigint, most integer)
  RETURNS TABLE (looked_at bigint, last_id bigint, beyond jsonb)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT count(*), max(page.id), coalesce(jsonb_agg(jsonb_build_object('id', page.id, 'dataset', d.id,
      'organization', d.organization_id, 'start', page.start_index, 'end', page.end_index, 'readings', d.total_records))
      FILTER (WHERE d.status = 'completed' AND page.end_index >= d.total_records), '[]')
  FROM (SELECT a.id, a.dataset_id, a.start_index, a.end_index FROM magtrace.annotations a
        WHERE a.id > after AND a.deleted_at IS NULL ORDER BY a.id LIMIT most) AS page
  JOIN magtrace.datasets d ON d.id = page.dataset_id
$$;

-- Recordings whose number of readings is not that of their parts.
CREATE FUNCTION magtrace.miscounted_datasets()
  RETURNS TABLE (id bigint, organization_id integer, total_records bigint, counted bigint)
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT d.id, d.organization_id, d.total_records, coalesce(sum(s.rows), 0)::bigint
  FROM magtrace.datasets d LEFT JOIN magtrace.segments s ON s.dataset_id = d.id
  WHERE d.status = 'completed' GROUP BY d.id HAVING d.total_records <> coalesce(sum(s.rows), 0)
$$;
REVOKE ALL ON FUNCTION magtrace.object_owners(text[]), magtrace.labels_beyond(bigint, integer),
  magtrace.miscounted_datasets() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION magtrace.object_owners(text[]), magtrace.labels_beyond(bigint, integer),
  magtrace.miscounted_datasets() TO magtrace_accounts;
