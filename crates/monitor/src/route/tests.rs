//! Small plays: what happens on the left, who is told on the right.

mod explained;
mod past;
mod properties;
mod timing;

use super::{Inputs, Listed, Router, next_due_us};
use crate::alert::{Alert, State, Symptom};
use crate::notice::{Notice, Reason, Status};
use candor_contract::spec::{
    Escalate, Family, Matcher, Measure, Quiet, Receiver, RouteSpec, Severity, SilenceSpec,
};
use candor_contract::{format_us, parse_us};
use std::collections::BTreeMap;

/// `12:30` or `12:30:30` of Friday, 2026-11-27; `+1 07:00` of the day after.
fn at(text: &str) -> i64 {
    let (day, time) = match text.strip_prefix('+') {
        Some(rest) => {
            let (days, time) = rest.split_once(' ').unwrap();
            (27 + days.parse::<u8>().unwrap(), time)
        }
        None => (27, text),
    };
    let seconds = if time.len() == 5 { ":00" } else { "" };
    parse_us(&format!("2026-11-{day}T{time}{seconds}Z")).unwrap()
}

fn clock(us: i64) -> String {
    let text = format_us(us);
    let days: u8 = text[8..10].parse().unwrap();
    let day = if days == 27 {
        String::new()
    } else {
        format!("+{} ", days - 27)
    };
    let time = &text[11..19];
    format!("{day}{}", time.strip_suffix(":00").unwrap_or(time))
}

fn alert(id: &str, model: &str, family: Family, severity: Severity) -> Alert {
    let measure = match family {
        Family::Service => Measure::Errors,
        Family::Quality | Family::Drill => Measure::Missing,
    };
    Alert {
        id: id.to_owned(),
        model: model.to_owned(),
        family,
        state: State::Firing,
        severity,
        onset_us: at("09:00"),
        fired_us: at("12:00"),
        changed_us: at("12:00"),
        resolved_us: None,
        drill: None,
        owner: None,
        pipeline_owner: None,
        reopened: 0,
        cause: "cause".to_owned(),
        symptoms: vec![Symptom {
            monitor: format!("{model}/{measure}"),
            measure,
            column: (family == Family::Quality).then(|| "input_income".to_owned()),
            metric: None,
            segment: BTreeMap::new(),
            onset_us: at("09:00"),
            sustained_us: at("12:00"),
            over_us: None,
            severity,
            size: 3.0,
            sentence: "31 % are missing".to_owned(),
            points: Vec::new(),
        }],
        changes: Vec::new(),
    }
}

fn slack() -> Receiver {
    Receiver::Slack {
        secret: "slack".to_owned(),
    }
}

fn pager() -> Receiver {
    Receiver::Pagerduty {
        secret: "pager".to_owned(),
        url: None,
    }
}

/// Everything by model to Slack, with the usual waits: 30 s, 5 m, 4 h.
fn route() -> RouteSpec {
    RouteSpec {
        matches: BTreeMap::new(),
        at_least: None,
        receivers: vec![slack()],
        group_by: vec!["model".to_owned()],
        group_wait: "30s".to_owned(),
        group_interval: "5m".to_owned(),
        repeat_interval: "4h".to_owned(),
        quiet: Vec::new(),
        escalate: None,
        template: None,
    }
}

fn nights() -> Vec<Quiet> {
    vec![Quiet {
        days: Vec::new(),
        from: "20:00".to_owned(),
        to: "07:00".to_owned(),
    }]
}

fn escalate(after: &str) -> Option<Escalate> {
    Some(Escalate {
        after: after.to_owned(),
        receivers: vec![pager()],
    })
}

fn silence(label: &str, value: &str, from: &str, to: &str) -> SilenceSpec {
    SilenceSpec {
        matchers: vec![Matcher {
            name: label.to_owned(),
            value: value.to_owned(),
            regex: true,
            not: false,
        }],
        from: Some(format_us(at(from))),
        to: format_us(at(to)),
        by: Some("ana".to_owned()),
        why: "backfill".to_owned(),
        maintenance: false,
    }
}

/// A world in which time goes on and the router is asked whenever it wants to be.
struct Play {
    router: Router,
    routes: Vec<(String, RouteSpec)>,
    silences: Vec<(String, SilenceSpec)>,
    alerts: BTreeMap<String, Listed>,
    told: Vec<Notice>,
}

impl Play {
    fn new(route: RouteSpec) -> Self {
        Self {
            router: Router::default(),
            routes: vec![("r".to_owned(), route)],
            silences: Vec::new(),
            alerts: BTreeMap::new(),
            told: Vec::new(),
        }
    }

    fn put(&mut self, alert: Alert) {
        let listed = Listed {
            alert,
            acknowledged: false,
        };
        self.alerts.insert(listed.alert.id.clone(), listed);
    }

    fn warn(&mut self, id: &str, model: &str) {
        self.put(alert(id, model, Family::Quality, Severity::Warning));
    }

    fn of(&mut self, id: &str) -> &mut Listed {
        self.alerts.get_mut(id).unwrap()
    }

    fn resolve(&mut self, id: &str, time: &str) {
        let alert = &mut self.of(id).alert;
        alert.state = State::Resolved;
        alert.resolved_us = Some(at(time));
    }

    fn listed(&self) -> Vec<Listed> {
        self.alerts.values().cloned().collect()
    }

    /// One step.
    fn step(&mut self, now_us: i64) {
        let alerts = self.listed();
        let inputs = Inputs {
            routes: &self.routes,
            silences: &self.silences,
            alerts: &alerts,
        };
        // As after a restart.
        let state = serde_json::to_string(self.router.state()).unwrap();
        self.router = Router::new(serde_json::from_str(&state).unwrap());
        let told = self.router.step(now_us, inputs);
        self.told.extend(told);
    }

    fn due_us(&self, now_us: i64) -> Option<i64> {
        let alerts = self.listed();
        let inputs = Inputs {
            routes: &self.routes,
            silences: &self.silences,
            alerts: &alerts,
        };
        next_due_us(self.router.state(), now_us, inputs)
    }

    /// Steps now, and then whenever something is due up to `to`. Gives what was told, a line each.
    fn run(&mut self, from: &str, to: &str) -> String {
        let before = self.told.len();
        self.run_us(at(from), at(to));
        self.told[before..]
            .iter()
            .map(line)
            .collect::<Vec<_>>()
            .join("\n")
    }

    fn run_us(&mut self, from_us: i64, to_us: i64) {
        self.step(from_us);
        let mut now_us = from_us;
        while let Some(due_us) = self.due_us(now_us).filter(|us| *us <= to_us) {
            assert!(
                due_us > now_us,
                "a step leaves nothing due at {}",
                clock(now_us)
            );
            now_us = due_us;
            self.step(now_us);
        }
    }
}

/// `12:00:30 slack-0 first_notification: a firing, b resolved`.
fn line(notice: &Notice) -> String {
    let alerts = notice.alerts.iter().map(|told| {
        let word = match told.status {
            Status::Firing if told.acknowledged => "acknowledged",
            _ if told.withdrawn => "withdrawn",
            status => status.name(),
        };
        format!("{} {word}", told.alert.id)
    });
    format!(
        "{} {} {}: {}",
        clock(notice.at_us),
        place(notice),
        serde_json::to_value(notice.reason)
            .unwrap()
            .as_str()
            .unwrap(),
        alerts.collect::<Vec<_>>().join(", ")
    )
}

fn place(notice: &Notice) -> &str {
    notice.key.rsplit('/').nth(1).unwrap()
}

fn is_of_silence(notice: &Notice) -> bool {
    matches!(notice.reason, Reason::SilenceStarted | Reason::SilenceEnded)
}
