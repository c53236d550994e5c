//! Looking back: what a run over history would have told of what is known by now, and beside what fired live.
//!
//! An alert counts once, however often it came back. One that overlaps an incident in time is of it.

use crate::alert::{Alert, Judgement, Step, Symptom, Transition};
use crate::window::{DAY_US, Window};
use candor_contract::spec::Family;
use candor_stats::Figure;
use candor_stats::proportion::share;

/// An alert that went on for longer when an incident began did not find it.
const BEFORE_US: i64 = DAY_US;

/// A monitor of an alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sign {
    /// Its name.
    pub monitor: String,
    /// Start of its first breaching window.
    pub onset_us: i64,
    /// When its breach was sustained.
    pub sustained_us: i64,
    /// When it was over; `None` if it was not.
    pub over_us: Option<i64>,
}

/// An alert, of a run or live, whatever became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Its id.
    pub id: String,
    /// The kind of trouble.
    pub family: Family,
    /// The likely cause in a sentence, as it was when the alert fired if that is known.
    pub cause: String,
    /// Its monitors, the likely cause first.
    pub signs: Vec<Sign>,
    /// Start of the first breaching window.
    pub onset_us: i64,
    /// When it fired.
    pub fired_us: i64,
    /// When it came back, by time.
    pub again_us: Vec<i64>,
    /// When it was over; `None` if it was not.
    pub over_us: Option<i64>,
    /// Length of the windows of the likely cause; 0 if that is not known.
    pub window_us: i64,
    /// What people said of it last, if it fired live.
    pub verdict: Option<Judgement>,
}

impl Sign {
    fn of(symptom: &Symptom) -> Self {
        Self {
            monitor: symptom.monitor.clone(),
            onset_us: symptom.onset_us,
            sustained_us: symptom.sustained_us,
            over_us: symptom.over_us,
        }
    }
}

impl Told {
    /// The alerts of a run, each once, by the time when it fired.
    pub fn of(transitions: &[Transition]) -> Vec<Self> {
        once(transitions)
            .into_iter()
            .map(|alert| {
                let own = transitions.iter().filter(|t| t.alert.id == alert.id);
                let again = own.filter(|t| t.step == Step::Reopened).map(|t| t.at_us);
                let again_us = again.collect();
                let first = alert.symptoms.first();
                let window = first.and_then(|s| s.points.last()).map(|p| p.window);
                Self {
                    signs: alert.symptoms.iter().map(Sign::of).collect(),
                    window_us: window.map_or(0, Window::length_us),
                    family: alert.family,
                    onset_us: alert.onset_us,
                    fired_us: alert.fired_us,
                    over_us: alert.resolved_us,
                    id: alert.id,
                    cause: alert.cause,
                    again_us,
                    verdict: None,
                }
            })
            .collect()
    }

    /// The monitor that leads it.
    pub fn monitor(&self) -> &str {
        self.signs.first().map_or("", |s| s.monitor.as_str())
    }

    fn end_us(&self) -> i64 {
        self.over_us.unwrap_or(i64::MAX)
    }

    /// Whether both tell the same kind of trouble at the same time.
    fn meets(&self, other: &Told) -> bool {
        self.family == other.family
            && self.onset_us < other.end_us()
            && other.onset_us < self.end_us()
    }
}

/// Each alert as it was last, with what it said when it fired, by the time when that was. Of its symptoms the one that led
/// then comes first.
pub fn once(transitions: &[Transition]) -> Vec<Alert> {
    let mut alerts: Vec<Alert> = Vec::new();
    for transition in transitions {
        let new = &transition.alert;
        let Some(own) = alerts.iter_mut().find(|a| a.id == new.id) else {
            alerts.push(new.clone());
            continue;
        };
        let led = own.symptoms.first().map(|s| s.monitor.clone());
        let cause = std::mem::take(&mut own.cause);
        let onset_us = own.onset_us.min(new.onset_us);
        *own = Alert {
            cause,
            onset_us,
            ..new.clone()
        };
        let place = own
            .symptoms
            .iter()
            .position(|s| Some(&s.monitor) == led.as_ref());
        if let Some(place) = place {
            own.symptoms[..=place].rotate_right(1);
        }
    }
    alerts.sort_by(|a, b| (a.fired_us, &a.id).cmp(&(b.fired_us, &b.id)));
    alerts
}

/// A time in which something was known to be wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incident {
    /// When it began.
    pub from_us: i64,
    /// The first instant after it; `None` if it goes on.
    pub to_us: Option<i64>,
    /// The live alert that people called true; `None` if somebody named the time.
    pub alert: Option<String>,
}

impl Incident {
    fn end_us(&self) -> i64 {
        self.to_us.unwrap_or(i64::MAX)
    }

    fn overlaps(&self, from_us: i64, to_us: i64) -> bool {
        from_us < self.end_us() && to_us > self.from_us
    }

    /// Whether an alert is of it: it overlaps it, or began within a window before it.
    pub fn has(&self, told: &Told) -> bool {
        let began_shortly_before = told.onset_us >= self.from_us.saturating_sub(told.window_us)
            && told.onset_us < self.end_us();
        self.overlaps(told.onset_us, told.end_us()) || began_shortly_before
    }

    /// When an alert of it told people, and whether that was for a reason of its own: it had gone on for more than a day
    /// and a window when the incident began, and did not come back in it.
    fn told(&self, told: &Told) -> Option<(i64, bool)> {
        if !self.has(told) {
            return None;
        }
        if told.fired_us >= self.from_us.saturating_sub(BEFORE_US.max(told.window_us)) {
            return Some((told.fired_us, false));
        }
        let mut again = told.again_us.iter();
        let again = again.find(|us| **us >= self.from_us && **us < self.end_us());
        Some(again.map_or((told.fired_us, true), |us| (*us, false)))
    }

    /// When an alert of it told people for the first time that one of its monitors breached; never before the incident
    /// began. `None` if the monitor was not among those that told of it.
    pub(crate) fn told_by(&self, told: &Told, monitor: &str) -> Option<i64> {
        let (at_us, already) = self.told(told)?;
        let mut signs = told.signs.iter();
        let own = signs.find(|s| {
            let margin_us = self.from_us.saturating_sub(told.window_us);
            s.monitor == monitor
                && s.onset_us < self.end_us()
                && s.over_us.is_none_or(|over| over > margin_us)
        })?;
        (!already).then(|| at_us.max(own.sustained_us).max(self.from_us))
    }
}

/// What is known by now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Known {
    /// Incidents by time: those that were named, and alerts that were called true.
    pub incidents: Vec<Incident>,
    /// Alerts that fired live, by time.
    pub live: Vec<Told>,
}

/// Whether an alert had a reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It is of an incident.
    Incident,
    /// People said that nothing was wrong then.
    None,
    /// People said that it was expected, a duplicate, or for want of data.
    Neither,
    /// Nobody said anything of that time.
    NotJudged,
}

impl Known {
    /// Takes incidents that somebody named, and what fired live. An alert that was called true is an incident of its own
    /// unless it overlaps one that was named, or another such alert: then they are one.
    pub fn new(named: Vec<Incident>, mut live: Vec<Told>) -> Self {
        live.sort_by(|a, b| (a.fired_us, &a.id).cmp(&(b.fired_us, &b.id)));
        let mut judged: Vec<Incident> = Vec::new();
        let is_true = |t: &&Told| t.verdict == Some(Judgement::TruePositive);
        let mut right: Vec<&Told> = live.iter().filter(is_true).collect();
        right.sort_by_key(|t| t.onset_us);
        for told in right
            .into_iter()
            .filter(|t| !named.iter().any(|i| i.has(t)))
        {
            match judged.last_mut() {
                Some(last) if last.overlaps(told.onset_us, told.end_us()) => {
                    last.to_us = last.to_us.zip(told.over_us).map(|(a, b)| a.max(b));
                }
                _ => judged.push(Incident {
                    from_us: told.onset_us,
                    to_us: told.over_us,
                    alert: Some(told.id.clone()),
                }),
            }
        }
        let mut incidents = named;
        incidents.extend(judged);
        incidents.sort_by_key(|i| (i.from_us, i.to_us));
        incidents.dedup();
        Self { incidents, live }
    }

    /// Whether an alert of a run had a reason. One that people called true or false lends its verdict to what meets it.
    pub fn reason(&self, told: &Told) -> Reason {
        if self.incidents.iter().any(|i| i.has(told)) {
            return Reason::Incident;
        }
        let met = self.live.iter().filter(|live| live.meets(told));
        let verdicts: Vec<Judgement> = met.filter_map(|live| live.verdict).collect();
        match &verdicts[..] {
            [] => Reason::NotJudged,
            all if all.contains(&Judgement::FalsePositive) => Reason::None,
            _ => Reason::Neither,
        }
    }
}

/// What a run would have told of an incident.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The incident.
    pub incident: Incident,
    /// Whether any of it is in the time that the run watched; else nothing can be said.
    pub watched: bool,
    /// The alert that told of it first; `None` if none did.
    pub alert: Option<String>,
    /// The monitor that led it.
    pub monitor: Option<String>,
    /// When people would have been told.
    pub told_us: Option<i64>,
    /// From the incident's beginning until then; 0 if they were told before it.
    pub delay_us: Option<i64>,
    /// Whether the alert had gone on for so long when the incident began that it tells of something else. Then the
    /// incident does not count as found.
    pub already: bool,
    /// The alert that told of it first live; `None` if none did.
    pub live: Option<String>,
    /// By how much earlier than live people would have been told; negative if later. `None` if one of both did not tell.
    pub earlier_us: Option<i64>,
}

impl Found {
    /// Whether it counts as found.
    pub fn is_found(&self) -> bool {
        self.alert.is_some() && !self.already
    }
}

/// An alert of a run beside the live one of the same time and family.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// The run's alert; `None` if nothing of a live one's time would be told.
    pub alert: Option<String>,
    /// The live one; `None` if it is new.
    pub live: Option<String>,
    /// The monitor that leads it: the run's, or else the live one's.
    pub monitor: String,
    /// When it fires in the run, or else fired live.
    pub fired_us: i64,
    /// By how much earlier than live it fires; negative if later. `None` if it is new or missing.
    pub earlier_us: Option<i64>,
}

impl Beside {
    /// The word: `new`, `missing`, `earlier`, `later` or `same`.
    pub const fn change(&self) -> &'static str {
        match (&self.alert, self.earlier_us) {
            (None, _) => "missing",
            (Some(_), None) => "new",
            (Some(_), Some(0)) => "same",
            (Some(_), Some(us)) if us > 0 => "earlier",
            (Some(_), Some(_)) => "later",
        }
    }
}

/// A run, looked back at.
#[derive(Debug, Clone, PartialEq)]
pub struct Hindsight {
    /// Every known incident, by time.
    pub incidents: Vec<Found>,
    /// Alerts of the run by time, then live ones of which it would have told nothing.
    pub alerts: Vec<Beside>,
    /// Found incidents of those that the run watched, with Wilson's interval; undefined if there are none.
    pub recall: Figure,
}

/// Looks back at a run that watched `watched`.
pub fn look_back(run: &[Told], watched: Window, known: &Known) -> Hindsight {
    let incidents: Vec<Found> = known
        .incidents
        .iter()
        .map(|incident| found(incident, run, watched, known))
        .collect();
    let mut alerts: Vec<Beside> = run.iter().map(|told| beside(told, &known.live)).collect();
    let in_time = |t: &&Told| t.fired_us > watched.from_us && t.fired_us <= watched.to_us;
    let live = known.live.iter().filter(in_time);
    let untold = live.filter(|l| !run.iter().any(|told| told.meets(l)));
    alerts.extend(untold.map(|live| Beside {
        alert: None,
        live: Some(live.id.clone()),
        monitor: live.monitor().to_owned(),
        fired_us: live.fired_us,
        earlier_us: None,
    }));
    let count = |counts: fn(&Found) -> bool| {
        let own = incidents.iter().filter(|f| f.watched && counts(f));
        own.count() as u64
    };
    Hindsight {
        recall: share(count(Found::is_found), count(|_| true)),
        incidents,
        alerts,
    }
}

/// Of alerts the first that told of an incident, and when; those that went on already come last.
pub(crate) fn first<'a>(incident: &Incident, all: &'a [Told]) -> Option<(&'a Told, i64, bool)> {
    let told = all
        .iter()
        .filter_map(|t| incident.told(t).map(|(us, already)| (t, us, already)));
    told.min_by_key(|(t, us, already)| (*already, *us, &t.id))
}

fn found(incident: &Incident, run: &[Told], watched: Window, known: &Known) -> Found {
    let told = first(incident, run);
    let live = first(incident, &known.live);
    let told_us = told.map(|(_, us, _)| us);
    Found {
        watched: incident.overlaps(watched.from_us, watched.to_us),
        alert: told.map(|(t, ..)| t.id.clone()),
        monitor: told.map(|(t, ..)| t.monitor().to_owned()),
        told_us,
        delay_us: told_us.map(|us| (us - incident.from_us).max(0)),
        already: told.is_some_and(|(.., already)| already),
        earlier_us: live.map(|(_, us, _)| us).zip(told_us).map(|(a, b)| a - b),
        live: live.map(|(t, ..)| t.id.clone()),
        incident: incident.clone(),
    }
}

/// An alert beside the live one that it meets; of several the one that fired next to it.
fn beside(told: &Told, live: &[Told]) -> Beside {
    let met = live.iter().filter(|l| l.meets(told));
    let own = met.min_by_key(|l| (l.fired_us.abs_diff(told.fired_us), &l.id));
    Beside {
        alert: Some(told.id.clone()),
        live: own.map(|l| l.id.clone()),
        monitor: told.monitor().to_owned(),
        fired_us: told.fired_us,
        earlier_us: own.map(|l| l.fired_us - told.fired_us),
    }
}

#[cfg(test)]
mod tests;
