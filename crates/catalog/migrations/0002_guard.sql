-- Columns in which likely personal data was masked, until a person decides what they are.
CREATE TABLE personal_findings (
  table_path TEXT NOT NULL,
  column_name TEXT NOT NULL,
  kinds TEXT NOT NULL,
  whole BIGINT NOT NULL,
  seen BIGINT NOT NULL,
  suspected BOOLEAN NOT NULL,
  first_us BIGINT NOT NULL,
  last_us BIGINT NOT NULL,
  PRIMARY KEY (table_path, column_name)
);

-- Receipts of erasures, which name nobody.
CREATE TABLE erasures (
  id TEXT NOT NULL PRIMARY KEY,
  body TEXT NOT NULL,
  asked_us BIGINT NOT NULL,
  done_us BIGINT NOT NULL
);
