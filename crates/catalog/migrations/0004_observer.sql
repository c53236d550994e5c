-- How far the observer itself could be believed: what its last run of a day said, a row for each model and day.
-- Days are counted from 1970, UTC.
CREATE TABLE observations (
  model TEXT NOT NULL,
  day BIGINT NOT NULL,
  at_us BIGINT NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (model, day)
);
