-- Compatible (new schema). Locks nothing that exists. Objects sealed by this version cannot be opened by the version
-- before, whose processes must have ended; objects sealed before are opened by both.
SET LOCAL lock_timeout = '5s';

CREATE SCHEMA objects;
COMMENT ON SCHEMA objects IS 'What is in the object store, and the wrapped key of each object. For the accounts role alone: the app role, and SQL injected under it, cannot read a key of anybody.';

-- No foreign keys: a row is made before the row that speaks of its object, and goes after it.
CREATE TABLE objects.stored (
  -- In the order of bytes, as stores list, so that a prefix is a range of the primary key.
  key text COLLATE "C" PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 512),
  state text NOT NULL DEFAULT 'writing' CHECK (state IN ('writing', 'committed', 'deleting')),
  -- 1: the segments follow a header of 128 bytes, whose wrapped key no longer counts. 2: segments alone.
  format smallint NOT NULL CHECK (format IN (1, 2)),
  -- Plain bytes; null until known.
  size bigint CHECK (size >= 0),
  organization_id integer,
  master_key_id text NOT NULL CHECK (length(master_key_id) BETWEEN 1 AND 32),
  nonce_prefix bytea NOT NULL CHECK (length(nonce_prefix) = 7),
  -- Nonce of the wrapping (12), data key (32), tag (16).
  wrapped_key bytea NOT NULL CHECK (length(wrapped_key) = 60),
  created_at timestamptz NOT NULL DEFAULT now(),
  -- When the state became what it is.
  changed_at timestamptz NOT NULL DEFAULT now()
);
-- The sweep looks for old ones, a rotation for those of older keys.
CREATE INDEX stored_changed ON objects.stored (changed_at);
CREATE INDEX stored_master_key ON objects.stored (master_key_id, key);

GRANT USAGE ON SCHEMA objects TO magtrace_accounts;
GRANT SELECT, INSERT, UPDATE, DELETE ON objects.stored TO magtrace_accounts;
