-- Breaking: audit.links goes, and a program of an earlier version can neither read nor write the audit afterwards.
-- Locks audit.entries and audit.links, and with them every change and every read of the api, while entries are copied
-- into months: allow a minute or two for each 10^6 of them. Every hash is kept, and the chains go on.
SET LOCAL lock_timeout = '5s';
SET LOCAL work_mem = '64MB';

LOCK TABLE audit.entries, audit.links, audit.heads IN ACCESS EXCLUSIVE MODE;
ALTER TABLE audit.entries RENAME TO unordered_entries;
DROP FUNCTION audit.sealed_text(audit.unordered_entries, bigint);

-- What has been done, not yet in order. Transactions only add to it and wait for nobody; audit.sequence takes it out.
CREATE TABLE audit.inbox (
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
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
SELECT setval(pg_get_serial_sequence('audit.inbox', 'id'), max(id)) FROM audit.unordered_entries HAVING count(*) > 0;

-- By the month in which they were sequenced, not in which they were made: so a month holds, of each organisation, a run
-- of positions without a hole, and dropping the oldest month drops a beginning.
CREATE TABLE audit.entries (
  organization_id integer NOT NULL,
  position bigint NOT NULL,
  sequenced timestamptz NOT NULL,
  facet_id bigint NOT NULL,
  id bigint NOT NULL,
  project_id bigint,
  at timestamptz NOT NULL,
  action text NOT NULL,
  subject text,
  row_count integer NOT NULL,
  user_id integer,
  credential text,
  ip text,
  request_id text,
  route text,
  before jsonb,
  after jsonb,
  hash bytea NOT NULL,
  leaf bytea NOT NULL
) PARTITION BY RANGE (sequenced);
COMMENT ON COLUMN audit.entries.sequenced IS 'Never before `at`, and never before that of an earlier position.';
COMMENT ON COLUMN audit.entries.hash IS 'SHA-256 of the hash before it and the sealed text: the chain.';
COMMENT ON COLUMN audit.entries.leaf IS 'SHA-256 of a zero byte and the sealed text: the leaf of the tree of RFC 9162.';

-- How often who did what where in a month. A page finds its entries through these: they are few where entries are many,
-- and say at once that a combination of filters has none.
CREATE TABLE audit.facets (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id integer NOT NULL,
  month timestamptz NOT NULL,
  project_id bigint,
  user_id integer,
  action text NOT NULL,
  entries bigint NOT NULL,
  first_position bigint NOT NULL,
  last_position bigint NOT NULL,
  longest_wait interval NOT NULL,
  UNIQUE NULLS NOT DISTINCT (organization_id, month, action, user_id, project_id)
);
COMMENT ON COLUMN audit.facets.longest_wait IS 'The most between an entry''s `at` and `sequenced`.';

-- Hashes of complete subtrees of 256, 256² … leaves, from which every root and proof follows with few reads. Level 0:
-- leaves of entries that were dropped, where the subtree they begin is not complete.
CREATE TABLE audit.nodes (
  organization_id integer NOT NULL,
  level smallint NOT NULL,
  index bigint NOT NULL,
  hash bytea NOT NULL,
  PRIMARY KEY (organization_id, level, index)
);

-- Where a chain begins since its first entries were dropped. The next anchor vouches for it: its hash follows from this.
CREATE TABLE audit.checkpoints (
  organization_id integer NOT NULL,
  position bigint NOT NULL,
  hash bytea NOT NULL,
  month timestamptz NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (organization_id, position)
);

-- Entries of earlier versions without a place in a chain. There should be none; if there are, checks go on to say so.
CREATE TABLE audit.outside AS
  SELECT * FROM audit.unordered_entries e WHERE NOT EXISTS (
    SELECT FROM audit.links l WHERE l.entry_id = e.id AND l.organization_id = e.organization_id);

ALTER TABLE audit.heads ADD COLUMN sequenced timestamptz NOT NULL DEFAULT '-infinity';
ALTER TABLE audit.heads ALTER COLUMN sequenced DROP DEFAULT;
ALTER TABLE audit.anchors ADD COLUMN root bytea;
COMMENT ON COLUMN audit.anchors.root IS 'Of the tree of that size; null in those of earlier versions.';

-- Long chains are checked by a worker; this is how far it is, and what it found.
CREATE TABLE audit.checks (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id integer NOT NULL,
  asked_by integer,
  status text NOT NULL DEFAULT 'waiting' CHECK (status IN ('waiting', 'running', 'completed', 'failed')),
  checked bigint NOT NULL DEFAULT 0,
  total bigint NOT NULL,
  verdict jsonb,
  created_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz
);
CREATE UNIQUE INDEX checks_under_way ON audit.checks (organization_id) WHERE status IN ('waiting', 'running');

-- What the hashes are over. `magtrace audit verify` has the same expression of its own (server/src/audit/queries.ts), so
-- that it need not trust this one.
CREATE FUNCTION audit.sealed_text(entry_position bigint, organization_id integer, project_id bigint, at timestamptz,
    action text, subject text, row_count integer, user_id integer, credential text, ip text, request_id text, route text,
    before jsonb, after jsonb) RETURNS text
  LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT jsonb_build_array($1, $2, $3, to_char($4 AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), $5, $6, $7, $8,
    $9, $10, $11, $12, $13, $14)::text
$$;

-- The chain's hash at each of several entries in a row, as a window function: `start` is the hash before the first.
CREATE FUNCTION audit.next_hash(previous bytea, start bytea, sealed text) RETURNS bytea
  LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  RETURN sha256(coalesce(previous, start) || convert_to(sealed, 'UTF8'));
END $$;
CREATE AGGREGATE audit.chain(start bytea, sealed text) (SFUNC = audit.next_hash, STYPE = bytea);

CREATE FUNCTION audit.leaf_hash(sealed text) RETURNS bytea LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT sha256('\x00'::bytea || convert_to(sealed, 'UTF8'))
$$;

-- The root over a power of two of hashes (RFC 9162, 2.1.1).
CREATE FUNCTION audit.subtree_hash(hashes bytea[]) RETURNS bytea LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
BEGIN
  WHILE cardinality(hashes) > 1 LOOP
    hashes := ARRAY(SELECT sha256('\x01'::bytea || hashes[2 * i - 1] || hashes[2 * i])
      FROM generate_series(1, cardinality(hashes) / 2) AS i ORDER BY i);
  END LOOP;
  RETURN hashes[1];
END $$;

-- Adds the subtrees that a chain has completed while it grew from `old_size` to `new_size`.
CREATE FUNCTION audit.grow_tree(organization integer, old_size bigint, new_size bigint) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  leaves bytea[];
  old_count bigint := old_size / 256;
  new_count bigint := new_size / 256;
BEGIN
  FOR block IN old_count .. new_count - 1 LOOP
    leaves := ARRAY(SELECT leaf FROM (
        SELECT position - 1 AS index, leaf FROM audit.entries
        WHERE organization_id = organization AND position > block * 256 AND position <= (block + 1) * 256
        UNION ALL
        SELECT index, hash FROM audit.nodes
        WHERE organization_id = organization AND level = 0 AND index >= block * 256 AND index < (block + 1) * 256
      ) AS all_leaves ORDER BY index);
    -- Of a chain that somebody has torn a hole into there is no tree; a check says where the hole is.
    CONTINUE WHEN cardinality(leaves) <> 256;
    INSERT INTO audit.nodes VALUES (organization, 8, block, audit.subtree_hash(leaves)) ON CONFLICT DO NOTHING;
  END LOOP;
  FOR above IN 2 .. 5 LOOP
    old_count := old_count / 256;
    new_count := new_count / 256;
    EXIT WHEN old_count = new_count;
    INSERT INTO audit.nodes
      SELECT organization, above * 8, block, audit.subtree_hash(children)
      FROM generate_series(old_count, new_count - 1) AS block
      CROSS JOIN LATERAL (SELECT ARRAY(SELECT hash FROM audit.nodes
        WHERE organization_id = organization AND level = above * 8 - 8 AND index >= block * 256 AND index < (block + 1) * 256
        ORDER BY index)) AS below (children)
      WHERE cardinality(children) = 256
      ON CONFLICT DO NOTHING;
  END LOOP;
END $$;

CREATE OR REPLACE FUNCTION audit.refuse_change() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the audit is only ever added to' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.entries EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR TRUNCATE ON audit.inbox EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER only_sequenced BEFORE DELETE ON audit.inbox
  WHEN (current_setting('magtrace.sequencing', true) IS DISTINCT FROM 'on') EXECUTE FUNCTION audit.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.outside EXECUTE FUNCTION audit.refuse_change();

CREATE FUNCTION audit.month_of(moment timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT date_trunc('month', moment, 'UTC')
$$;

-- `audit.entries_2026_11`, with guards of its own: those of the whole see only statements that name the whole.
CREATE FUNCTION audit.partition_name(month timestamptz) RETURNS text LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT 'entries_' || to_char(month AT TIME ZONE 'UTC', 'YYYY_MM')
$$;

-- Made apart and then attached, which waits for no reader and lets none wait.
CREATE FUNCTION audit.make_month(moment timestamptz) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  month timestamptz := audit.month_of(moment);
  next_month timestamptz := audit.month_of(month + interval '32 days');
  name text := audit.partition_name(month);
BEGIN
  IF to_regclass(format('audit.%I', name)) IS NOT NULL THEN RETURN; END IF;
  EXECUTE format('CREATE TABLE audit.%I (LIKE audit.entries INCLUDING ALL)', name);
  EXECUTE format('ALTER TABLE audit.%I ENABLE ROW LEVEL SECURITY', name);
  EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.%I
    EXECUTE FUNCTION audit.refuse_change()', name);
  EXECUTE format('ALTER TABLE audit.entries ATTACH PARTITION audit.%I FOR VALUES FROM (%L) TO (%L)', name, month, next_month);
END $$;

-- What earlier versions left, with their positions and hashes as they are. `sequenced` was not kept: it is taken from
-- the newest `at` so far.
DO $move$
DECLARE
  month timestamptz;
  head record;
BEGIN
  CREATE TEMPORARY TABLE placed ON COMMIT DROP AS
    SELECT e.*, l.position, l.hash, max(e.at) OVER (PARTITION BY l.organization_id ORDER BY l.position) AS sequenced
    FROM audit.links l JOIN audit.unordered_entries e ON e.id = l.entry_id AND e.organization_id = l.organization_id;
  FOR month IN SELECT DISTINCT audit.month_of(placed.sequenced) FROM pg_temp.placed LOOP
    PERFORM audit.make_month(month);
  END LOOP;
  INSERT INTO audit.facets (organization_id, month, project_id, user_id, action, entries, first_position, last_position, longest_wait)
    SELECT organization_id, audit.month_of(sequenced), project_id, user_id, action, count(*), min(position), max(position),
      max(sequenced - at)
    FROM pg_temp.placed GROUP BY 1, 2, 3, 4, 5;
  INSERT INTO audit.entries
    SELECT p.organization_id, p.position, p.sequenced, f.id, p.id, p.project_id, p.at, p.action, p.subject, p.row_count,
      p.user_id, p.credential, p.ip, p.request_id, p.route, p.before, p.after, p.hash,
      audit.leaf_hash(audit.sealed_text(p.position, p.organization_id, p.project_id, p.at, p.action, p.subject,
        p.row_count, p.user_id, p.credential, p.ip, p.request_id, p.route, p.before, p.after))
    FROM pg_temp.placed p JOIN audit.facets f ON f.organization_id = p.organization_id
      AND f.month = audit.month_of(p.sequenced) AND f.action = p.action
      AND coalesce(f.user_id, -1) = coalesce(p.user_id, -1) AND coalesce(f.project_id, -1) = coalesce(p.project_id, -1);
  UPDATE audit.heads h SET sequenced = coalesce(
    (SELECT max(p.sequenced) FROM pg_temp.placed p WHERE p.organization_id = h.organization_id), '-infinity');
END $move$;

DROP TABLE audit.links, audit.unordered_entries;
DROP FUNCTION audit.link_entry();
ALTER TABLE audit.entries ADD PRIMARY KEY (organization_id, position, sequenced);
CREATE INDEX entries_sequenced ON audit.entries (organization_id, sequenced, position);
CREATE INDEX entries_facet ON audit.entries (facet_id, position);
CREATE INDEX entries_subject ON audit.entries (organization_id, subject, position) WHERE subject IS NOT NULL;
CREATE INDEX entries_facet_subject ON audit.entries (facet_id, subject, position) WHERE subject IS NOT NULL;
CREATE INDEX entries_request ON audit.entries (request_id) WHERE request_id IS NOT NULL;

SELECT audit.grow_tree(organization_id, 0, position) FROM audit.heads;
SELECT audit.make_month(now()), audit.make_month(now() + interval '1 month');

ANALYZE audit.entries;
ANALYZE audit.facets;

-- Puts up to `most` entries of the inbox into their organisations' order and hashes them; returns how many. One at a
-- time in the whole installation: by a lock of the transaction, which nobody who has died keeps. Whoever is to see what
-- was just done waits for it; everybody else leaves it to the one who has it.
CREATE FUNCTION audit.sequence(most integer, wait boolean DEFAULT false) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  moved integer := 0;
  grown record;
  moment timestamptz;
BEGIN
  IF NOT EXISTS (SELECT FROM audit.inbox ORDER BY id LIMIT 1) THEN RETURN 0; END IF;
  IF wait THEN
    PERFORM pg_advisory_xact_lock(7203114018);
  ELSIF NOT pg_try_advisory_xact_lock(7203114018) THEN
    RETURN 0;
  END IF;
  PERFORM set_config('magtrace.sequencing', 'on', true);
  -- A clock that was put back takes nothing back: a position's time is never before that of an earlier one.
  SELECT greatest(clock_timestamp(), (SELECT max(sequenced) FROM audit.heads),
    (SELECT max(at) FROM (SELECT at FROM audit.inbox ORDER BY id LIMIT most) AS batch)) INTO moment;
  PERFORM audit.make_month(moment), audit.make_month(moment + interval '1 month');
  FOR grown IN
    WITH taken AS (
      DELETE FROM audit.inbox WHERE id IN (SELECT id FROM audit.inbox ORDER BY id LIMIT most) RETURNING *
    ), placed AS (
      SELECT t.*, coalesce(h.hash, sha256('')) AS start,
        coalesce(h.position, 0) + row_number() OVER (PARTITION BY t.organization_id ORDER BY t.id) AS position
      FROM taken t LEFT JOIN audit.heads h ON h.organization_id = t.organization_id
    ), sealed AS (
      SELECT p.*, audit.sealed_text(p.position, p.organization_id, p.project_id, p.at, p.action, p.subject, p.row_count,
        p.user_id, p.credential, p.ip, p.request_id, p.route, p.before, p.after) AS text
      FROM placed p OFFSET 0
    ), facets AS (
      INSERT INTO audit.facets AS f (organization_id, month, project_id, user_id, action, entries, first_position,
        last_position, longest_wait)
      SELECT organization_id, audit.month_of(moment), project_id, user_id, action, count(*), min(position), max(position),
        max(moment - at)
      FROM placed GROUP BY organization_id, project_id, user_id, action
      ON CONFLICT (organization_id, month, action, user_id, project_id) DO UPDATE SET
        entries = f.entries + excluded.entries, last_position = excluded.last_position,
        longest_wait = greatest(f.longest_wait, excluded.longest_wait)
      RETURNING f.id, f.organization_id, f.project_id, f.user_id, f.action
    ), added AS (
      INSERT INTO audit.entries
      SELECT s.organization_id, s.position, moment, f.id, s.id, s.project_id, s.at, s.action, s.subject, s.row_count,
        s.user_id, s.credential, s.ip, s.request_id, s.route, s.before, s.after,
        audit.chain(s.start, s.text) OVER (PARTITION BY s.organization_id ORDER BY s.position ROWS UNBOUNDED PRECEDING),
        audit.leaf_hash(s.text)
      FROM sealed s JOIN facets f ON f.organization_id = s.organization_id AND f.action = s.action
        AND coalesce(f.user_id, -1) = coalesce(s.user_id, -1) AND coalesce(f.project_id, -1) = coalesce(s.project_id, -1)
      RETURNING organization_id, position, hash
    ), ends AS (
      INSERT INTO audit.heads (organization_id, position, hash, sequenced)
      SELECT DISTINCT ON (organization_id) organization_id, position, hash, moment FROM added
      ORDER BY organization_id, position DESC
      ON CONFLICT (organization_id) DO UPDATE SET position = excluded.position, hash = excluded.hash,
        sequenced = excluded.sequenced
    )
    SELECT organization_id, count(*) AS entries, min(position) - 1 AS old_size, max(position) AS new_size
    FROM added GROUP BY organization_id
  LOOP
    moved := moved + grown.entries;
    IF grown.old_size / 256 <> grown.new_size / 256 THEN
      PERFORM audit.grow_tree(grown.organization_id, grown.old_size, grown.new_size);
    END IF;
  END LOOP;
  PERFORM set_config('magtrace.sequencing', 'off', true);
  RETURN moved;
END $$;

-- How many seconds the oldest entry has waited for its place; null when none does.
CREATE FUNCTION audit.oldest_wait() RETURNS double precision
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
  SELECT extract(epoch FROM clock_timestamp() - at)::double precision FROM audit.inbox ORDER BY id LIMIT 1
$$;

-- Drops the oldest month, which must have ended, of every organisation at once; for whoever owns the database. What is
-- left stays verifiable: the chain goes on from the checkpoint, for which a later anchor vouches, and the tree keeps the
-- hashes of what it has lost. That it was done is an entry itself.
CREATE FUNCTION audit.drop_month(month date) RETURNS bigint
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  starts timestamptz := month::timestamp AT TIME ZONE 'UTC';
  name text := audit.partition_name(starts);
  oldest text;
  unsealed integer;
  dropped bigint;
BEGIN
  PERFORM pg_advisory_xact_lock(7203114018);
  SELECT min(c.relname) INTO oldest FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'audit.entries'::regclass;
  IF audit.month_of(starts) <> starts OR oldest IS DISTINCT FROM name THEN
    RAISE EXCEPTION 'only the oldest month can be dropped: that of %', oldest;
  END IF;
  IF starts >= audit.month_of(now()) THEN RAISE EXCEPTION 'the month has not ended'; END IF;
  CREATE TEMPORARY TABLE ends ON COMMIT DROP AS
    SELECT DISTINCT ON (organization_id) organization_id, position, hash FROM audit.entries
    WHERE sequenced >= starts AND sequenced < audit.month_of(starts + interval '32 days')
    ORDER BY organization_id, position DESC;
  SELECT organization_id INTO unsealed FROM pg_temp.ends e WHERE NOT EXISTS (
    SELECT FROM audit.anchors a WHERE a.organization_id = e.organization_id AND a.position >= e.position) LIMIT 1;
  IF FOUND THEN RAISE EXCEPTION 'the chain of organisation % is not yet anchored to the end of that month', unsealed; END IF;
  INSERT INTO audit.nodes
    SELECT t.organization_id, 0, t.position - 1, t.leaf FROM audit.entries t JOIN pg_temp.ends e USING (organization_id)
    WHERE t.position > e.position - e.position % 256 AND t.position <= e.position
    ON CONFLICT DO NOTHING;
  INSERT INTO audit.checkpoints (organization_id, position, hash, month)
    SELECT organization_id, position, hash, starts FROM pg_temp.ends;
  INSERT INTO audit.inbox (organization_id, action, after)
    SELECT organization_id, 'audit.drop', jsonb_build_object('month', to_char(starts AT TIME ZONE 'UTC', 'YYYY-MM'), 'up_to', position)
    FROM pg_temp.ends;
  DELETE FROM audit.facets f WHERE f.month = starts;
  SELECT coalesce(sum(count), 0) INTO dropped FROM (
    SELECT count(*) AS count FROM audit.entries
    WHERE sequenced >= starts AND sequenced < audit.month_of(starts + interval '32 days')) AS counted;
  EXECUTE format('DROP TABLE audit.%I', name);
  DROP TABLE pg_temp.ends;
  RETURN dropped;
END $$;

-- As 0017_access.sql made it, but into the inbox. Its commit need not wait for the disk: nothing else was written
-- in a transaction that reads, and losing the last of these in a power cut is bearable, waiting at every tile of a chart
-- is not.
CREATE OR REPLACE FUNCTION audit.note_reading(read_action text, read_subject text, places jsonb) RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  a jsonb := audit.author();
BEGIN
  IF read_action ~ '\.(create|update|delete)$' THEN
    RAISE insufficient_privilege USING MESSAGE = 'a change is told by the row that changes';
  END IF;
  PERFORM set_config('synchronous_commit', 'off', true);
  INSERT INTO audit.inbox (organization_id, project_id, action, subject, user_id, credential, ip, request_id, route)
  SELECT (place ->> 0)::integer, (place ->> 1)::bigint, read_action, nullif(read_subject, ''),
    (a ->> 'user')::integer, a ->> 'credential', a ->> 'ip', a ->> 'request', a ->> 'route'
  FROM jsonb_array_elements(places) AS place
  WHERE pg_has_role(session_user, 'magtrace_accounts', 'MEMBER')
    OR (place ->> 0)::integer = ANY (access.organizations())
    OR ((place ->> 0)::integer = 0 AND access.administers())
  ORDER BY 1;
END $$;

-- Reads that were counted after the first was said; by the accounts role, of many people at once.
CREATE FUNCTION audit.note_repeated(reads jsonb) RETURNS void
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  PERFORM set_config('synchronous_commit', 'off', true);
  INSERT INTO audit.inbox (organization_id, project_id, action, subject, row_count, user_id, credential, ip)
  SELECT r.organization, r.project, r.action, r.subject, r.count, r.user, r.credential, r.ip
  FROM jsonb_to_recordset(reads) AS r (organization integer, project bigint, action text, subject text, count integer,
    "user" integer, credential text, ip text)
  WHERE r.action !~ '\.(create|update|delete)$';
END $$;

-- The three triggers' functions, as 0007_audit.sql and 0015_lent_rights.sql made them, but into the inbox, and by a short
-- way for one row, which most statements touch: 0.20 ms of processor time instead of 0.52, where the general one builds,
-- ranks and groups sets. Both tell the same.

-- A value as an entry tells it, unless it is too large.
CREATE FUNCTION audit.told_one(value jsonb) RETURNS jsonb LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  size integer;
BEGIN
  -- Text of the largest size is never made of less than an eighth of it.
  IF value IS NULL OR pg_column_size(value) < 8192 THEN RETURN value; END IF;
  size := length(value::text);
  RETURN CASE WHEN size > 65536 THEN jsonb_build_object('too_large_to_tell', size) ELSE value END;
END $$;

-- Appends what was done to one row. `j`: the row by which it is placed and named.
CREATE FUNCTION audit.append_one(entity text, verb text, keys text[], j jsonb, was jsonb, is_now jsonb) RETURNS void
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  author jsonb := audit.author();
  name text := CASE cardinality(keys) WHEN 1 THEN j ->> keys[1] ELSE (j ->> keys[1]) || '/' || (j ->> keys[2]) END;
BEGIN
  INSERT INTO audit.inbox (organization_id, project_id, action, subject, user_id, credential, ip, request_id, route, before, after)
  VALUES (
    CASE entity WHEN 'organization' THEN (j ->> 'id')::integer ELSE coalesce((j ->> 'organization_id')::integer, 0) END,
    CASE entity WHEN 'project' THEN (j ->> 'id')::bigint ELSE (j ->> 'project_id')::bigint END,
    entity || verb, entity || ' ' || name,
    -- Where nobody said who acts, people act for themselves: a session is begun by its user.
    coalesce((author ->> 'user')::integer, CASE WHEN entity IN ('session', 'password', 'two_factor') THEN (j ->> 'user_id')::integer
      WHEN entity = 'user' THEN (j ->> 'id')::integer END),
    author ->> 'credential',
    coalesce(author ->> 'ip', CASE WHEN entity = 'session' AND verb <> '.update' THEN j ->> 'ip_address' END),
    author ->> 'request', author ->> 'route', audit.told_one(was), audit.told_one(is_now));
END $$;

CREATE OR REPLACE FUNCTION audit.record_update() RETURNS trigger
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  entity text := TG_ARGV[0];
  keys text[] := TG_ARGV[1];
  noise text[] := TG_ARGV[2]::text[] || '{organization_id,project_id}'::text[];
  veiled text[] := TG_ARGV[3];
  rows integer;
  o jsonb;
  n jsonb;
  was jsonb;
  is_now jsonb;
  author jsonb;
BEGIN
  SELECT count(*) INTO rows FROM (SELECT FROM new_rows LIMIT 2) AS few;
  IF rows = 0 THEN RETURN NULL; END IF;
  IF rows = 1 THEN
    SELECT to_jsonb(old_rows), to_jsonb(new_rows) INTO o, n FROM old_rows, new_rows;
    IF o = n THEN RETURN NULL; END IF;
    IF o -> 'organization_id' IS NOT DISTINCT FROM n -> 'organization_id'
      AND o -> 'project_id' IS NOT DISTINCT FROM n -> 'project_id'
      AND o -> keys[1] = n -> keys[1] AND o -> keys[2] IS NOT DISTINCT FROM n -> keys[2] THEN
      o := o - noise;
      SELECT jsonb_object_agg(key, CASE WHEN key = ANY (veiled) THEN '"(not told)"' ELSE value END),
        jsonb_object_agg(key, CASE WHEN key = ANY (veiled) THEN '"(not told)"' ELSE n -> key END)
        INTO was, is_now
        FROM jsonb_each(o) WHERE n -> key IS DISTINCT FROM value;
      IF was IS NULL THEN RETURN NULL; END IF;
      PERFORM audit.append_one(entity, '.update', keys, n, was, is_now);
      RETURN NULL;
    END IF;
  END IF;
  author := audit.author();
  INSERT INTO audit.inbox (organization_id, project_id, action, subject, row_count, user_id, credential, ip,
    request_id, route, before, after)
  SELECT organization, project, entity || '.update', CASE WHEN count(*) = 1 THEN entity || ' ' || min(name) END,
    count(*), coalesce((author ->> 'user')::integer, min(self)), author ->> 'credential',
    author ->> 'ip', author ->> 'request', author ->> 'route',
    audit.told(array_agg(ranked.o) FILTER (WHERE ranked.o IS NOT NULL AND rank <= 100), count(*)),
    audit.told(array_agg(ranked.n) FILTER (WHERE ranked.n IS NOT NULL AND rank <= 100), count(*))
  FROM (
    SELECT placed.o, placed.n, row_number() OVER (PARTITION BY organization, project) AS rank, organization, project, name, self
    FROM (
      SELECT changes.o, changes.n, audit.key_of(j, keys) AS name,
        CASE entity WHEN 'organization' THEN (j ->> 'id')::integer
          ELSE coalesce((j ->> 'organization_id')::integer, 0) END AS organization,
        CASE entity WHEN 'project' THEN (j ->> 'id')::bigint ELSE (j ->> 'project_id')::bigint END AS project,
        -- Where nobody said who acts, people act for themselves.
        CASE WHEN entity IN ('session', 'password', 'two_factor') THEN (j ->> 'user_id')::integer
          WHEN entity = 'user' THEN (j ->> 'id')::integer END AS self
      FROM (
        SELECT coalesce(new_j.j, old_j.j) AS j, d[1] AS o, d[2] AS n
        FROM (SELECT to_jsonb(r) AS j FROM old_rows r OFFSET 0) old_j
        FULL JOIN (SELECT to_jsonb(r) AS j FROM new_rows r OFFSET 0) new_j
          ON audit.place_of(old_j.j, keys) = audit.place_of(new_j.j, keys)
        CROSS JOIN LATERAL (SELECT CASE WHEN old_j.j IS NULL OR new_j.j IS NULL
          THEN ARRAY[audit.shown(old_j.j, noise, veiled), audit.shown(new_j.j, noise, veiled)]
          ELSE audit.difference(old_j.j, new_j.j, noise, veiled) END OFFSET 0) AS difference (d)
        WHERE d IS NOT NULL) AS changes) AS placed) AS ranked
  GROUP BY organization, project ORDER BY organization, project;
  RETURN NULL;
END $$;

DO $make$
DECLARE
  verb text;
BEGIN
  FOREACH verb IN ARRAY ARRAY['insert', 'delete'] LOOP
    EXECUTE format($function$
      CREATE OR REPLACE FUNCTION audit.record_%1$s() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $body$
      DECLARE
        entity text := TG_ARGV[0];
        keys text[] := TG_ARGV[1];
        noise text[] := TG_ARGV[2]::text[] || '{organization_id,project_id}'::text[];
        veiled text[] := TG_ARGV[3];
        rows integer;
        row_json jsonb;
        shown jsonb;
        author jsonb;
      BEGIN
        SELECT count(*) INTO rows FROM (SELECT FROM %3$s LIMIT 2) AS few;
        IF rows = 0 THEN RETURN NULL; END IF;
        IF rows = 1 THEN
          SELECT to_jsonb(%3$s) INTO row_json FROM %3$s;
          shown := row_json - noise;
          IF cardinality(veiled) > 0 THEN shown := audit.shown(row_json, noise, veiled); END IF;
          PERFORM audit.append_one(entity, '.%2$s', keys, row_json, %4$s);
          RETURN NULL;
        END IF;
        author := audit.author();
        INSERT INTO audit.inbox (organization_id, project_id, action, subject, row_count, user_id, credential, ip,
          request_id, route, before, after)
        SELECT organization, project, entity || '.%2$s', CASE WHEN count(*) = 1 THEN entity || ' ' || min(name) END,
          count(*), coalesce((author ->> 'user')::integer, min(self)), author ->> 'credential',
          coalesce(author ->> 'ip', min(address)), author ->> 'request', author ->> 'route', %5$s
        FROM (
          SELECT value, row_number() OVER (PARTITION BY organization, project) AS rank, organization, project, name, self,
            address
          FROM (
            SELECT audit.shown(j, noise, veiled) AS value, audit.key_of(j, keys) AS name,
              CASE entity WHEN 'organization' THEN (j ->> 'id')::integer
                ELSE coalesce((j ->> 'organization_id')::integer, 0) END AS organization,
              CASE entity WHEN 'project' THEN (j ->> 'id')::bigint ELSE (j ->> 'project_id')::bigint END AS project,
              CASE WHEN entity IN ('session', 'password', 'two_factor') THEN (j ->> 'user_id')::integer
                WHEN entity = 'user' THEN (j ->> 'id')::integer END AS self,
              CASE entity WHEN 'session' THEN j ->> 'ip_address' END AS address
            FROM (SELECT to_jsonb(r) AS j FROM %3$s r) AS changes) AS placed) AS ranked
        GROUP BY organization, project ORDER BY organization, project;
        RETURN NULL;
      END $body$
    $function$, verb, CASE verb WHEN 'insert' THEN 'create' ELSE 'delete' END,
      CASE verb WHEN 'insert' THEN 'new_rows' ELSE 'old_rows' END,
      CASE verb WHEN 'insert' THEN 'NULL, shown' ELSE 'shown, NULL' END,
      CASE verb WHEN 'insert' THEN 'NULL, audit.told(array_agg(value) FILTER (WHERE rank <= 100), count(*))'
        ELSE 'audit.told(array_agg(value) FILTER (WHERE rank <= 100), count(*)), NULL' END);
  END LOOP;
END $make$;

-- Has a worker check a chain, by whoever may read all of it; returns the check, which may be one under way already.
CREATE FUNCTION audit.begin_check(organization integer) RETURNS TABLE (check_id bigint, is_new boolean)
  LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF NOT coalesce(organization = ANY (access.owned_organizations()) OR (organization = 0 AND access.administers()), false) THEN
    RAISE insufficient_privilege USING MESSAGE = 'the audit of this organisation may not be read';
  END IF;
  -- One whose job was lost stands in nobody's way for ever.
  UPDATE audit.checks SET status = 'failed', completed_at = now()
    WHERE organization_id = organization AND status IN ('waiting', 'running') AND created_at < now() - interval '1 day';
  INSERT INTO audit.checks AS c (organization_id, asked_by, total)
    SELECT organization, (audit.author() ->> 'user')::integer, coalesce((SELECT position FROM audit.heads WHERE organization_id = organization), 0)
    ON CONFLICT (organization_id) WHERE status IN ('waiting', 'running') DO NOTHING
    RETURNING c.id INTO check_id;
  is_new := FOUND;
  IF NOT is_new THEN
    SELECT c.id INTO check_id FROM audit.checks c WHERE c.organization_id = organization AND c.status IN ('waiting', 'running');
  END IF;
  RETURN NEXT;
END $$;

-- Who may look into it: owners of an organisation or a project, administrators into the installation's. Nobody is granted
-- anything on the partitions, so that every read goes through the policies of the whole.
ALTER TABLE audit.entries ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.facets ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.nodes ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.checks ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.inbox ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.outside ENABLE ROW LEVEL SECURITY;
ALTER TABLE audit.checkpoints ENABLE ROW LEVEL SECURITY;
CREATE POLICY read_entries ON audit.entries FOR SELECT TO magtrace_app USING (
  organization_id = ANY ((SELECT access.owned_organizations())::integer[])
  OR (organization_id = 0 AND (SELECT access.administers()))
  OR (project_id = (SELECT access.readable_project()) AND (SELECT access.project_role()) = 'owner')
  OR EXISTS (SELECT FROM access.memberships m WHERE m.project_id = entries.project_id AND m.role = 'owner' OFFSET 0));
CREATE POLICY read_facets ON audit.facets FOR SELECT TO magtrace_app USING (
  organization_id = ANY ((SELECT access.owned_organizations())::integer[])
  OR (organization_id = 0 AND (SELECT access.administers()))
  OR (project_id = (SELECT access.readable_project()) AND (SELECT access.project_role()) = 'owner')
  OR EXISTS (SELECT FROM access.memberships m WHERE m.project_id = facets.project_id AND m.role = 'owner' OFFSET 0));
CREATE POLICY read_checks ON audit.checks FOR SELECT TO magtrace_app USING (
  organization_id = ANY ((SELECT access.owned_organizations())::integer[])
  OR (organization_id = 0 AND (SELECT access.administers())));
GRANT SELECT ON audit.entries, audit.facets, audit.checks TO magtrace_app;

-- Sequencing, anchors and checks are for all chains: under the accounts role, which the app role cannot become.
CREATE POLICY check_entries ON audit.entries FOR SELECT TO magtrace_accounts USING (true);
CREATE POLICY check_facets ON audit.facets FOR SELECT TO magtrace_accounts USING (true);
CREATE POLICY check_nodes ON audit.nodes FOR SELECT TO magtrace_accounts USING (true);
CREATE POLICY check_checkpoints ON audit.checkpoints FOR SELECT TO magtrace_accounts USING (true);
CREATE POLICY check_outside ON audit.outside FOR SELECT TO magtrace_accounts USING (true);
CREATE POLICY read_all_checks ON audit.checks FOR SELECT TO magtrace_accounts USING (true);
CREATE POLICY report_checks ON audit.checks FOR UPDATE TO magtrace_accounts USING (true);
GRANT SELECT ON audit.entries, audit.facets, audit.nodes, audit.checkpoints, audit.outside, audit.checks TO magtrace_accounts;
GRANT UPDATE (status, checked, total, verdict, completed_at) ON audit.checks TO magtrace_accounts;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA audit FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit.begin_check(integer) TO magtrace_app;
GRANT EXECUTE ON FUNCTION audit.sequence(integer, boolean), audit.oldest_wait(), audit.note_repeated(jsonb) TO magtrace_accounts;
