//! Why somebody was told, or not.

use super::super::{explain, muting};
use super::*;
use insta::assert_snapshot;

impl Play {
    fn why(&self, id: &str, time: &str) -> String {
        let alert = &self.alerts[id].alert;
        let state = self.router.state();
        let whys = explain(alert, at(time), &self.routes, &self.silences, state);
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

#[test]
fn routes_that_are_not_about_an_alert_say_why() {
    let mut play = Play::new(RouteSpec {
        matches: BTreeMap::from([("model".to_owned(), "n".to_owned())]),
        ..route()
    });
    let severe = RouteSpec {
        at_least: Some(Severity::Critical),
        ..route()
    };
    let labelled = RouteSpec {
        matches: BTreeMap::from([("team".to_owned(), "risk".to_owned())]),
        ..route()
    };
    play.routes.push(("severe".to_owned(), severe));
    play.routes.push(("team".to_owned(), labelled));
    play.warn("a", "m");
    play.run("12:00", "12:10");
    assert_snapshot!(play.why("a", "12:10"), @r"
    r no_match: Not told: the route is about model=n, this alert has model=m.
    severe too_mild: Not told: the route is about critical and worse, this is warning.
    team no_match: Not told: the route is about team=risk, this alert has no team.
    ");
}

#[test]
fn an_alert_s_life_is_told() {
    let mut play = Play::new(RouteSpec {
        escalate: escalate("15m"),
        ..route()
    });
    play.warn("a", "m");
    play.of("a").alert.state = State::Pending;
    let mut whys = vec![play.why("a", "11:59")];
    play.of("a").alert.state = State::Firing;
    whys.push(play.why("a", "12:00"));
    play.run("12:00", "12:00");
    whys.push(play.why("a", "12:00:10"));
    play.run("12:00:10", "12:01");
    whys.push(play.why("a", "12:01"));
    play.run("12:01", "16:30");
    whys.push(play.why("a", "16:30"));
    play.of("a").acknowledged = true;
    play.run("16:30", "17:00");
    whys.push(play.why("a", "17:00"));
    play.resolve("a", "18:00");
    play.run("18:00", "18:00");
    whys.push(play.why("a", "19:00"));
    assert_snapshot!(whys.join("\n"), @r"
    r pending: Not told: pending, too few breaches to tell anyone.
    r waiting: Not told yet: the route takes it up now.
    r waiting: Not told yet: waits for group_wait until 2026-11-27 12:00:30 UTC.
    r told: Told at 2026-11-27 12:00:30 UTC; repeated at 2026-11-27 16:00:30 UTC if nothing changes.
    r escalated: Told at 2026-11-27 12:00:30 UTC, 2 times, last at 2026-11-27 16:00:30 UTC; escalated at 2026-11-27 12:15:30 UTC; repeated at 2026-11-27 20:00:30 UTC if nothing changes.
    r escalated: Told at 2026-11-27 12:00:30 UTC, 2 times, last at 2026-11-27 16:00:30 UTC; escalated at 2026-11-27 12:15:30 UTC; acknowledged, so it is neither repeated nor escalated.
    r end_told: Told at 2026-11-27 12:00:30 UTC, escalated at 2026-11-27 12:15:30 UTC, and its end at 2026-11-27 18:00 UTC.
    ");
}

#[test]
fn what_hides_an_alert_says_until_when_and_why() {
    let mut play = Play::new(RouteSpec {
        quiet: nights(),
        ..route()
    });
    play.silences = vec![(
        "backfill".to_owned(),
        silence("model", "m", "12:00", "14:00"),
    )];
    let mut lost = alert("lost", "n", Family::Service, Severity::Critical);
    lost.state = State::Unknown;
    play.put(lost);
    play.warn("silenced", "m");
    play.warn("inhibited", "n");
    play.run("12:00", "13:00");
    play.warn("late", "k");
    play.run("21:00", "21:10");
    let whys = [
        play.why("silenced", "13:00"),
        play.why("inhibited", "13:00"),
        play.why("late", "21:10"),
        play.why("silenced", "21:10"),
    ];
    assert_snapshot!(whys.join("\n"), @r"
    r silenced: Not told: silenced by backfill (ana) until 2026-11-27 14:00 UTC, because: backfill.
    r inhibited: Not told: inhibited by alert lost: data of this model do not arrive.
    r quiet: Not told: warning waits for quiet hours to end at 2026-11-28 07:00 UTC.
    r quiet: Not told: warning waits for quiet hours to end at 2026-11-28 07:00 UTC.
    ");
}

#[test]
fn lists_in_alertmanager_s_form_know_what_hides_an_alert() {
    let mut play = Play::new(RouteSpec {
        quiet: nights(),
        ..route()
    });
    play.silences = vec![("s".to_owned(), silence("model", "m", "12:00", "23:00"))];
    let mut lost = alert("lost", "m", Family::Service, Severity::Critical);
    lost.state = State::Unknown;
    play.put(lost);
    play.warn("a", "m");
    let alerts = play.listed();
    let inputs = Inputs {
        routes: &play.routes,
        silences: &play.silences,
        alerts: &alerts,
    };
    let shown = muting(&alerts[0], at("21:00"), inputs);
    assert_eq!(shown.routes, ["r"]);
    assert_eq!(shown.silenced_by, ["s"]);
    assert_eq!(shown.inhibited_by.len(), 1);
    assert_eq!(shown.muted_by, ["r"]);
    let shown = muting(&alerts[1], at("12:00"), inputs);
    assert!(
        shown.inhibited_by.is_empty() && shown.muted_by.is_empty(),
        "{shown:?}"
    );
}
