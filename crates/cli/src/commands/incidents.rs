//! What is known of a model's history: incidents that are named, and what people said of alerts that fired live.

use crate::failure::Failure;
use crate::terminal;
use candor_contract::{format_us, parse_us};
use candor_monitor::Family;
use candor_monitor::hindsight::{Incident, Known, Sign, Told};
use candor_monitor::scores::judgement_of;
use candor_sdk::{AlertChoice, Client};
use clap::Args;
use serde_json::{Value, json};

const HOUR_US: f64 = 3_600_000_000.0;

/// Incidents that are named.
#[derive(Debug, Clone, Args)]
pub(super) struct Incidents {
    /// A known incident: from/to, RFC 3339; may be given several times
    #[arg(long = "incident", value_name = "FROM/TO", value_parser = incident)]
    named: Vec<Incident>,
}

fn incident(text: &str) -> Result<Incident, String> {
    let wrong = || "write two times of RFC 3339 with a slash between".to_owned();
    let (from, to) = text.split_once('/').ok_or_else(wrong)?;
    let (from_us, to_us) = parse_us(from).zip(parse_us(to)).ok_or_else(wrong)?;
    if from_us >= to_us {
        return Err("an incident ends after it began".to_owned());
    }
    Ok(Incident {
        from_us,
        to_us: Some(to_us),
        alert: None,
    })
}

impl Incidents {
    /// These, and what the server knows of the model's alerts.
    pub(super) fn known(&self, client: &Client, model: &str) -> Result<Known, Failure> {
        let all = client.alerts(AlertChoice {
            model: Some(model),
            ..AlertChoice::default()
        })?;
        let live = all.iter().filter_map(live).collect();
        Ok(Known::new(self.named.clone(), live))
    }
}

/// An alert as the server lists it; `None` for a drill that failed, which says nothing of the model's own history.
fn live(alert: &Value) -> Option<Told> {
    let text = |value: &Value, name: &str| value.get(name)?.as_str().map(str::to_owned);
    let time = |value: &Value, name: &str| parse_us(value.get(name)?.as_str()?);
    let family: Family = serde_json::from_value(alert.get("family")?.clone()).ok()?;
    if family == Family::Drill {
        return None;
    }
    let fired_us = time(alert, "fired_at")?;
    let onset_us = time(alert, "onset_at").unwrap_or(fired_us);
    let symptoms = alert.get("symptoms").and_then(Value::as_array);
    let sign = |symptom: &Value| {
        Some(Sign {
            monitor: text(symptom, "monitor")?,
            onset_us: time(symptom, "onset_at").unwrap_or(onset_us),
            sustained_us: time(symptom, "sustained_at").unwrap_or(fired_us),
            over_us: time(symptom, "over_at"),
        })
    };
    Some(Told {
        id: text(alert, "id")?,
        family,
        cause: text(alert, "cause").unwrap_or_default(),
        signs: symptoms.into_iter().flatten().filter_map(sign).collect(),
        onset_us,
        fired_us,
        // When it came back is not listed.
        again_us: Vec::new(),
        over_us: time(alert, "resolved_at"),
        window_us: 0,
        verdict: alert
            .pointer("/verdict/verdict")
            .and_then(Value::as_str)
            .and_then(judgement_of),
    })
}

/// A known incident for programs; `to` is null while it goes on.
pub(super) fn as_json(incident: &Incident) -> Value {
    json!({
        "from": format_us(incident.from_us),
        "to": incident.to_us.map(format_us),
        "alert": incident.alert,
    })
}

/// `2026-11-10 02:00 to 2026-11-10 14:00`, for eyes.
pub(super) fn span(incident: &Incident) -> String {
    let to = incident.to_us.map_or_else(|| "now".to_owned(), minute);
    format!("{} to {to}", minute(incident.from_us))
}

/// A time to the minute.
pub(super) fn minute(us: i64) -> String {
    day(&format_us(us))
}

/// A time of RFC 3339 to the minute.
pub(super) fn day(text: &str) -> String {
    let minute: String = text.chars().take(16).collect();
    terminal::clean(&minute.replace('T', " "))
}

/// A stretch of time in hours, e.g. `2.5 h`; its sign is left out.
pub(super) fn hours(us: i64) -> String {
    format!("{:.1} h", us.unsigned_abs() as f64 / HOUR_US)
}

/// `2.0 h earlier`, `1.5 h later` or `at the same time`.
pub(super) fn earlier(us: i64) -> String {
    match us {
        0 => "at the same time".to_owned(),
        us if us > 0 => format!("{} earlier", hours(us)),
        us => format!("{} later", hours(us)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candor_monitor::Judgement;

    #[test]
    fn incidents_are_two_times_in_order() {
        let told = incident("2026-11-10T02:00:00Z/2026-11-10T14:00:00Z").unwrap();
        assert_eq!(span(&told), "2026-11-10 02:00 to 2026-11-10 14:00");
        for wrong in [
            "2026-11-10T02:00:00Z",
            "yesterday/today",
            "2026-11-10T14:00:00Z/2026-11-10T02:00:00Z",
        ] {
            assert!(incident(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn alerts_are_read_as_the_server_lists_them() {
        let alert = |family: &str, verdict: Value| {
            json!({"id": "a", "family": family, "onset_at": "2026-11-10T02:00:00Z",
                "fired_at": "2026-11-10T05:00:00Z", "resolved_at": null, "cause": "c", "verdict": verdict,
                "symptoms": [{"monitor": "m/volume", "onset_at": "2026-11-10T02:00:00Z",
                    "sustained_at": "2026-11-10T05:00:00Z", "over_at": null}]})
        };
        let told = live(&alert(
            "quality",
            json!({"verdict": "expected", "by": "ann"}),
        ))
        .unwrap();
        assert_eq!((told.monitor(), told.over_us), ("m/volume", None));
        assert_eq!(told.verdict, Some(Judgement::Expected));
        assert_eq!(live(&alert("service", Value::Null)).unwrap().verdict, None);
        assert_eq!(live(&alert("drill", Value::Null)), None);
        assert_eq!(live(&json!({"id": "a"})), None);
    }

    #[test]
    fn times_apart_are_told_in_hours() {
        for (minutes, text) in [
            (120, "2.0 h earlier"),
            (-90, "1.5 h later"),
            (0, "at the same time"),
        ] {
            assert_eq!(earlier(minutes * 60_000_000), text);
        }
    }
}
