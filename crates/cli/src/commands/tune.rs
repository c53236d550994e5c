//! `candor tune`.

use super::backtest::{minute, transitions};
use crate::failure::{Failure, Outcome, Verdict};
use crate::target::Target;
use crate::terminal::{self, Output};
use candor_contract::spec::Measure;
use candor_contract::{format_us, parse_us};
use candor_monitor::{Alert, Step, Transition};
use candor_sdk::{AlertChoice, Client};
use clap::Args;
use serde_json::{Value, json};

const EXAMPLE: &str = "Examples:
  candor tune credit-risk
  candor tune credit-risk --incident 2026-11-10T02:00:00Z/2026-11-10T14:00:00Z --output json

Runs the model's monitors over its history at several sensitivities. What people said of its alerts
(`candor alert verdict`) and the incidents named here say which alerts were right: each row tells how many
known incidents would have been found and how soon, and how many alerts a month would have had no reason.";

/// Sizes of what matters, against the usual.
const FACTORS: [f64; 6] = [0.5, 0.75, 1.0, 1.5, 2.0, 3.0];
const HOUR_US: i64 = 3_600_000_000;
const MONTH_US: f64 = 30.0 * 24.0 * HOUR_US as f64;
/// An alert belongs to an incident if it fires so long after its end at most.
const AFTER_US: i64 = 24 * HOUR_US;

/// Propose how sensitive a model's monitors should be, from its history
#[derive(Debug, Args)]
#[command(after_help = EXAMPLE)]
pub(crate) struct Tune {
    /// The model
    model: String,
    /// A known incident: from/to, RFC 3339; may be given several times
    #[arg(long, value_name = "FROM/TO", value_parser = incident)]
    incident: Vec<Incident>,
    #[command(flatten)]
    target: Target,
    /// Form of the result
    #[arg(long, value_enum, default_value_t)]
    output: Output,
}

/// A time in which something was known to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Incident {
    from_us: i64,
    to_us: i64,
}

fn incident(text: &str) -> Result<Incident, String> {
    let wrong = || "write two times of RFC 3339 with a slash between".to_owned();
    let (from, to) = text.split_once('/').ok_or_else(wrong)?;
    let (from_us, to_us) = parse_us(from).zip(parse_us(to)).ok_or_else(wrong)?;
    (from_us < to_us)
        .then_some(Incident { from_us, to_us })
        .ok_or_else(|| "an incident ends after it began".to_owned())
}

/// What one sensitivity would have done.
#[derive(Debug, Clone, PartialEq)]
struct Tried {
    factor: f64,
    alerts: usize,
    found: usize,
    /// Mean time from the beginning of a found incident to its alert.
    delay_us: Option<i64>,
    /// Alerts without a known reason, a month.
    false_a_month: f64,
}

impl Tune {
    pub(crate) fn run(self) -> Outcome {
        let (incidents, tried) = self.target.with_client(|client| self.try_all(client))?;
        let best = best(&tried);
        match self.output {
            Output::Json => terminal::say_json(&json!({
                "model": self.model,
                "incidents": incidents.iter().map(|i| json!({
                    "from": format_us(i.from_us), "to": format_us(i.to_us)
                })).collect::<Vec<_>>(),
                "tried": tried.iter().map(as_json).collect::<Vec<_>>(),
                "proposed": best.map(as_json),
            })),
            Output::Table => terminal::say(&shown(&incidents, &tried, best)),
        }
        Ok(Verdict::Good)
    }

    fn try_all(&self, client: &Client) -> Result<(Vec<Incident>, Vec<Tried>), Failure> {
        let mut incidents = self.incident.clone();
        incidents.extend(judged(client, &self.model)?);
        incidents.sort_by_key(|i| (i.from_us, i.to_us));
        let usual = client.backtest(&json!({"model": self.model}))?;
        let bar = terminal::progress(FACTORS.len() as u64);
        let mut tried = Vec::new();
        for factor in FACTORS {
            let told = if (factor - 1.0).abs() < 1e-9 {
                usual.clone()
            } else {
                let monitors = scaled(&self.model, &usual, factor);
                client.backtest(&json!({"model": self.model, "monitors": monitors}))?
            };
            tried.push(counted(factor, &told, &incidents)?);
            bar.inc(1);
        }
        bar.finish_and_clear();
        Ok((incidents, tried))
    }
}

/// Alerts that people called true: times in which something was wrong.
fn judged(client: &Client, model: &str) -> Result<Vec<Incident>, Failure> {
    let all = client.alerts(AlertChoice {
        model: Some(model),
        ..AlertChoice::default()
    })?;
    // A drill that failed says nothing of the model's own history.
    let own = all
        .iter()
        .filter(|a| a.get("family").is_none_or(|f| f != "drill"));
    let known = own.filter_map(|alert| {
        let verdict = alert.get("verdict")?;
        let word = verdict.get("verdict").unwrap_or(verdict).as_str()?;
        let time = |name: &str| parse_us(alert.get(name)?.as_str()?);
        let from_us = time("onset_at").or_else(|| time("fired_at"))?;
        let to_us = time("resolved_at").unwrap_or(from_us + AFTER_US);
        (word == "true_positive").then_some(Incident { from_us, to_us })
    });
    Ok(known.collect())
}

/// The monitors of a run with another size of what matters.
fn scaled(model: &str, told: &Value, factor: f64) -> Vec<Value> {
    let standing = told.get("standing").and_then(Value::as_array);
    let each = standing.into_iter().flatten().enumerate();
    let monitor = |(at, own): (usize, &Value)| {
        let measure: Measure = own.get("measure")?.as_str()?.parse().ok()?;
        let material = own.get("material")?.as_f64()?;
        if material <= 0.0 {
            return None;
        }
        // A ratio is scaled by its distance from no change.
        let material = match measure.about().scale {
            candor_contract::spec::Scale::Log => material.powf(factor),
            candor_contract::spec::Scale::Linear => material * factor,
        };
        let mut spec = json!({"model": model, "measure": measure, "material": material});
        for key in ["column", "metric", "segment"] {
            if let Some(value) = own.get(key).filter(|v| !v.is_null()) {
                spec[key] = value.clone();
            }
        }
        Some(json!({
            "apiVersion": "candor/v1",
            "kind": "Monitor",
            "metadata": {"name": format!("tuned-{at}")},
            "spec": spec,
        }))
    };
    each.filter_map(monitor).collect()
}

fn counted(factor: f64, told: &Value, incidents: &[Incident]) -> Result<Tried, Failure> {
    let transitions = transitions(told)?;
    let fired: Vec<&Alert> = transitions
        .iter()
        .filter(|t: &&Transition| matches!(t.step, Step::Fired | Step::Reopened))
        .map(|t| &t.alert)
        .collect();
    let belongs = |alert: &Alert, incident: &Incident| {
        alert.fired_us >= incident.from_us && alert.fired_us < incident.to_us + AFTER_US
    };
    let delays: Vec<i64> = incidents
        .iter()
        .filter_map(|i| {
            let first = fired
                .iter()
                .filter(|a| belongs(a, i))
                .map(|a| a.fired_us)
                .min();
            Some(first? - i.from_us)
        })
        .collect();
    let without = fired
        .iter()
        .filter(|a| !incidents.iter().any(|i| belongs(a, i)))
        .count();
    let time = |name: &str| parse_us(told.get(name)?.as_str()?);
    let span_us = time("to")
        .zip(time("from"))
        .map_or(0, |(to, from)| to - from);
    let found = delays.len();
    Ok(Tried {
        factor,
        alerts: fired.len(),
        found,
        delay_us: (found > 0).then(|| delays.iter().sum::<i64>() / found as i64),
        false_a_month: without as f64 * MONTH_US / (span_us.max(1) as f64),
    })
}

/// Most incidents found, then fewest alerts without a reason, then the soonest; of equals the most sensitive.
fn best(tried: &[Tried]) -> Option<&Tried> {
    tried.iter().min_by(|a, b| {
        let delay = |t: &Tried| t.delay_us.unwrap_or(i64::MAX);
        b.found
            .cmp(&a.found)
            .then(a.false_a_month.total_cmp(&b.false_a_month))
            .then(delay(a).cmp(&delay(b)))
            .then(a.factor.total_cmp(&b.factor))
    })
}

fn as_json(tried: &Tried) -> Value {
    json!({
        "factor": tried.factor,
        "alerts": tried.alerts,
        "found": tried.found,
        "mean_delay_s": tried.delay_us.map(|us| us / 1_000_000),
        "false_alarms_a_month": tried.false_a_month,
    })
}

fn shown(incidents: &[Incident], tried: &[Tried], best: Option<&Tried>) -> String {
    let header = [
        "what matters",
        "alerts",
        "found",
        "delay",
        "false a month",
        "",
    ]
    .map(str::to_owned);
    let row = |t: &Tried| {
        let delay = t.delay_us.map_or(Value::Null, |us| {
            json!(format!("{:.1} h", us as f64 / HOUR_US as f64))
        });
        let mark = if best == Some(t) { "proposed" } else { "" };
        vec![
            json!(format!("× {}", t.factor)),
            json!(t.alerts),
            json!(format!("{}/{}", t.found, incidents.len())),
            delay,
            json!(format!("{:.2}", t.false_a_month)),
            json!(mark),
        ]
    };
    let rows: Vec<Vec<Value>> = tried.iter().map(row).collect();
    let mut out = terminal::table(&header, &rows);
    if incidents.is_empty() {
        out.push_str(
            "\n\nno incident is known, so every alert counts as one without a reason; tell of incidents by \
             `candor alert verdict` or --incident",
        );
    }
    for i in incidents {
        out.push_str(&format!(
            "\nincident {} to {}",
            minute(i.from_us),
            minute(i.to_us)
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tried(factor: f64, found: usize, false_a_month: f64) -> Tried {
        Tried {
            factor,
            alerts: 0,
            found,
            delay_us: Some(0),
            false_a_month,
        }
    }

    #[test]
    fn incidents_count_before_quiet_and_quiet_before_speed() {
        let all = [tried(0.5, 3, 9.0), tried(1.0, 3, 0.5), tried(2.0, 2, 0.0)];
        assert_eq!(best(&all).map(|t| t.factor), Some(1.0));
        let even = [tried(0.5, 3, 0.0), tried(1.0, 3, 0.0)];
        assert_eq!(best(&even).map(|t| t.factor), Some(0.5));
    }
}
