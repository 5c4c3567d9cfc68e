-- Compatible (new tables; the version before reads and writes its one place as it did). Locks nothing that exists.
SET LOCAL lock_timeout = '5s';

-- Where new objects are written, when an installation knows several places. No row: the first it is configured with.
CREATE TABLE objects.place (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  name text NOT NULL CHECK (length(name) BETWEEN 1 AND 2000),
  since timestamptz NOT NULL DEFAULT now()
);

-- Objects whose copy in that place was read back and had the hash of the original. Emptied when a new move begins.
CREATE TABLE objects.moved (
  key text COLLATE "C" PRIMARY KEY,
  sha256 bytea NOT NULL CHECK (length(sha256) = 32),
  moved_at timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT, INSERT, UPDATE ON objects.place TO magtrace_accounts;
GRANT SELECT, INSERT, DELETE ON objects.moved TO magtrace_accounts;
