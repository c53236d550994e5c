-- Rehearsals of drills that are over.
CREATE TABLE drills (
  name TEXT NOT NULL,
  started_us BIGINT NOT NULL,
  took_us BIGINT NOT NULL,
  passed BOOLEAN NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (name, started_us)
);

CREATE INDEX drills_by_time ON drills (started_us, name);
