CREATE TABLE model (
    name TEXT PRIMARY KEY,
    state TEXT NOT NULL,
    task TEXT,
    owner TEXT,
    first_kind TEXT NOT NULL,
    first_seen_us BIGINT NOT NULL
);

CREATE TABLE model_version (
    model TEXT NOT NULL REFERENCES model (name),
    version TEXT NOT NULL,
    environment TEXT NOT NULL,
    registered BIGINT NOT NULL,
    first_seen_us BIGINT NOT NULL,
    PRIMARY KEY (model, version, environment)
);

CREATE TABLE table_schema (
    table_path TEXT NOT NULL,
    version BIGINT NOT NULL,
    columns TEXT NOT NULL,
    changes TEXT NOT NULL,
    why TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (table_path, version)
);

CREATE TABLE spec (
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    revision BIGINT NOT NULL,
    body TEXT NOT NULL,
    deleted BIGINT NOT NULL,
    author TEXT NOT NULL,
    why TEXT NOT NULL,
    at_us BIGINT NOT NULL,
    PRIMARY KEY (kind, name, revision)
);

CREATE TABLE token (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    scopes TEXT NOT NULL,
    prefix TEXT NOT NULL,
    created_us BIGINT NOT NULL,
    expires_us BIGINT,
    revoked_us BIGINT
);

CREATE TABLE quarantine_replay (
    row_id TEXT PRIMARY KEY,
    at_us BIGINT NOT NULL
);
