//! From sustained breaches of single monitors to one alert a model and family.

use crate::alert::{Alert, NearChange, State, Step, Symptom, Transition};
use crate::notice::when;
use crate::window::{DAY_US, HOUR_US};
use candor_contract::format_us;
use candor_contract::spec::{Family, Measure, Severity};

/// An alert that comes back within this time is the same.
const REOPENS_US: i64 = DAY_US;
/// A change may show so long before the first breaching window begins.
const CHANGE_BEFORE_US: i64 = 6 * HOUR_US;
/// What begins later than this after an alert's first sign is not its cause, however far upstream it lies.
const CAUSE_WITHIN_US: i64 = DAY_US;
/// Changes that are told.
const CHANGES_MAX: usize = 5;
/// Alerts that are over and remembered, so that they may be opened again.
const KEPT_MAX: usize = 32;

/// What the monitors of one family say at the end of a window.
#[derive(Debug, Default)]
pub(crate) struct News {
    /// Breaches that became sustained, or go on; their newest state.
    pub(crate) going: Vec<Symptom>,
    /// Monitors whose breach is over.
    pub(crate) over: Vec<String>,
    /// Whether the windows of all monitors that go on are calm by now.
    pub(crate) calming: bool,
    /// Whether data do not arrive any more.
    pub(crate) silent: bool,
}

/// Alerts of one model.
pub(crate) struct Book<'a> {
    pub(crate) model: &'a str,
    pub(crate) alerts: &'a mut Vec<Alert>,
    pub(crate) changes: &'a [NearChange],
    /// The owners of the model and of its pipeline.
    pub(crate) owners: (Option<&'a str>, Option<&'a str>),
}

impl Book<'_> {
    /// Takes what a window told; what changed for people comes back, at most one step.
    pub(crate) fn take(&mut self, family: Family, news: News, at_us: i64) -> Option<Transition> {
        let open = self
            .alerts
            .iter()
            .position(|a| a.family == family && a.state != State::Resolved);
        let (step, at) = match open {
            Some(at) => (self.go_on(at, news, at_us)?, at),
            None if news.going.is_empty() => return None,
            None => self.open(family, news, at_us),
        };
        let alert = &mut self.alerts[at];
        alert.changed_us = at_us;
        let (owner, pipeline_owner) = self.owners;
        alert.owner = owner.map(str::to_owned);
        alert.pipeline_owner = pipeline_owner.map(str::to_owned);
        Some(Transition {
            at_us,
            step,
            alert: alert.clone(),
        })
    }

    /// A new alert, or one that was over not long ago and tells of the same.
    fn open(&mut self, family: Family, news: News, at_us: i64) -> (Step, usize) {
        let same = |alert: &Alert| {
            alert.family == family
                && alert
                    .resolved_us
                    .is_some_and(|over| at_us - over <= REOPENS_US)
                && alert
                    .symptoms
                    .iter()
                    .any(|old| news.going.iter().any(|new| new.monitor == old.monitor))
        };
        let state = state_of(&news);
        if let Some(at) = self.alerts.iter().rposition(same) {
            let alert = &mut self.alerts[at];
            alert.state = state;
            alert.resolved_us = None;
            alert.reopened += 1;
            join(alert, news.going);
            explain(alert, self.changes);
            return (Step::Reopened, at);
        }
        let onset_us = news.going.iter().map(|s| s.onset_us).min().unwrap_or(at_us);
        let mut alert = Alert {
            id: id(self.model, family, at_us),
            model: self.model.to_owned(),
            family,
            state,
            severity: Severity::Info,
            onset_us,
            fired_us: at_us,
            changed_us: at_us,
            resolved_us: None,
            reopened: 0,
            cause: String::new(),
            symptoms: Vec::new(),
            changes: Vec::new(),
            drill: None,
            owner: None,
            pipeline_owner: None,
        };
        join(&mut alert, news.going);
        explain(&mut alert, self.changes);
        if self.alerts.len() >= KEPT_MAX {
            let oldest = self.alerts.iter().position(|a| a.state == State::Resolved);
            oldest.map(|at| self.alerts.remove(at));
        }
        self.alerts.push(alert);
        (Step::Fired, self.alerts.len() - 1)
    }

    fn go_on(&mut self, at: usize, news: News, at_us: i64) -> Option<Step> {
        let alert = &mut self.alerts[at];
        let (before, worst) = (alert.symptoms.len(), alert.severity);
        let silent = news.silent;
        let calming = news.calming;
        for name in &news.over {
            let own = alert.symptoms.iter_mut().find(|s| s.monitor == *name);
            if let Some(symptom) = own {
                symptom.over_us = Some(at_us);
            }
        }
        let lost = state_of(&news) == State::Unknown;
        join(alert, news.going);
        explain(alert, self.changes);
        if !alert.goes_on() {
            alert.state = State::Resolved;
            alert.resolved_us = Some(at_us);
            return Some(Step::Resolved);
        }
        let step = match alert.state {
            State::Unknown if !silent && !lost => {
                alert.state = State::Firing;
                Some(Step::Found)
            }
            State::Unknown => None,
            _ if silent || lost => {
                alert.state = State::Unknown;
                Some(Step::Lost)
            }
            State::Recovering if !calming => {
                alert.state = State::Firing;
                Some(Step::Relapsed)
            }
            State::Firing | State::Acknowledged if calming => {
                alert.state = State::Recovering;
                Some(Step::Recovering)
            }
            _ => None,
        };
        let grew = alert.symptoms.len() > before || alert.severity > worst;
        step.or(grew.then_some(Step::Grew))
    }
}

fn state_of(news: &News) -> State {
    let gone = |s: &Symptom| {
        let last = s.points.iter().rev().find(|p| !p.suppressed);
        s.measure == Measure::Volume && last.is_some_and(|p| p.n == 0)
    };
    if news.going.iter().any(gone) {
        State::Unknown
    } else {
        State::Firing
    }
}

/// The same telemetry gives the same id.
fn id(model: &str, family: Family, at_us: i64) -> String {
    let time: String = format_us(at_us)
        .chars()
        .filter(|c| !matches!(c, '-' | ':'))
        .take(13)
        .collect();
    format!("{model}-{}-{time}", family.name())
}

fn join(alert: &mut Alert, going: Vec<Symptom>) {
    for symptom in going {
        let own = alert
            .symptoms
            .iter_mut()
            .find(|s| s.monitor == symptom.monitor);
        match own {
            Some(own) => {
                let severity = own.severity.max(symptom.severity);
                // What came back after it was over began anew.
                let since_us = own.over_us.map_or(own.onset_us, |_| symptom.onset_us);
                *own = Symptom {
                    onset_us: since_us.min(symptom.onset_us),
                    sustained_us: own.sustained_us,
                    severity,
                    size: own.size.max(symptom.size),
                    ..symptom
                };
            }
            None => alert.symptoms.push(symptom),
        }
    }
}

/// Orders symptoms, the likely cause first, and says it.
fn explain(alert: &mut Alert, changes: &[NearChange]) {
    if !alert.goes_on() {
        return;
    }
    // What was over before anything of what goes on began explains none of it.
    let going = alert.symptoms.iter().filter(|s| s.over_us.is_none());
    let begun_us = going.map(|s| s.onset_us).min();
    let is_past = |s: &Symptom| s.over_us.is_some_and(|over| begun_us >= Some(over));
    // What is upstream explains what is downstream, unless it began long after it; of equals the largest in parts of
    // what matters, then what came first.
    let present = alert.symptoms.iter().filter(|s| !is_past(s));
    let first_us = present.map(|s| s.onset_us).min();
    let is_late = |s: &Symptom| first_us.is_some_and(|us| s.onset_us - us > CAUSE_WITHIN_US);
    alert.symptoms.sort_by(|a, b| {
        (is_past(a), is_late(a))
            .cmp(&(is_past(b), is_late(b)))
            .then_with(|| a.depth().cmp(&b.depth()))
            .then_with(|| b.size.total_cmp(&a.size))
            .then_with(|| (a.onset_us, &a.monitor).cmp(&(b.onset_us, &b.monitor)))
    });
    let symptoms = || alert.symptoms.iter();
    let severity = symptoms().map(|s| s.severity).max();
    let onset = symptoms().map(|s| s.onset_us).min();
    alert.severity = severity.unwrap_or(Severity::Warning).max(alert.severity);
    alert.onset_us = onset.map_or(alert.onset_us, |us| us.min(alert.onset_us));
    let window_us = symptoms()
        .filter_map(|s| s.points.last())
        .map(|p| p.window.length_us())
        .max()
        .unwrap_or(HOUR_US);
    // What joins a long alert later has changes of its own near it.
    let distance = |c: &NearChange| {
        symptoms()
            .map(|s| c.at_us - s.onset_us)
            .filter(|us| (-CHANGE_BEFORE_US..window_us).contains(us))
            .map(i64::abs)
            .min()
    };
    let mut near: Vec<(i64, NearChange)> = changes
        .iter()
        .filter_map(|c| Some((distance(c)?, c.clone())))
        .collect();
    near.sort_by_key(|(distance, c)| (*distance, c.at_us));
    let mut near: Vec<NearChange> = near.into_iter().map(|(_, c)| c).collect();
    near.truncate(CHANGES_MAX);
    if !near.is_empty() {
        alert.changes = near;
    }
    alert.cause = cause(alert);
}

fn cause(alert: &Alert) -> String {
    let Some(first) = alert.symptoms.first() else {
        return String::new();
    };
    let mut out = first.sentence.clone();
    if let Some(change) = alert.changes.first() {
        // A change near what joined later did not come before what is first.
        let length_us = first
            .points
            .last()
            .map_or(HOUR_US, |p| p.window.length_us());
        let before = match change.at_us < first.onset_us + length_us {
            true => "Shortly before",
            false => "Since then",
        };
        out.push_str(&format!(
            ". {before}: {} at {}",
            change.what,
            when(change.at_us)
        ));
    }
    let is_past = |s: &&Symptom| s.over_us.is_some_and(|over| first.onset_us >= over);
    let past = alert.symptoms.iter().filter(is_past).count();
    let others = alert.symptoms.len() - 1 - past;
    let signs = |n: usize| if n == 1 { "sign" } else { "signs" };
    if others > 0 {
        out.push_str(&format!(". It explains {others} other {}", signs(others)));
    }
    if past > 0 {
        out.push_str(&format!(
            ". Before it began, {past} other {} of this alert had ended",
            signs(past)
        ));
    }
    out
}
