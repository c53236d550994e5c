//! `candor observer`.

use crate::failure::{Failure, Outcome, Verdict};
use crate::target::Target;
use crate::terminal::{self, Output};
use candor_sdk::Client;
use clap::Args;
use serde_json::{Value, json};

const EXAMPLE: &str = "Examples:
  candor observer
  candor observer credit-risk
  candor observer credit-risk --run --output json

Once a day the server holds what it says cheaply or early against what is known dearly or late: figures of
profiles against the rows, estimated performance against the realised one, alerts against the verdicts of
people. A comparison is ok, off or unknown; off in two runs in a row, it is told at /metrics too.";

/// Show whether the observer itself can be believed
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Observer {
    /// One model, with its figures; the newest run of all models if absent
    model: Option<String>,
    /// Compare now instead of showing the last run
    #[arg(long, requires = "model")]
    run: bool,
    #[command(flatten)]
    target: Target,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Observer {
    pub(crate) fn run(self) -> Outcome {
        let made = self.target.with_client(|client| self.read(client))?;
        match self.output {
            Output::Json => terminal::say_json(&json!(made)),
            Output::Table => terminal::say(&shown(self.model.as_deref(), &made)),
        }
        Ok(Verdict::Good)
    }

    /// The runs that were asked for, the newest first.
    fn read(&self, client: &Client) -> Result<Vec<Value>, Failure> {
        match &self.model {
            Some(model) if self.run => Ok(vec![client.observe(model)?]),
            model => Ok(client.observer(model.as_deref())?),
        }
    }
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

fn own(value: &Value, name: &str) -> Value {
    value.get(name).cloned().unwrap_or_default()
}

fn shown(model: Option<&str>, made: &[Value]) -> String {
    if made.is_empty() {
        return "Nothing was compared yet: that needs a closed day. `candor observer MODEL --run` compares now."
            .to_owned();
    }
    let header = [
        "model",
        "run",
        "comparison",
        "state",
        "runs off",
        "n",
        "says",
    ];
    let header = header.map(str::to_owned);
    let rows: Vec<Vec<Value>> = made.iter().flat_map(comparisons).collect();
    let mut out = terminal::table(&header, &rows);
    let newest = model.and_then(|_| made.first());
    let checks: Vec<Vec<Value>> = newest.into_iter().flat_map(checks).collect();
    if !checks.is_empty() {
        let header = [
            "figure", "column", "value", "at least", "at most", "n", "state",
        ];
        out.push_str("\n\n");
        out.push_str(&terminal::table(&header.map(str::to_owned), &checks));
    }
    out
}

fn comparisons(made: &Value) -> Vec<Vec<Value>> {
    let at = made.get("at").and_then(Value::as_str).unwrap_or_default();
    let at: String = at.chars().take(16).collect();
    let row = |compared: &Value| {
        let mut row = vec![own(made, "model"), json!(at.replace('T', " "))];
        row.extend(["comparison", "state", "off_runs", "n", "sentence"].map(|n| own(compared, n)));
        row
    };
    list(made, "comparisons").map(row).collect()
}

fn checks(made: &Value) -> Vec<Vec<Value>> {
    let columns = [
        "figure", "column", "value", "at_least", "at_most", "n", "state",
    ];
    let all = list(made, "comparisons").flat_map(|c| list(c, "checks"));
    all.map(|check| columns.map(|name| own(check, name)).to_vec())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_shown_with_the_figures_of_one_model() {
        let made = [json!({
            "model": "loan", "at": "2026-11-29T00:30:00Z",
            "comparisons": [{
                "comparison": "profiles", "state": "off", "off_runs": 2, "n": 900,
                "sentence": "1 of 8 figures is wrong.",
                "checks": [{"figure": "mean", "column": "input_x", "value": 2.5, "at_least": 1.0,
                    "at_most": 2.0, "n": 900, "state": "off"}]
            }]
        })];
        insta::assert_snapshot!(shown(Some("loan"), &made), @r"
        model  run               comparison  state  runs off    n  says
        loan   2026-11-29 00:30  profiles    off           2  900  1 of 8 figures is wrong.

        figure  column   value  at least  at most    n  state
        mean    input_x    2.5         1        2  900  off
        ");
        let all = shown(None, &made);
        assert!(all.contains("2026-11-29 00:30"), "{all}");
        assert!(!all.contains("input_x"), "{all}");
        assert!(shown(None, &[]).contains("--run"));
    }
}
