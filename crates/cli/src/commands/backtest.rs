//! `candor backtest`.

use super::incidents::{self, Incidents, day, earlier, hours, minute};
use super::objects::Files;
use crate::failure::{Failure, Outcome, Verdict};
use crate::target::Target;
use crate::terminal::{self, Output};
use candor_contract::{format_us, parse_us};
use candor_monitor::hindsight::{Beside, Found, Hindsight, Known, Told, look_back, once};
use candor_monitor::{Alert, Transition, Window};
use clap::Args;
use serde_json::{Value, json};
use std::path::PathBuf;

const EXAMPLE: &str = "Examples:
  candor backtest credit-risk
  candor backtest credit-risk --monitors tighter.yaml --to 2026-11-01T00:00:00Z
  candor backtest credit-risk --monitors one.yaml --only --output json
  candor backtest credit-risk --incident 2026-11-10T02:00:00Z/2026-11-10T14:00:00Z

The engine that runs live, over what the lake holds: which alerts would have fired, when, and why, beside those
that did fire live. Of each known incident (alerts that people called true, and those named here) it tells which
alert finds it, how long after its beginning, and how much earlier than live. Nobody is told of them.";

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
    incidents: Incidents,
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
        let ask = |client: &candor_sdk::Client| {
            let told = client.backtest(&asked)?;
            Ok((told, self.incidents.known(client, &self.model)?))
        };
        let (mut told, known) = self.target.with_client(ask)?;
        let transitions = transitions(&told)?;
        let run = Told::of(&transitions);
        let looked = look_back(&run, watched(&told), &known);
        match self.output {
            Output::Json => {
                if let Some(fields) = told.as_object_mut() {
                    fields.extend(as_json(&looked));
                }
                terminal::say_json(&told);
            }
            Output::Table => {
                let alerts = once(&transitions);
                terminal::say(&shown(&told, &alerts, &looked, &known));
            }
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

/// The time that a run watched.
pub(super) fn watched(told: &Value) -> Window {
    let time = |name: &str| parse_us(told.get(name)?.as_str()?);
    let from_us = time("from").unwrap_or(0);
    Window {
        from_us,
        to_us: time("to").unwrap_or(from_us),
    }
}

/// What hindsight adds to an answer, for programs.
fn as_json(looked: &Hindsight) -> impl Iterator<Item = (String, Value)> {
    let seconds = |us: Option<i64>| us.map(|us| us / 1_000_000);
    let incident = |found: &Found| {
        let mut out = incidents::as_json(&found.incident);
        // The alert that people called true is the incident's; the one that finds it is the run's.
        out["watched"] = json!(found.watched);
        out["found"] = json!(found.is_found());
        out["found_by"] = json!(found.alert);
        out["monitor"] = json!(found.monitor);
        out["told_at"] = json!(found.told_us.map(format_us));
        out["delay_s"] = json!(seconds(found.delay_us));
        out["went_on_before"] = json!(found.already);
        out["live"] = json!(found.live);
        out["earlier_than_live_s"] = json!(seconds(found.earlier_us));
        out
    };
    let alert = |beside: &Beside| {
        json!({
            "change": beside.change(),
            "alert": beside.alert,
            "live": beside.live,
            "monitor": beside.monitor,
            "fired_at": format_us(beside.fired_us),
            "earlier_than_live_s": seconds(beside.earlier_us),
        })
    };
    let recall = &looked.recall;
    let fields = [
        (
            "incidents",
            looked.incidents.iter().map(incident).collect::<Value>(),
        ),
        (
            "recall",
            json!({"value": recall.value, "low": recall.low, "high": recall.high, "n": recall.n}),
        ),
        ("beside_live", looked.alerts.iter().map(alert).collect()),
    ];
    fields
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
}

fn shown(told: &Value, alerts: &[Alert], looked: &Hindsight, known: &Known) -> String {
    let mut parts = Vec::new();
    if !alerts.is_empty() {
        let header = ["fired", "over", "severity", "family", "beside live", "why"];
        let rows = alerts
            .iter()
            .map(|alert| row(alert, looked))
            .collect::<Vec<_>>();
        parts.push(terminal::table(&header.map(str::to_owned), &rows));
    }
    parts.push(summary(told, alerts.len()));
    parts.extend(unheard(told));
    let missing = looked.alerts.iter().filter(|b| b.change() == "missing");
    parts.extend(missing.map(|b| {
        let live = b.live.as_deref().unwrap_or_default();
        let (monitor, at) = (terminal::clean(&b.monitor), minute(b.fired_us));
        format!(
            "missing: {} fired live at {at} ({monitor})",
            terminal::clean(live)
        )
    }));
    if known.live.is_empty() {
        parts.push("no alert of it fired live, so that there is none to stand beside".to_owned());
    }
    if !looked.incidents.is_empty() {
        parts.push(format!("\n{}", of_incidents(looked)));
    }
    parts.join("\n")
}

fn summary(told: &Value, alerts: usize) -> String {
    let text = |name: &str| told.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| told.get(name).and_then(Value::as_f64).unwrap_or_default();
    let seconds = number("elapsed_ms") / 1e3;
    format!(
        "{alerts} alerts of {} monitors from {} to {}, {} windows in {seconds:.1} s",
        number("monitors"),
        day(text("from")),
        day(text("to")),
        number("windows"),
    )
}

fn unheard(told: &Value) -> Option<String> {
    let unheard = told.get("not_watched").and_then(Value::as_array)?;
    let names: Vec<&str> = unheard.iter().filter_map(Value::as_str).collect();
    (!names.is_empty()).then(|| {
        format!(
            "not watched, since the reference has no such column, segment or outcome: {}",
            names.join(", ")
        )
    })
}

fn row(alert: &Alert, looked: &Hindsight) -> Vec<Value> {
    let over = alert
        .resolved_us
        .map_or_else(|| alert.state.name().to_owned(), minute);
    let mut all = looked.alerts.iter();
    let beside = all.find(|b| b.alert.as_ref() == Some(&alert.id));
    let beside = beside.map(|b| b.earlier_us.map_or_else(|| b.change().to_owned(), earlier));
    vec![
        json!(minute(alert.fired_us)),
        json!(over),
        json!(alert.severity.name()),
        json!(alert.family.name()),
        json!(beside),
        json!(alert.cause),
    ]
}

/// Which alert finds each known incident, and how soon.
fn of_incidents(looked: &Hindsight) -> String {
    let header = ["incident", "found", "after", "than live", "by"].map(str::to_owned);
    let row = |found: &Found| {
        let word = match (found.watched, found.is_found(), found.already) {
            (false, ..) => "not watched",
            (_, true, _) => "yes",
            (.., true) => "went on before",
            _ => "no",
        };
        vec![
            json!(incidents::span(&found.incident)),
            json!(word),
            json!(found.delay_us.map(hours)),
            json!(found.earlier_us.map(earlier)),
            json!(found.monitor),
        ]
    };
    let rows: Vec<Vec<Value>> = looked.incidents.iter().map(row).collect();
    let mut out = terminal::table(&header, &rows);
    let recall = &looked.recall;
    if let (Some(value), Some(low), Some(high)) = (recall.value, recall.low, recall.high) {
        out.push_str(&format!(
            "\n{} of {} incidents found: {:.0} %, at 95 % confidence {:.0} to {:.0} %",
            looked
                .incidents
                .iter()
                .filter(|f| f.watched && f.is_found())
                .count(),
            recall.n,
            100.0 * value,
            100.0 * low,
            100.0 * high,
        ));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_monitor::hindsight::{Incident, Sign};
    use candor_monitor::{Family, Judgement};

    const HOUR_US: i64 = 3_600_000_000;

    fn told(id: &str, onset: i64, fired: i64, over: i64) -> Told {
        let at = |hour: i64| hour * HOUR_US;
        Told {
            id: id.to_owned(),
            family: Family::Quality,
            cause: format!("cause of {id}"),
            signs: vec![Sign {
                monitor: format!("m/{id}"),
                onset_us: at(onset),
                sustained_us: at(fired),
                over_us: Some(at(over)),
            }],
            onset_us: at(onset),
            fired_us: at(fired),
            again_us: Vec::new(),
            over_us: Some(at(over)),
            window_us: HOUR_US,
            verdict: None,
        }
    }

    fn looked() -> (Hindsight, Known) {
        let live = vec![
            Told {
                verdict: Some(Judgement::TruePositive),
                ..told("l1", 30, 36, 50)
            },
            told("l2", 70, 73, 80),
        ];
        let named = Incident {
            from_us: 90 * HOUR_US,
            to_us: Some(95 * HOUR_US),
            alert: None,
        };
        let known = Known::new(vec![named], live);
        let watched = Window {
            from_us: 0,
            to_us: 100 * HOUR_US,
        };
        let run = [told("r1", 30, 34, 50)];
        (look_back(&run, watched, &known), known)
    }

    #[test]
    fn a_run_tells_what_it_finds_what_is_missing_and_how_much_earlier() {
        let (looked, known) = looked();
        let answer = json!({"from": "1970-01-01T00:00:00Z", "to": "1970-01-05T04:00:00Z", "monitors": 3,
            "windows": 100, "elapsed_ms": 1200.0, "not_watched": []});
        let page = shown(&answer, &[], &looked, &known);
        for line in [
            "0 alerts of 3 monitors from 1970-01-01 00:00 to 1970-01-05 04:00, 100 windows in 1.2 s",
            "missing: l2 fired live at 1970-01-04 01:00 (m/l2)",
            "1970-01-02 06:00 to 1970-01-03 02:00  yes    4.0 h  2.0 h earlier  m/r1",
            "1970-01-04 18:00 to 1970-01-04 23:00  no",
            "1 of 2 incidents found: 50 %, at 95 % confidence 9 to 91 %",
        ] {
            assert!(page.contains(line), "{line}: {page}");
        }
    }

    #[test]
    fn programs_get_the_same() {
        let (looked, _) = looked();
        let fields: serde_json::Map<String, Value> = as_json(&looked).collect();
        let first = &fields["incidents"][0];
        assert_eq!(
            (&first["found_by"], &first["live"]),
            (&json!("r1"), &json!("l1"))
        );
        assert_eq!(first["delay_s"], 4 * 3_600);
        assert_eq!(first["earlier_than_live_s"], 2 * 3_600);
        assert_eq!(first["alert"], "l1");
        assert_eq!(fields["incidents"][1]["found"], false);
        assert_eq!(fields["recall"]["n"], 2);
        let changes: Vec<&Value> = (0..2)
            .map(|i| &fields["beside_live"][i]["change"])
            .collect();
        assert_eq!(changes, ["earlier", "missing"]);
    }
}
