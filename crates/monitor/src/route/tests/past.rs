//! Why somebody was told or not at an instant of the past, from notices alone.

use super::super::{PastRoute, Record, as_it_was, explain_past};
use super::*;
use insta::assert_snapshot;

/// What is asked about.
struct Asked<'a> {
    alert: &'a Alert,
    known: &'a str,
    acknowledged: bool,
    inhibited_by: Option<&'a str>,
}

impl Play {
    /// What records tell of `time`: routes and silences of now, and the notices that had been decided.
    fn past(&self, asked: &Asked<'_>, time: &str) -> String {
        let at_us = at(time);
        let routes = self.routes.iter().map(|(name, spec)| PastRoute {
            name: name.clone(),
            spec: spec.clone(),
            since_us: at("08:00"),
        });
        let notices: Vec<Notice> = self
            .told
            .iter()
            .filter(|n| n.at_us <= at_us)
            .cloned()
            .collect();
        let record = Record {
            alert: asked.alert,
            known_us: at(asked.known),
            acknowledged: asked.acknowledged,
            inhibited_by: asked.inhibited_by,
            routes: &routes.collect::<Vec<_>>(),
            silences: &self.silences,
            notices: &notices,
        };
        let whys = explain_past(&record, at_us);
        let told = whys.iter().map(|why| {
            let verdict = serde_json::to_value(why.verdict).unwrap();
            format!(
                "{} {}: {}",
                why.route,
                verdict.as_str().unwrap(),
                why.sentence
            )
        });
        told.collect::<Vec<_>>().join("\n")
    }
}

fn asked(alert: &Alert) -> Asked<'_> {
    Asked {
        alert,
        known: "12:00",
        acknowledged: false,
        inhibited_by: None,
    }
}

#[test]
fn an_alert_s_life_is_told_from_its_notices_as_it_was_told_then() {
    let mut play = Play::new(RouteSpec {
        receivers: vec![slack(), pager()],
        escalate: escalate("15m"),
        ..route()
    });
    play.warn("a", "m");
    play.run("12:00", "16:30");
    let firing = play.alerts["a"].alert.clone();
    play.of("a").acknowledged = true;
    play.run("16:30", "17:00");
    play.resolve("a", "18:00");
    play.run("18:00", "19:00");
    let over = play.alerts["a"].alert.clone();
    let whys = [
        play.past(&asked(&firing), "11:59"),
        play.past(&asked(&firing), "12:00:10"),
        play.past(&asked(&firing), "12:01"),
        play.past(&asked(&firing), "16:29"),
        play.past(
            &Asked {
                acknowledged: true,
                ..asked(&firing)
            },
            "17:00",
        ),
        play.past(&asked(&over), "19:00"),
    ];
    assert_snapshot!(whys.join("\n"), @r"
    r not_known: Not told: nobody knew of this alert then; it was seen first at 2026-11-27 12:00 UTC.
    r waiting: Not told yet: waits for group_wait until 2026-11-27 12:00:30 UTC.
    r told: Told at 2026-11-27 12:00:30 UTC; repeated at 2026-11-27 16:00:30 UTC if nothing changes.
    r escalated: Told at 2026-11-27 12:00:30 UTC, 2 times, last at 2026-11-27 16:00:30 UTC; escalated at 2026-11-27 12:15:30 UTC; repeated at 2026-11-27 20:00:30 UTC if nothing changes.
    r escalated: Told at 2026-11-27 12:00:30 UTC, 2 times, last at 2026-11-27 16:00:30 UTC; escalated at 2026-11-27 12:15:30 UTC; acknowledged, so it is neither repeated nor escalated.
    r end_told: Told at 2026-11-27 12:00:30 UTC, escalated at 2026-11-27 12:15:30 UTC, and its end at 2026-11-27 18:00 UTC.
    ");
}

#[test]
fn what_hid_an_alert_is_told_by_what_was_in_force_then() {
    let mut play = Play::new(RouteSpec {
        quiet: nights(),
        ..route()
    });
    let elsewhere = RouteSpec {
        matches: BTreeMap::from([("model".to_owned(), "n".to_owned())]),
        ..route()
    };
    play.routes.push(("elsewhere".to_owned(), elsewhere));
    play.silences = vec![(
        "backfill".to_owned(),
        silence("model", "m", "12:00", "14:00"),
    )];
    play.warn("a", "m");
    play.run("12:00", "13:00");
    let alert = play.alerts["a"].alert.clone();
    let inhibited = Asked {
        inhibited_by: Some("lost"),
        ..asked(&alert)
    };
    let whys = [
        play.past(&asked(&alert), "13:00"),
        play.past(&inhibited, "14:30"),
        play.past(&asked(&alert), "15:00"),
        play.past(&asked(&alert), "21:10"),
    ];
    assert_snapshot!(whys.join("\n"), @r"
    r silenced: Not told: silenced by backfill (ana) until 2026-11-27 14:00 UTC, because: backfill.
    elsewhere no_match: Not told: the route is about model=n, this alert has model=m.
    r inhibited: Not told: inhibited by alert lost: data of this model do not arrive.
    elsewhere no_match: Not told: the route is about model=n, this alert has model=m.
    r waiting: Not told by then, as far as is recorded: it was due at 2026-11-27 12:00:30 UTC. It waited for others of its group, the server was away, or the notice is not kept any more.
    elsewhere no_match: Not told: the route is about model=n, this alert has model=m.
    r quiet: Not told: warning waits for quiet hours to end at 2026-11-28 07:00 UTC.
    elsewhere no_match: Not told: the route is about model=n, this alert has model=m.
    ");
}

#[test]
fn what_came_back_is_told_anew() {
    let mut play = Play::new(route());
    play.warn("a", "m");
    play.run("12:00", "12:10");
    play.resolve("a", "13:00");
    play.run("13:00", "13:10");
    play.warn("a", "m");
    play.run("15:00", "15:10");
    let alert = play.alerts["a"].alert.clone();
    let again = Asked {
        known: "15:00",
        ..asked(&alert)
    };
    assert_snapshot!(play.past(&again, "15:10"), @"r told: Told at 2026-11-27 15:00:30 UTC; repeated at 2026-11-27 19:00:30 UTC if nothing changes.");
}

#[test]
fn an_alert_is_put_back_as_it_was() {
    let mut now = alert("a", "m", Family::Quality, Severity::Critical);
    let mut first = now.symptoms[0].clone();
    first.monitor = "m/drift".to_owned();
    now.symptoms.push(first);
    now.state = State::Resolved;
    now.resolved_us = Some(at("18:00"));
    let then = as_it_was(&now, State::Firing, Severity::Warning, Some("m/drift"));
    let monitors: Vec<&str> = then.symptoms.iter().map(|s| s.monitor.as_str()).collect();
    assert_eq!(monitors, ["m/drift", "m/missing"]);
    assert_eq!(
        (then.state, then.severity, then.resolved_us),
        (State::Firing, Severity::Warning, None)
    );
    assert_eq!(
        as_it_was(&now, State::Resolved, Severity::Critical, Some("gone")),
        now
    );
}
