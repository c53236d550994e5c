//! `candor backtest`.

use super::objects::Files;
use crate::failure::{Failure, Outcome, Verdict};
use crate::target::Target;
use crate::terminal::{self, Output};
use candor_contract::format_us;
use candor_monitor::{Alert, Step, Transition};
use clap::Args;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;

const EXAMPLE: &str = "Examples:
  candor backtest credit-risk
  candor backtest credit-risk --monitors tighter.yaml --to 2026-11-01T00:00:00Z
  candor backtest credit-risk --monitors one.yaml --only --output json

The engine that runs live, over what the lake holds: which alerts would have fired, when, and why.
Nobody is told of them.";

/// Run a model's monitors over its history
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Backtest {
    /// The model
    model: String,
    /// File of Monitor objects to try in place of those of the same name or measure
    #[arg(long, value_name = "FILE", num_args = 1..)]
    monitors: Vec<PathBuf>,
    /// Only these monitors, without the declared ones and the default pack
    #[arg(long, requires = "monitors")]
    only: bool,
    /// Until when, RFC 3339; until now if absent
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    #[command(flatten)]
    target: Target,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

impl Backtest {
    pub(crate) fn run(self) -> Outcome {
        let files = Files {
            files: self.monitors.clone(),
        };
        let monitors = files.read()?;
        let mut asked = json!({"model": self.model, "monitors": monitors, "only": self.only});
        if let Some(to) = &self.to {
            asked["to"] = json!(to);
        }
        let told = self
            .target
            .with_client(|client| Ok(client.backtest(&asked)?))?;
        match self.output {
            Output::Json => terminal::say_json(&told),
            Output::Table => terminal::say(&shown(&told)?),
        }
        Ok(Verdict::Good)
    }
}

/// The transitions in an answer.
pub(super) fn transitions(told: &Value) -> Result<Vec<Transition>, Failure> {
    let list = told.get("transitions").cloned().unwrap_or_default();
    serde_json::from_value(list).map_err(|e| {
        Failure::service(
            "internal",
            format!("the server's answer cannot be read: {e}"),
        )
    })
}

fn shown(told: &Value) -> Result<String, Failure> {
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| told.get(name).and_then(Value::as_f64).unwrap_or_default();
    let transitions = transitions(told)?;
    let alerts = alerts(&transitions);
    let mut out = String::new();
    if !alerts.is_empty() {
        let header = ["fired", "over", "severity", "family", "why"].map(str::to_owned);
        let rows: Vec<Vec<Value>> = alerts.iter().map(row).collect();
        out.push_str(&terminal::table(&header, &rows));
        out.push('\n');
    }
    let seconds = number("elapsed_ms") / 1e3;
    out.push_str(&format!(
        "{} alerts of {} monitors from {} to {}, {} windows in {seconds:.1} s",
        alerts.len(),
        number("monitors"),
        day(text("from")),
        day(text("to")),
        number("windows"),
    ));
    let unheard = told.get("not_watched").and_then(Value::as_array);
    let unheard: Vec<&str> = unheard
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !unheard.is_empty() {
        out.push_str(&format!(
            "\nnot watched, since the reference has no such column, segment or outcome: {}",
            unheard.join(", ")
        ));
    }
    Ok(out)
}

/// Each alert as it was last, by the time when it fired.
fn alerts(transitions: &[Transition]) -> Vec<Alert> {
    let mut last: BTreeMap<&str, &Transition> = BTreeMap::new();
    for transition in transitions {
        last.insert(&transition.alert.id, transition);
    }
    let mut alerts: Vec<Alert> = last.into_values().map(|t| t.alert.clone()).collect();
    alerts.sort_by(|a, b| (a.fired_us, &a.id).cmp(&(b.fired_us, &b.id)));
    // What a person would have read first is what the alert said when it fired.
    for alert in &mut alerts {
        let first = transitions
            .iter()
            .find(|t| t.alert.id == alert.id && t.step == Step::Fired);
        if let Some(first) = first {
            alert.cause.clone_from(&first.alert.cause);
        }
    }
    alerts
}

fn row(alert: &Alert) -> Vec<Value> {
    let over = alert
        .resolved_us
        .map_or_else(|| alert.state.name().to_owned(), minute);
    vec![
        json!(minute(alert.fired_us)),
        json!(over),
        json!(alert.severity.name()),
        json!(alert.family.name()),
        json!(alert.cause),
    ]
}

/// A time to the minute.
pub(super) fn minute(us: i64) -> String {
    day(&format_us(us))
}

fn day(text: &str) -> String {
    text.chars().take(16).collect::<String>().replace('T', " ")
}
