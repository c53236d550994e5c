//! Whatever happens: nothing is lost, nothing is told twice, restarts and strides change nothing.

use super::*;
use crate::window::MINUTE_US;
use proptest::prelude::*;
use std::collections::BTreeSet;

const ALERTS: usize = 4;
const CASES: u32 = 96;
/// Everything is resolved and every silence taken away this long before it is looked at: quiet hours end.
const REST_US: i64 = 2 * 24 * 60 * MINUTE_US;

/// What happens to the world.
#[derive(Debug, Clone, Copy)]
enum Event {
    Fire(usize),
    Worsen(usize),
    Lose(usize),
    Recover(usize),
    Acknowledge(usize),
    Forget(usize),
    Resolve(usize),
    Withdraw(usize),
    Silence(usize, i64),
    Unsilence(usize),
}

fn event() -> impl Strategy<Value = Event> {
    let of = 0..ALERTS;
    prop_oneof![
        4 => of.clone().prop_map(Event::Fire),
        1 => of.clone().prop_map(Event::Worsen),
        1 => of.clone().prop_map(Event::Lose),
        1 => of.clone().prop_map(Event::Recover),
        1 => of.clone().prop_map(Event::Acknowledge),
        1 => of.clone().prop_map(Event::Forget),
        3 => of.clone().prop_map(Event::Resolve),
        1 => of.clone().prop_map(Event::Withdraw),
        1 => (0..2usize, 1..90i64).prop_map(|(model, minutes)| Event::Silence(model, minutes)),
        1 => (0..2usize).prop_map(Event::Unsilence),
    ]
}

/// Minutes between events, and the events.
fn script(events_max: usize) -> impl Strategy<Value = Vec<(i64, Event)>> {
    prop::collection::vec((0..45i64, event()), 1..events_max)
}

fn spec() -> impl Strategy<Value = RouteSpec> {
    let waits = (
        prop::sample::select(vec!["0s", "1m", "5m"]),
        prop::sample::select(vec!["1m", "5m", "30m"]),
        prop::sample::select(vec!["10m", "4h"]),
    );
    let by = prop::sample::select(vec![vec![], vec!["model"], vec!["model", "severity"]]);
    let least = prop::option::of(Just(Severity::Warning));
    (waits, by, least, any::<bool>(), any::<bool>()).prop_map(|(waits, by, at_least, quiet, up)| {
        let url = "http://alertmanager:9093".to_owned();
        RouteSpec {
            at_least,
            receivers: vec![slack(), pager(), Receiver::Alertmanager { url }],
            group_by: by.into_iter().map(str::to_owned).collect(),
            group_wait: waits.0.to_owned(),
            group_interval: waits.1.to_owned(),
            repeat_interval: waits.2.to_owned(),
            quiet: if quiet { nights() } else { Vec::new() },
            escalate: up.then(|| escalate("15m").unwrap()),
            ..route()
        }
    })
}

impl Play {
    fn happen(&mut self, now_us: i64, event: Event) {
        let id = |at: usize| format!("a{at}");
        match event {
            Event::Fire(at) => self.fire(&id(at), at),
            Event::Silence(model, minutes) => {
                self.happen(now_us, Event::Unsilence(model));
                let mut spec = silence("model", &format!("m{model}"), "00:00", "00:00");
                spec.to = format_us(now_us + minutes * MINUTE_US);
                self.silences.push((format!("s{model}"), spec));
            }
            Event::Unsilence(model) => {
                self.silences
                    .retain(|(name, _)| *name != format!("s{model}"));
            }
            Event::Withdraw(at) => drop(self.alerts.remove(&id(at))),
            Event::Worsen(at)
            | Event::Lose(at)
            | Event::Recover(at)
            | Event::Acknowledge(at)
            | Event::Forget(at)
            | Event::Resolve(at) => {
                let open = self.alerts.get_mut(&id(at));
                if let Some(listed) = open.filter(|l| l.alert.state != State::Resolved) {
                    change(listed, event, now_us);
                }
            }
        }
    }

    fn fire(&mut self, id: &str, at: usize) {
        let family = [Family::Service, Family::Quality][at % 2];
        let severity = [Severity::Info, Severity::Warning, Severity::Critical][at % 3];
        let before = self
            .alerts
            .get(id)
            .map(|l| (l.alert.state, l.alert.reopened));
        let mut next = alert(id, &format!("m{}", at / 2), family, severity);
        match before {
            Some((State::Resolved, reopened)) => next.reopened = reopened + 1,
            Some(_) => return,
            None => {}
        }
        self.put(next);
    }

    fn rest(&mut self, now_us: i64) -> i64 {
        self.silences.clear();
        for at in 0..ALERTS {
            self.happen(now_us, Event::Resolve(at));
        }
        self.run_us(now_us, now_us + REST_US);
        now_us + REST_US
    }
}

fn change(listed: &mut Listed, event: Event, now_us: i64) {
    match event {
        Event::Worsen(_) => listed.alert.severity = Severity::Critical,
        Event::Lose(_) => listed.alert.state = State::Unknown,
        Event::Recover(_) => listed.alert.state = State::Recovering,
        Event::Acknowledge(_) => listed.acknowledged = true,
        Event::Forget(_) => listed.acknowledged = false,
        _ => {
            listed.alert.state = State::Resolved;
            listed.alert.resolved_us = Some(now_us);
        }
    }
}

/// Each receiver knows of each alert: that it goes on, then that it is over, in turn.
fn told_in_turn(told: &[Notice]) -> Result<(), TestCaseError> {
    let mut open: BTreeSet<(String, String)> = BTreeSet::new();
    let mut escalated: BTreeSet<String> = BTreeSet::new();
    for notice in told.iter().filter(|n| !is_of_silence(n)) {
        for about in &notice.alerts {
            let entry = (place(notice).to_owned(), about.alert.id.clone());
            let word = line(notice);
            match about.status {
                Status::Firing => drop(open.insert(entry)),
                Status::Resolved => {
                    prop_assert!(open.remove(&entry), "an end without a beginning: {word}");
                    escalated.remove(&about.alert.id);
                }
            }
            if notice.reason == Reason::Escalated {
                prop_assert!(!about.acknowledged, "escalated after all: {word}");
                prop_assert!(escalated.insert(about.alert.id.clone()), "again: {word}");
            }
        }
        if notice.reason == Reason::RepeatIntervalElapsed {
            prop_assert!(
                !notice.is_acknowledged(),
                "repeated after all: {}",
                line(notice)
            );
        }
        prop_assert!(
            !notice.alerts.is_empty(),
            "nothing to say: {}",
            line(notice)
        );
    }
    prop_assert!(open.is_empty(), "an end was lost: {open:?}");
    Ok(())
}

/// Each silence that began is over, in turn.
fn silences_in_turn(told: &[Notice]) -> Result<(), TestCaseError> {
    let mut open = BTreeSet::new();
    for notice in told.iter().filter(|n| is_of_silence(n)) {
        let id = notice.silence.as_ref().map(|s| s.id.clone());
        if notice.reason == Reason::SilenceStarted {
            prop_assert!(open.insert(id), "begun twice: {}", line(notice));
        } else {
            open.remove(&id);
        }
    }
    prop_assert!(open.is_empty(), "an end of a silence was lost: {open:?}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(CASES))]

    #[test]
    fn no_end_is_lost_and_no_key_comes_twice(
        spec in spec(), script in script(24), eager in any::<bool>()
    ) {
        let mut play = Play::new(spec);
        let mut now_us = at("17:00");
        for (minutes, event) in script {
            let next_us = now_us + minutes * MINUTE_US;
            if eager {
                play.run_us(now_us, next_us);
            }
            play.happen(next_us, event);
            play.step(next_us);
            let told = play.told.len();
            play.step(next_us);
            prop_assert_eq!(told, play.told.len(), "the same instant tells nothing more");
            now_us = next_us;
        }
        let end_us = play.rest(now_us);
        told_in_turn(&play.told)?;
        silences_in_turn(&play.told)?;
        let keys: BTreeSet<_> = play.told.iter().map(|n| &n.key).collect();
        prop_assert_eq!(keys.len(), play.told.len(), "keys are unique");
        prop_assert!(play.router.state().open().is_empty());
        prop_assert_eq!(play.due_us(end_us), None);
    }

    /// Asked when it wants to be, the router tells the same as when it is asked every minute.
    #[test]
    fn no_due_instant_is_missed(spec in spec(), script in script(10)) {
        let (mut lazy, mut busy) = (Play::new(spec.clone()), Play::new(spec));
        let mut now_us = at("17:00");
        for (minutes, event) in script {
            let next_us = now_us + minutes * MINUTE_US;
            lazy.run_us(now_us, next_us);
            for minute in 0..=minutes {
                busy.step(now_us + minute * MINUTE_US);
            }
            lazy.happen(next_us, event);
            busy.happen(next_us, event);
            now_us = next_us;
        }
        let words = |play: &Play| serde_json::to_string(&play.told).unwrap();
        prop_assert_eq!(words(&lazy), words(&busy));
    }

    /// What goes on and is not hidden is told when its wait is over, however alerts come together.
    #[test]
    fn no_beginning_is_late(gaps in prop::collection::vec(0..40i64, ALERTS), spec in spec()) {
        let spec = RouteSpec { quiet: Vec::new(), at_least: None, ..spec };
        let (wait_us, interval_us, _) = spec.waits_us().unwrap();
        let mut play = Play::new(spec);
        let mut now_us = at("12:00");
        let mut began = BTreeMap::new();
        for (alert, minutes) in gaps.into_iter().enumerate() {
            let next_us = now_us + minutes * MINUTE_US;
            play.run_us(now_us, next_us);
            play.happen(next_us, Event::Fire(alert));
            began.insert(format!("a{alert}"), next_us);
            now_us = next_us;
        }
        play.run_us(now_us, now_us + wait_us + interval_us);
        for (id, began_us) in began {
            let first = play.told.iter().find(|n| n.alerts.iter().any(|a| a.alert.id == id));
            let late_us = first.unwrap().at_us - began_us;
            prop_assert!(late_us <= wait_us.max(interval_us), "{} was {} late", id, late_us);
        }
    }

    /// Order of inputs changes nothing; nor do alerts that no route is about.
    #[test]
    fn order_changes_nothing(script in script(12), spec in spec(), order in any::<bool>()) {
        let mut play = Play::new(spec);
        let mut now_us = at("12:00");
        for (minutes, event) in script {
            play.happen(now_us, event);
            play.step(now_us);
            now_us += minutes * MINUTE_US;
        }
        let mut alerts = play.listed();
        let mut routers = [play.router.clone(), play.router.clone()];
        let told = routers.each_mut().map(|router| {
            let inputs = Inputs { routes: &play.routes, silences: &play.silences, alerts: &alerts };
            let told = router.step(now_us, inputs);
            let steps = alerts.len().min(1);
            if order { alerts.reverse() } else { alerts.rotate_left(steps) }
            told
        });
        prop_assert_eq!(&told[0], &told[1]);
        prop_assert_eq!(&routers[0], &routers[1]);
    }
}
