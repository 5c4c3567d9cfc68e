-- Compatible (a new table; the version before does not use it). Locks nothing that exists.
SET LOCAL lock_timeout = '5s';

-- Objects that somebody could not read for what they are: a check reads each once more, and decides.
CREATE TABLE objects.unreadable (
  key text COLLATE "C" PRIMARY KEY CHECK (length(key) BETWEEN 1 AND 512),
  met_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, DELETE ON objects.unreadable TO magtrace_accounts;
