-- Portable SQL only: SQLite today, PostgreSQL by the same files. Times are microseconds since 1970, UTC.

CREATE TABLE settings (
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE models (
  name TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL CHECK (state IN ('draft', 'registered')),
  task TEXT,
  owner TEXT,
  first_kind TEXT,
  first_seen_us BIGINT NOT NULL
);

CREATE TABLE versions (
  model TEXT NOT NULL REFERENCES models (name),
  version TEXT NOT NULL,
  environment TEXT NOT NULL,
  registered BOOLEAN NOT NULL,
  first_seen_us BIGINT NOT NULL,
  PRIMARY KEY (model, version, environment)
);

-- Rows are never updated: a schema version is immutable.
CREATE TABLE schemas (
  table_path TEXT NOT NULL,
  version BIGINT NOT NULL CHECK (version >= 1),
  columns TEXT NOT NULL,
  changes TEXT NOT NULL,
  why TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (table_path, version)
);

-- Rows are never updated: every revision of every object stays.
CREATE TABLE spec_revisions (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  revision BIGINT NOT NULL CHECK (revision >= 1),
  body TEXT NOT NULL,
  deleted BOOLEAN NOT NULL,
  author TEXT NOT NULL,
  why TEXT NOT NULL,
  at_us BIGINT NOT NULL,
  PRIMARY KEY (kind, name, revision)
);

-- The newest revision of each object.
CREATE TABLE specs (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  revision BIGINT NOT NULL,
  deleted BOOLEAN NOT NULL,
  PRIMARY KEY (kind, name),
  FOREIGN KEY (kind, name, revision) REFERENCES spec_revisions (kind, name, revision)
);

CREATE TABLE tokens (
  id TEXT NOT NULL PRIMARY KEY,
  name TEXT NOT NULL,
  scopes TEXT NOT NULL,
  hash TEXT NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  created_us BIGINT NOT NULL,
  expires_us BIGINT,
  revoked_us BIGINT,
  last_used_us BIGINT
);

CREATE TABLE replays (
  row_id TEXT NOT NULL PRIMARY KEY,
  at_us BIGINT NOT NULL
);
