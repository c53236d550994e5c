-- What the engine remembers of a model, and up to when its windows are closed.
CREATE TABLE watches (
  model TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  closed_us BIGINT NOT NULL,
  updated_us BIGINT NOT NULL
);

-- Alerts as the engine last handed them out, beside what people said of them.
CREATE TABLE alerts (
  id TEXT NOT NULL PRIMARY KEY,
  model TEXT NOT NULL,
  family TEXT NOT NULL,
  state TEXT NOT NULL,
  severity TEXT NOT NULL,
  onset_us BIGINT NOT NULL,
  fired_us BIGINT NOT NULL,
  changed_us BIGINT NOT NULL,
  resolved_us BIGINT,
  body TEXT NOT NULL,
  acknowledged_by TEXT,
  acknowledged_us BIGINT,
  acknowledged_why TEXT,
  verdict TEXT,
  verdict_by TEXT,
  verdict_us BIGINT,
  verdict_why TEXT
);

CREATE INDEX alerts_by_time ON alerts (fired_us, id);
CREATE INDEX alerts_by_model ON alerts (model, fired_us, id);

-- Rows are never updated: what happened to each alert, and what people did.
CREATE TABLE alert_steps (
  alert TEXT NOT NULL REFERENCES alerts (id),
  number BIGINT NOT NULL CHECK (number >= 1),
  at_us BIGINT NOT NULL,
  step TEXT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (alert, number)
);

-- What the router remembers: one row.
CREATE TABLE routers (
  name TEXT NOT NULL PRIMARY KEY,
  state TEXT NOT NULL,
  revision BIGINT NOT NULL CHECK (revision >= 1),
  updated_us BIGINT NOT NULL
);

-- Notices from the moment they are decided until some time after their delivery.
CREATE TABLE outbox (
  notice TEXT NOT NULL PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,
  lane TEXT NOT NULL,
  route TEXT NOT NULL,
  receiver TEXT NOT NULL,
  body TEXT NOT NULL,
  decided_us BIGINT NOT NULL,
  due_us BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  last_error TEXT,
  delivered_us BIGINT,
  failed_us BIGINT
);

-- Only what waits: small however much was delivered.
CREATE INDEX outbox_waiting ON outbox (lane, number) WHERE delivered_us IS NULL AND failed_us IS NULL;

-- Which alerts a notice is about.
CREATE TABLE outbox_alerts (
  alert TEXT NOT NULL,
  notice TEXT NOT NULL REFERENCES outbox (notice),
  PRIMARY KEY (alert, notice)
);

CREATE INDEX outbox_alerts_by_notice ON outbox_alerts (notice);
