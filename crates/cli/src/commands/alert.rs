//! `candor alert`.

mod evidence;
mod scores;

use crate::failure::{Outcome, Verdict};
use crate::target::Target;
use crate::terminal::{self, Output, cell};
use candor_sdk::AlertChoice;
use clap::{Args, Subcommand, ValueEnum};
use serde_json::{Value, json};

const EXAMPLE: &str = "Examples:
  candor alert list --state firing
  candor alert show al_1a2b3c4d
  candor alert ack al_1a2b3c4d --why \"looking at the feature store\"
  candor alert verdict al_1a2b3c4d true-positive --reason \"the upstream join lost rows\"
  candor alert why al_1a2b3c4d
  candor alert why al_1a2b3c4d --at 2026-11-10T09:00:00Z
  candor alert scores --model credit-risk";

/// See alerts, say who looks after them and what they were
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct AlertCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List alerts, the newest first
    List(List),
    /// Show an alert with its history, who was told, and what backs it
    Show(One),
    /// Say that somebody looks after an alert
    Ack {
        #[command(flatten)]
        one: One,
        /// Who looks after it
        #[arg(long, env = "USER")]
        by: String,
        /// Why, or what is done
        #[arg(long, default_value = "")]
        why: String,
    },
    /// Say what an alert was
    Verdict {
        #[command(flatten)]
        one: One,
        /// What it was
        #[arg(value_enum)]
        verdict: Judgement,
        /// Why; the next alert of this kind shows it
        #[arg(long)]
        reason: String,
        /// Who says so
        #[arg(long, env = "USER")]
        by: String,
    },
    /// Say why people were told of an alert, or not
    Why {
        #[command(flatten)]
        one: One,
        /// At this instant, RFC 3339, from what is recorded; now if absent
        #[arg(long, value_name = "TIME")]
        at: Option<String>,
    },
    /// Show how often monitors and routes are right, by verdicts and drills
    Scores(scores::Scores),
}

#[derive(Debug, Args)]
struct List {
    /// Of this model
    #[arg(long)]
    model: Option<String>,
    /// In this state
    #[arg(long, value_enum)]
    state: Option<State>,
    /// So bad
    #[arg(long, value_enum)]
    severity: Option<Severity>,
    /// That still went on then, RFC 3339
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// That had fired before then, RFC 3339
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// At most so many
    #[arg(long, default_value_t = 50)]
    limit: usize,
    #[command(flatten)]
    target: Target,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

#[derive(Debug, Args)]
struct One {
    /// Its id, as `list` shows it
    id: String,
    #[command(flatten)]
    target: Target,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum State {
    /// It goes on.
    Firing,
    /// It goes on, and somebody looks after it.
    Acknowledged,
    /// Data do not arrive.
    Unknown,
    /// Windows are fine again, not yet for long enough.
    Recovering,
    /// It is over.
    Resolved,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Severity {
    /// Worth a look.
    Info,
    /// Someone should look today.
    Warning,
    /// Someone should look now.
    Critical,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Judgement {
    /// Something was wrong.
    TruePositive,
    /// Nothing was wrong.
    FalsePositive,
    /// It was meant to be so.
    Expected,
    /// Another alert tells the same.
    Duplicate,
    /// Data were missing, the model was fine.
    MissingData,
}

/// A word as the server writes it.
fn word(value: impl ValueEnum) -> String {
    let possible = value.to_possible_value();
    possible.map_or_else(String::new, |v| v.get_name().replace('-', "_"))
}

impl AlertCommand {
    pub(crate) fn run(self) -> Outcome {
        match self.action {
            Action::List(list) => list.run()?,
            Action::Scores(scores) => scores.run()?,
            Action::Show(one) => {
                // What an alert says does not depend on whether its rows can be read.
                let ask =
                    |c: &candor_sdk::Client| Ok((c.alert(&one.id)?, c.alert_evidence(&one.id)));
                let (alert, evidence) = one.target.with_client(ask)?;
                let evidence = evidence.unwrap_or_else(|error| {
                    terminal::note(&format!("its evidence could not be read: {error}"));
                    Value::Null
                });
                show(alert, evidence, one.output);
            }
            Action::Ack { one, by, why } => {
                let ask = |c: &candor_sdk::Client| Ok(c.acknowledge_alert(&one.id, &by, &why)?);
                done(&one.target.with_client(ask)?, one.output);
            }
            Action::Verdict {
                one,
                verdict,
                reason,
                by,
            } => {
                let verdict = word(verdict);
                let ask =
                    |c: &candor_sdk::Client| Ok(c.judge_alert(&one.id, &verdict, &reason, &by)?);
                done(&one.target.with_client(ask)?, one.output);
            }
            Action::Why { one, at } => {
                let ask = |c: &candor_sdk::Client| Ok(c.alert_why_at(&one.id, at.as_deref())?);
                why(&one.target.with_client(ask)?, one.output);
            }
        }
        Ok(Verdict::Good)
    }
}

impl List {
    fn run(&self) -> Result<(), crate::failure::Failure> {
        let (state, severity) = (self.state.map(word), self.severity.map(word));
        let choice = AlertChoice {
            model: self.model.as_deref(),
            state: state.as_deref(),
            severity: severity.as_deref(),
            from: self.from.as_deref(),
            to: self.to.as_deref(),
            limit: Some(self.limit),
        };
        let alerts = self.target.with_client(|c| Ok(c.alerts(choice)?))?;
        rows(
            &alerts,
            &["id", "model", "severity", "state", "fired_at", "cause"],
            self.output,
        );
        Ok(())
    }
}

fn rows(items: &[Value], names: &[&str], output: Output) {
    if output == Output::Json {
        return terminal::say_json(&json!(items));
    }
    let header: Vec<String> = names.iter().map(ToString::to_string).collect();
    let row = |item: &Value| {
        let values = names.iter().map(|name| item.get(*name).cloned());
        values.map(Option::unwrap_or_default).collect()
    };
    let rows: Vec<Vec<Value>> = items.iter().map(row).collect();
    terminal::say(&terminal::table(&header, &rows));
}

fn done(alert: &Value, output: Output) {
    match output {
        Output::Json => terminal::say_json(alert),
        Output::Table => terminal::say(&headline(alert)),
    }
}

fn why(told: &Value, output: Output) {
    for said in list(told, "not_recorded").filter_map(Value::as_str) {
        terminal::note(&terminal::clean(said));
    }
    let routes: Vec<Value> = list(told, "items").cloned().collect();
    if output == Output::Table && routes.is_empty() {
        return terminal::say("there is no route: alerts are shown and nobody is told");
    }
    rows(&routes, &["route", "verdict", "sentence"], output);
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).map(cell).unwrap_or_default()
}

fn list<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
}

/// `critical alert al_1 of credit-risk, firing since …: cause`, and what people said.
fn headline(alert: &Value) -> String {
    let mut line = format!(
        "{} alert {} of {}, {} since {}: {}",
        text(alert, "severity"),
        text(alert, "id"),
        text(alert, "model"),
        text(alert, "state"),
        text(alert, "fired_at"),
        text(alert, "cause"),
    );
    if let Some(by) = alert.get("acknowledged").filter(|v| !v.is_null()) {
        line += &format!("\n  {} looks after it: {}", text(by, "by"), text(by, "why"));
    }
    if let Some(verdict) = alert.get("verdict").filter(|v| !v.is_null()) {
        line += &format!(
            "\n  {} says {}: {}",
            text(verdict, "by"),
            text(verdict, "verdict"),
            text(verdict, "reason")
        );
    }
    line
}

fn show(mut alert: Value, evidence: Value, output: Output) {
    if output == Output::Table {
        terminal::say(&page(&alert));
        return terminal::say(&evidence::page(&evidence));
    }
    if let Some(fields) = alert.as_object_mut() {
        fields.insert("evidence".to_owned(), evidence);
    }
    terminal::say_json(&alert);
}

/// The alert for eyes: what, why, what happened, who was told.
fn page(alert: &Value) -> String {
    let mut lines = vec![headline(alert)];
    for symptom in list(alert, "symptoms") {
        lines.push(format!("  {}", text(symptom, "sentence")));
    }
    for change in list(alert, "changes") {
        let (at, what) = (text(change, "at"), text(change, "what"));
        lines.push(format!("  changed near its onset, {at}: {what}"));
    }
    let mut part = |title: &str, items: Vec<String>| {
        if !items.is_empty() {
            lines.push(format!("\n{title}"));
            lines.extend(items.into_iter().map(|line| format!("  {line}")));
        }
    };
    let step = |s: &Value| {
        let details = s.get("details");
        let by = details.map(|d| text(d, "by")).unwrap_or_default();
        let by = if by.is_empty() {
            by
        } else {
            format!(" by {by}")
        };
        format!("{} {}{by}", text(s, "at"), text(s, "step"))
    };
    part("history", list(alert, "history").map(step).collect());
    let told = |d: &Value| {
        let error = d.get("last_error").and_then(Value::as_str);
        let error = error.map(|e| format!(": {}", terminal::clean(e)));
        format!(
            "{} {} by {} to {}{}",
            text(d, "at"),
            text(d, "state"),
            text(d, "route"),
            text(d, "receiver"),
            error.unwrap_or_default()
        )
    };
    part("told", list(alert, "deliveries").map(told).collect());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_server() {
        assert_eq!(word(Judgement::TruePositive), "true_positive");
        assert_eq!(word(State::Firing), "firing");
    }

    #[test]
    fn an_alert_tells_what_why_and_who_was_told() {
        let alert = json!({
            "id": "al_1", "model": "loan", "severity": "critical", "state": "acknowledged",
            "fired_at": "2026-11-29T10:00:00Z", "cause": "income is missing",
            "acknowledged": {"by": "ann", "at": "x", "why": "on it"},
            "verdict": null,
            "symptoms": [{"sentence": "missing values of input_income: 0.31, usual up to 0.02"}],
            "changes": [{"at": "2026-11-29T08:58:00Z", "what": "deployment of version 5"}],
            "history": [
                {"at": "2026-11-29T10:00:00Z", "step": "fired", "details": null},
                {"at": "2026-11-29T10:04:00Z", "step": "acknowledged", "details": {"by": "ann"}},
            ],
            "deliveries": [{"at": "2026-11-29T10:01:00Z", "state": "failed", "route": "oncall",
                "receiver": "webhook hooks.example", "last_error": "the receiver answered 404\u{1b}[2J"}],
        });
        insta::assert_snapshot!(page(&alert), @r"
        critical alert al_1 of loan, acknowledged since 2026-11-29T10:00:00Z: income is missing
          ann looks after it: on it
          missing values of input_income: 0.31, usual up to 0.02
          changed near its onset, 2026-11-29T08:58:00Z: deployment of version 5

        history
          2026-11-29T10:00:00Z fired
          2026-11-29T10:04:00Z acknowledged by ann

        told
          2026-11-29T10:01:00Z failed by oncall to webhook hooks.example: the receiver answered 404�[2J
        ");
    }
}
