//! What routes had done with an alert by an instant of the past, from what is recorded: a router remembers the
//! present only.

use super::explain::{RouteWhy, Verdict, explain};
use super::scene::mismatch;
use super::state::{Group, Member, Past, RouteState, RouterState, Told};
use crate::alert::{Alert, State};
use crate::notice::{Notice, Reason, Status, when};
use candor_contract::spec::{RouteSpec, Severity, SilenceSpec};
use std::collections::BTreeMap;

/// A route of then.
#[derive(Debug, Clone, PartialEq)]
pub struct PastRoute {
    /// Its name.
    pub name: String,
    /// What it said.
    pub spec: RouteSpec,
    /// Since when it was there, microseconds.
    pub since_us: i64,
}

/// What is recorded of an alert up to an instant.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    /// The alert as it was then: see [`as_it_was`].
    pub alert: &'a Alert,
    /// Since when it was known, or known anew after it had been over; microseconds. Later than the instant if nobody
    /// knew of it then.
    pub known_us: i64,
    /// Whether somebody looked after it.
    pub acknowledged: bool,
    /// The alert that explained it away.
    pub inhibited_by: Option<&'a str>,
    /// Routes that were in force.
    pub routes: &'a [PastRoute],
    /// Silences that were declared, by name.
    pub silences: &'a [(String, SilenceSpec)],
    /// Notices about the alert that were decided by then, oldest first.
    pub notices: &'a [Notice],
}

/// An alert as it was: in this state, so bad, with this monitor's symptom as its likely cause. What else it says is as
/// it is now.
pub fn as_it_was(now: &Alert, state: State, severity: Severity, cause: Option<&str>) -> Alert {
    let mut alert = now.clone();
    alert.state = state;
    alert.severity = severity;
    alert.resolved_us = alert.resolved_us.filter(|_| state == State::Resolved);
    let first = cause.and_then(|name| alert.symptoms.iter().position(|s| s.monitor == name));
    if let Some(at) = first {
        alert.symptoms[..=at].rotate_right(1);
    }
    alert
}

/// What each route of then had done with an alert by `at_us`, and what held it back at that time.
pub fn explain_past(record: &Record<'_>, at_us: i64) -> Vec<RouteWhy> {
    let routes = record.routes.iter();
    if record.known_us > at_us {
        let unknown = |route: &PastRoute| RouteWhy {
            route: route.name.clone(),
            verdict: Verdict::NotKnown,
            sentence: format!(
                "Not told: nobody knew of this alert then; it was seen first at {}.",
                when(record.known_us)
            ),
            told_us: None,
            until_us: None,
        };
        return routes.map(unknown).collect();
    }
    let mut state = RouterState::default();
    for route in routes.clone() {
        let (own, past) = remembered(record, route);
        state.routes.insert(route.name.clone(), own);
        state.past.extend(past);
    }
    let routes: Vec<(String, RouteSpec)> = routes
        .map(|route| (route.name.clone(), route.spec.clone()))
        .collect();
    let mut whys = explain(record.alert, at_us, &routes, record.silences, &state);
    for why in &mut whys {
        if let (Verdict::Waiting, Some(due_us)) = (why.verdict, why.until_us)
            && due_us <= at_us
        {
            why.until_us = None;
            why.sentence = format!(
                "Not told by then, as far as is recorded: it was due at {}. It waited for others of its group, the \
                 server was away, or the notice is not kept any more.",
                when(due_us)
            );
        }
    }
    whys
}

/// What a router would have remembered of the alert for a route.
fn remembered(record: &Record<'_>, route: &PastRoute) -> (RouteState, Option<Past>) {
    let (mut member, past) = told(record, route);
    let alert = record.alert;
    let goes_on = alert.state.is_active();
    let matches = mismatch(&route.spec, alert, &alert.labels()).is_none();
    if member.told.is_none() && !(goes_on && matches) {
        return (RouteState::default(), past);
    }
    member.joined_us = record.known_us.max(route.since_us);
    member.acknowledged = record.acknowledged;
    member.inhibited_by = record.inhibited_by.map(str::to_owned);
    let group = Group {
        first_us: member.told.map(|t| t.first_us),
        told_us: member.told.map(|t| t.last_us),
        members: BTreeMap::from([(alert.id.clone(), member)]),
        ..Group::default()
    };
    let own = RouteState {
        groups: BTreeMap::from([(String::new(), group)]),
        ..RouteState::default()
    };
    (own, past)
}

/// How a route's notices told the alert: since it was over last, and before that.
fn told(record: &Record<'_>, route: &PastRoute) -> (Member, Option<Past>) {
    let (mut member, mut past) = (Member::default(), None);
    let own = record.notices.iter().filter(|n| n.route == route.name);
    for notice in own {
        let mut alerts = notice.alerts.iter();
        let Some(alert) = alerts.find(|a| a.alert.id == record.alert.id) else {
            continue;
        };
        match (notice.reason, alert.status) {
            (
                Reason::SilenceStarted
                | Reason::SilenceEnded
                | Reason::Acknowledged
                | Reason::Refreshed,
                _,
            ) => {}
            (Reason::Escalated, _) => {
                member.escalated_us.get_or_insert(notice.at_us);
            }
            // Those who were told by an escalation learn the end with the others.
            _ if notice.escalation => {}
            (_, Status::Resolved) => {
                let ended = std::mem::take(&mut member);
                // One decision makes a notice for each receiver.
                if let Some(told) = ended.told {
                    past = Some(Past {
                        route: route.name.clone(),
                        alert: record.alert.id.clone(),
                        first_us: Some(told.first_us),
                        escalated_us: ended.escalated_us,
                        left_us: notice.at_us,
                    });
                }
            }
            (_, Status::Firing) => count(&mut member, notice.at_us, alert.alert.severity),
        }
    }
    (member, past)
}

fn count(member: &mut Member, at_us: i64, severity: Severity) {
    let told = member.told.get_or_insert(Told {
        first_us: at_us,
        last_us: at_us,
        times: 1,
        severity,
    });
    if told.last_us != at_us {
        told.last_us = at_us;
        told.times = told.times.saturating_add(1);
    }
    told.severity = told.severity.max(severity);
}
