-- How an alert was after a step that monitoring told: state, severity, likely cause and when it was stored, as JSON.
-- Absent for what people did, and for steps of before.
ALTER TABLE alert_steps ADD COLUMN standing TEXT;
