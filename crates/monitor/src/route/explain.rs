//! "Why was I told?", and why not.

use super::group::Rule;
use super::scene::{Life, Mismatch, Scene, View, mismatch};
use super::state::{Group, Member, RouteState, Told};
use super::{Inputs, Listed, RouterState};
use crate::alert::{Alert, State};
use crate::matcher::Silence;
use crate::notice::alertmanager::Shown;
use crate::notice::{fingerprint, when};
use candor_contract::spec::{RouteSpec, SilenceSpec};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a route did with an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is not about such alerts.
    NoMatch,
    /// It is about worse ones.
    TooMild,
    /// Nobody knew of it yet, at the time that is asked about.
    NotKnown,
    /// Too few breaches so far.
    Pending,
    /// It was over before its first notice was due.
    OverBefore,
    /// A silence hides it.
    Silenced,
    /// Another alert explains it away.
    Inhibited,
    /// Quiet hours.
    Quiet,
    /// Its time comes.
    Waiting,
    /// It was told.
    Told,
    /// It was told to others too, since nobody acknowledged.
    Escalated,
    /// Its end was told.
    EndTold,
}

/// Why an alert was or was not told by one route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteWhy {
    /// The route.
    pub route: String,
    /// In a word.
    pub verdict: Verdict,
    /// In a sentence.
    pub sentence: String,
    /// When it was told first, if it was.
    pub told_us: Option<i64>,
    /// Until when nothing is told, if that is known.
    pub until_us: Option<i64>,
}

/// What each route did with an alert, and what holds it back at `now_us`. `state` is that after the last
/// step; what it inhibited then, it still does.
pub fn explain(
    alert: &Alert,
    now_us: i64,
    routes: &[(String, RouteSpec)],
    silences: &[(String, SilenceSpec)],
    state: &RouterState,
) -> Vec<RouteWhy> {
    let listed = [Listed {
        alert: alert.clone(),
        acknowledged: false,
    }];
    let inputs = Inputs {
        routes,
        silences,
        alerts: &listed,
    };
    let nothing = BTreeMap::new();
    let scene = Scene::new(now_us, inputs, &nothing);
    let Some(view) = scene.views.get(alert.id.as_str()) else {
        return Vec::new();
    };
    let none = RouteState::default();
    let of = |rule: Rule<'_>| {
        let route = state.routes.get(rule.name).unwrap_or(&none);
        let why = match route.member(&alert.id) {
            Some((group, member)) => of_member(group, member, &rule, view, &scene),
            None => of_stranger(&rule, view, &scene, state),
        };
        RouteWhy {
            route: rule.name.to_owned(),
            verdict: why.verdict,
            sentence: why.sentence,
            told_us: why.told_us,
            until_us: why.until_us,
        }
    };
    inputs.rules(now_us).map(of).collect()
}

/// What is known of an alert beside itself, for lists in Alertmanager's form.
pub fn muting(listed: &Listed, now_us: i64, inputs: Inputs<'_>) -> Shown {
    let nothing = BTreeMap::new();
    let scene = Scene::new(now_us, inputs, &nothing);
    let labels = listed.alert.labels();
    let matching = inputs
        .rules(now_us)
        .filter(|rule| mismatch(rule.spec, &listed.alert, &labels).is_none());
    let mut shown = Shown {
        acknowledged: listed.acknowledged || listed.alert.state == State::Acknowledged,
        ..Shown::default()
    };
    for rule in matching {
        shown.routes.push(rule.name.to_owned());
        if rule.holds_back(listed.alert.severity) {
            shown.muted_by.push(rule.name.to_owned());
        }
    }
    if let Some(view) = scene.views.get(listed.alert.id.as_str()) {
        shown.silenced_by = view.silenced_by.iter().map(|s| (*s).to_owned()).collect();
        let other = view.inhibited_by.and_then(|id| scene.views.get(id));
        shown.inhibited_by = other.map(|v| fingerprint(v.alert)).into_iter().collect();
    }
    shown
}

struct Why {
    verdict: Verdict,
    sentence: String,
    told_us: Option<i64>,
    until_us: Option<i64>,
}

impl Why {
    fn new(verdict: Verdict, sentence: impl Into<String>) -> Self {
        Self {
            verdict,
            sentence: sentence.into(),
            told_us: None,
            until_us: None,
        }
    }

    const fn until(mut self, us: i64) -> Self {
        self.until_us = Some(us);
        self
    }
}

/// What hides an alert now.
fn hindrance(
    view: &View<'_>,
    rule: &Rule<'_>,
    scene: &Scene<'_>,
    inhibited_by: Option<&str>,
) -> Option<Why> {
    if let Some(other) = inhibited_by {
        let sentence = format!("inhibited by alert {other}: data of this model do not arrive");
        return Some(Why::new(Verdict::Inhibited, sentence));
    }
    let silences = scene.silences.iter();
    let mut silences = silences.filter(|s| view.silenced_by.contains(&s.id));
    if let Some(silence) = silences.next() {
        let sentence = silenced(silence);
        return Some(Why::new(Verdict::Silenced, sentence).until(silence.to_us));
    }
    let until_us = rule
        .quiet_until_us
        .filter(|_| rule.holds_back(view.alert.severity))?;
    let severity = view.alert.severity.name();
    let sentence = format!(
        "{severity} waits for quiet hours to end at {}",
        when(until_us)
    );
    Some(Why::new(Verdict::Quiet, sentence).until(until_us))
}

fn silenced(silence: &Silence<'_>) -> String {
    let by = silence.spec.by.as_deref().unwrap_or("nobody named");
    let why = silence.spec.why.trim_end_matches('.');
    let until = when(silence.to_us);
    format!(
        "silenced by {} ({by}) until {until}, because: {why}",
        silence.id
    )
}

/// An alert that the route has in a group.
fn of_member(
    group: &Group,
    member: &Member,
    rule: &Rule<'_>,
    view: &View<'_>,
    scene: &Scene<'_>,
) -> Why {
    let hindrance = hindrance(view, rule, scene, member.inhibited_by.as_deref());
    if let Some(told) = member.told {
        return of_told(told, member, group, rule, view, hindrance);
    }
    if let Some(why) = hindrance {
        return Why {
            sentence: format!("Not told: {}.", why.sentence),
            ..why
        };
    }
    if view.life == Life::Over {
        return Why::new(Verdict::OverBefore, OVER_BEFORE);
    }
    let (wait, due_us) = match group.told_us {
        None => ("group_wait", member.joined_us.saturating_add(rule.wait_us)),
        Some(us) => ("group_interval", us.saturating_add(rule.interval_us)),
    };
    let sentence = format!("Not told yet: waits for {wait} until {}.", when(due_us));
    Why::new(Verdict::Waiting, sentence).until(due_us)
}

const OVER_BEFORE: &str = "Not told: it was over before its first notice was due.";

/// An alert that the route told of.
fn of_told(
    told: Told,
    member: &Member,
    group: &Group,
    rule: &Rule<'_>,
    view: &View<'_>,
    hindrance: Option<Why>,
) -> Why {
    let mut sentence = format!("Told at {}", when(told.first_us));
    if told.times > 1 {
        sentence += &format!(", {} times, last at {}", told.times, when(told.last_us));
    }
    let mut verdict = Verdict::Told;
    if let Some(us) = member.escalated_us {
        verdict = Verdict::Escalated;
        sentence += &format!("; escalated at {}", when(us));
    }
    let mut until_us = None;
    let acknowledged = member.acknowledged || view.acknowledged;
    match hindrance {
        Some(why) if view.life != Life::Over => {
            sentence += &format!("; now {}", why.sentence);
            until_us = why.until_us;
        }
        Some(why) if why.verdict == Verdict::Quiet => {
            sentence += &format!("; its end is not told yet: {}", why.sentence);
            until_us = why.until_us;
        }
        _ if view.life == Life::Over => {
            let us = group.told_us.map(|us| us.saturating_add(rule.interval_us));
            sentence += "; its end is told with the next change";
            until_us = us;
        }
        _ if acknowledged => sentence += "; acknowledged, so it is neither repeated nor escalated",
        _ => {
            let us = group
                .told_us
                .unwrap_or(told.last_us)
                .saturating_add(rule.repeat_us);
            sentence += &format!("; repeated at {} if nothing changes", when(us));
            until_us = Some(us);
        }
    }
    sentence.push('.');
    Why {
        verdict,
        sentence,
        told_us: Some(told.first_us),
        until_us,
    }
}

/// An alert that the route has in no group: it left, never came, or comes at the next step.
fn of_stranger(rule: &Rule<'_>, view: &View<'_>, scene: &Scene<'_>, state: &RouterState) -> Why {
    let past = state.past.iter().rev();
    let mut past = past.filter(|p| p.route == rule.name && p.alert == view.alert.id);
    if let Some(past) = past.next().filter(|_| view.life != Life::Active) {
        let Some(first_us) = past.first_us else {
            return Why::new(Verdict::OverBefore, OVER_BEFORE);
        };
        let escalated = past
            .escalated_us
            .map(|us| format!(", escalated at {}", when(us)));
        let sentence = format!(
            "Told at {}{}, and its end at {}.",
            when(first_us),
            escalated.unwrap_or_default(),
            when(past.left_us)
        );
        return Why {
            told_us: Some(first_us),
            ..Why::new(Verdict::EndTold, sentence)
        };
    }
    match mismatch(rule.spec, view.alert, &view.labels) {
        Some(Mismatch::Label(name, value)) => {
            let has = match view.labels.get(name) {
                Some(has) => format!("this alert has {name}={has}"),
                None => format!("this alert has no {name}"),
            };
            let sentence = format!("Not told: the route is about {name}={value}, {has}.");
            return Why::new(Verdict::NoMatch, sentence);
        }
        Some(Mismatch::Severity) => {
            let least = rule.spec.at_least.map_or("", |s| s.name());
            let is = view.alert.severity.name();
            let sentence = format!("Not told: the route is about {least} and worse, this is {is}.");
            return Why::new(Verdict::TooMild, sentence);
        }
        None => {}
    }
    match view.life {
        Life::Pending => Why::new(
            Verdict::Pending,
            "Not told: pending, too few breaches to tell anyone.",
        ),
        Life::Over => Why::new(Verdict::OverBefore, OVER_BEFORE),
        Life::Active => match hindrance(view, rule, scene, None) {
            Some(why) => Why {
                sentence: format!("Not told: {}.", why.sentence),
                ..why
            },
            None => Why::new(Verdict::Waiting, "Not told yet: the route takes it up now."),
        },
    }
}
