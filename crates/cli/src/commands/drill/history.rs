//! `candor drill history`.

use super::hours;
use crate::failure::{Outcome, Verdict};
use crate::target::Target;
use crate::terminal::{self, Output};
use clap::Args;
use serde_json::{Value, json};

/// What a server rehearsed by itself.
#[derive(Debug, Args)]
pub(super) struct History {
    /// Only this drill, by its scenario's name
    #[arg(value_name = "DRILL")]
    drill: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    target: Target,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl History {
    pub(super) fn run(self) -> Outcome {
        let ask = |c: &candor_sdk::Client| Ok(c.drills(self.drill.as_deref(), self.limit)?);
        let runs = self.target.with_client(ask)?;
        match self.output {
            Output::Json => terminal::say_json(&json!(runs)),
            Output::Table if runs.is_empty() => {
                terminal::say("no drill was rehearsed yet: apply a Scenario with a `schedule`");
            }
            Output::Table => terminal::say(&shown(&runs)),
        }
        Ok(Verdict::Good)
    }
}

pub(super) fn shown(runs: &[Value]) -> String {
    let header = [
        "started",
        "drill",
        "result",
        "caught",
        "delay",
        "false alarms",
        "seconds",
        "first",
    ]
    .map(str::to_owned);
    terminal::table(&header, &runs.iter().map(row).collect::<Vec<_>>())
}

fn row(run: &Value) -> Vec<Value> {
    let list = |name: &str| run[name].as_array().map_or(&[][..], Vec::as_slice);
    let expected = || list("faults").iter().filter(|f| f["expected"] == true);
    let caught = expected().filter(|f| f["caught"] == true).count();
    let delays = list("expected").iter();
    let delays = delays.filter_map(|e| e["delay_seconds"].as_f64());
    let delay = delays.max_by(f64::total_cmp);
    let result = match (run["passed"] == true, run["not_run"].is_null()) {
        (true, _) => "passed",
        (false, true) => "failed",
        (false, false) => "not run",
    };
    let started = run["started_at"].as_str().unwrap_or_default();
    let first = match run["not_run"].as_str() {
        Some(why) => json!(why),
        None if run["passed"] == true => Value::Null,
        None => list("sentences").first().cloned().unwrap_or_default(),
    };
    vec![
        json!(
            started
                .chars()
                .take(16)
                .collect::<String>()
                .replace('T', " ")
        ),
        run["name"].clone(),
        json!(result),
        json!(format!("{caught}/{}", expected().count())),
        delay.map_or(Value::Null, |s| json!(hours((s * 1e6) as i64))),
        json!(list("false_alarms").len()),
        json!(run["took_seconds"].as_f64().unwrap_or_default().round() as i64),
        first,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_how_a_rehearsal_went() {
        let runs = json!([
            {"name": "deaf", "started_at": "2026-11-29T10:00:07Z", "took_seconds": 12.4, "passed": false,
             "not_run": null, "faults": [{"expected": true, "caught": false}], "expected": [],
             "false_alarms": [], "sentences": ["f1: not told within 6h."]},
            {"name": "good", "started_at": "2026-11-29T09:00:00Z", "took_seconds": 3.0, "passed": true,
             "not_run": null, "faults": [{"expected": true, "caught": true}],
             "expected": [{"delay_seconds": 7200.0}], "false_alarms": [], "sentences": ["told"]},
            {"name": "large", "started_at": "2026-11-28T09:00:00Z", "took_seconds": 1800.0, "passed": false,
             "not_run": "it took longer than 30 minutes.", "faults": [], "expected": [],
             "false_alarms": [], "sentences": []},
        ]);
        let rows: Vec<Vec<Value>> = runs.as_array().unwrap().iter().map(row).collect();
        let expected = [
            json!([
                "2026-11-29 10:00",
                "deaf",
                "failed",
                "0/1",
                null,
                0,
                12,
                "f1: not told within 6h."
            ]),
            json!([
                "2026-11-29 09:00",
                "good",
                "passed",
                "1/1",
                "2 h",
                0,
                3,
                null
            ]),
            json!([
                "2026-11-28 09:00",
                "large",
                "not run",
                "0/0",
                null,
                0,
                1800,
                "it took longer than 30 minutes."
            ]),
        ];
        assert_eq!(json!(rows), json!(expected));
    }
}
