//! When each thing is told.

use super::*;
use insta::assert_snapshot;

#[test]
fn a_group_waits_for_its_first_notice_for_changes_and_for_sameness() {
    let mut play = Play::new(route());
    play.warn("a", "m");
    assert_snapshot!(play.run("12:00", "12:00:10"), @"");
    play.warn("b", "m");
    play.warn("c", "other");
    assert_snapshot!(play.run("12:00:10", "12:01"), @r"
    12:00:30 slack-0 first_notification: a firing, b firing
    12:00:40 slack-0 first_notification: c firing
    ");
    play.warn("d", "m");
    assert_snapshot!(play.run("12:01", "12:30"), @"12:05:30 slack-0 new_alerts_added: a firing, b firing, d firing");
    assert_snapshot!(play.run("12:30", "21:00"), @r"
    16:00:40 slack-0 repeat_interval_elapsed: c firing
    16:05:30 slack-0 repeat_interval_elapsed: a firing, b firing, d firing
    20:00:40 slack-0 repeat_interval_elapsed: c firing
    20:05:30 slack-0 repeat_interval_elapsed: a firing, b firing, d firing
    ");
}

/// alertmanager#1510: the all-clear does not wait for `group_interval`.
#[test]
fn the_end_of_all_is_told_at_once_and_of_some_with_the_next_change() {
    let mut play = Play::new(route());
    play.warn("a", "m");
    play.warn("b", "m");
    assert_snapshot!(play.run("12:00", "12:01"), @"12:00:30 slack-0 first_notification: a firing, b firing");
    play.resolve("a", "12:01");
    assert_snapshot!(play.run("12:01", "12:06"), @"12:05:30 slack-0 some_alerts_resolved: b firing, a resolved");
    play.resolve("b", "12:06");
    assert_snapshot!(play.run("12:06", "+1 12:00"), @"12:06 slack-0 all_alerts_resolved: b resolved");
    assert!(play.router.state().open().is_empty());
}

#[test]
fn what_is_over_before_its_first_notice_is_not_told() {
    let mut play = Play::new(route());
    play.warn("a", "m");
    play.run("12:00", "12:00:20");
    play.resolve("a", "12:00:20");
    assert_snapshot!(play.run("12:00:20", "+1 12:00"), @"");
}

#[test]
fn an_alert_that_comes_back_is_told_as_new() {
    let mut play = Play::new(route());
    play.warn("a", "m");
    play.run("12:00", "12:01");
    play.resolve("a", "12:10");
    play.run("12:10", "12:10");
    let alert = &mut play.of("a").alert;
    (alert.state, alert.resolved_us, alert.reopened) = (State::Firing, None, 1);
    play.run("12:20", "12:21");
    let told: Vec<_> = play.told.iter().map(line).collect();
    assert_snapshot!(told.join("\n"), @r"
    12:00:30 slack-0 first_notification: a firing
    12:10 slack-0 all_alerts_resolved: a resolved
    12:20:30 slack-0 first_notification: a firing
    ");
}

#[test]
fn what_gets_worse_is_told_and_what_gets_milder_is_not() {
    let mut play = Play::new(route());
    play.warn("a", "m");
    play.run("12:00", "12:01");
    play.of("a").alert.severity = Severity::Critical;
    assert_snapshot!(play.run("12:02", "12:30"), @"12:05:30 slack-0 got_worse: a firing");
    play.of("a").alert.severity = Severity::Info;
    assert_snapshot!(play.run("12:30", "13:00"), @"");
}

/// prometheus#17482: what nobody watches any more is not said to be fine.
#[test]
fn an_alert_that_is_gone_without_being_over_is_withdrawn() {
    let mut play = Play::new(route());
    play.warn("a", "m");
    play.run("12:00", "12:01");
    play.alerts.clear();
    assert_snapshot!(play.run("12:02", "+1 12:00"), @"12:02 slack-0 all_alerts_resolved: a withdrawn");
}

#[test]
fn routes_take_what_matches_and_is_bad_enough() {
    let mut play = Play::new(RouteSpec {
        matches: BTreeMap::from([("model".to_owned(), "m".to_owned())]),
        at_least: Some(Severity::Warning),
        ..route()
    });
    play.warn("a", "m");
    play.warn("other model", "n");
    play.put(alert("mild", "m", Family::Service, Severity::Info));
    assert_snapshot!(play.run("12:00", "12:01"), @"12:00:30 slack-0 first_notification: a firing");
    play.of("mild").alert.severity = Severity::Critical;
    assert_snapshot!(play.run("12:01", "12:10"), @"12:05:30 slack-0 new_alerts_added: mild firing, a firing");
}

/// alertmanager#3074: a changed spec tells nothing again.
#[test]
fn a_changed_route_does_not_tell_again() {
    let mut play = Play::new(route());
    play.warn("a", "m");
    play.run("12:00", "12:01");
    play.routes[0].1.group_by = vec!["family".to_owned(), "column".to_owned()];
    play.routes[0].1.at_least = Some(Severity::Critical);
    assert_snapshot!(play.run("12:02", "13:00"), @"");
    play.resolve("a", "13:00");
    assert_snapshot!(play.run("13:00", "13:30"), @"13:00 slack-0 all_alerts_resolved: a resolved");
}

#[test]
fn a_silence_hides_and_its_begin_and_end_are_told() {
    let mut play = Play::new(RouteSpec {
        receivers: vec![slack(), pager()],
        ..route()
    });
    play.silences = vec![(
        "backfill".to_owned(),
        silence("model", "m.*", "13:00", "15:00"),
    )];
    play.warn("a", "m");
    assert_snapshot!(play.run("12:00", "12:01"), @r"
    12:00:30 slack-0 first_notification: a firing
    12:00:30 pagerduty-1 first_notification: a firing
    ");
    play.warn("b", "mm");
    assert_snapshot!(play.run("13:00", "14:00"), @"13:00 slack-0 silence_started: a firing, b firing");
    assert_snapshot!(play.run("14:00", "15:10"), @r"
    15:00 slack-0 silence_ended: a firing, b firing
    15:00 slack-0 first_notification: b firing
    15:00 pagerduty-1 first_notification: b firing
    ");
}

#[test]
fn a_silence_that_hides_nothing_is_not_told_and_one_taken_away_is_over() {
    let mut play = Play::new(route());
    play.silences = vec![
        ("none".to_owned(), silence("model", "zzz", "12:00", "13:00")),
        ("broken".to_owned(), silence("model", "(", "12:00", "13:00")),
        ("some".to_owned(), silence("model", "m", "12:00", "13:00")),
    ];
    play.warn("a", "m");
    assert_snapshot!(play.run("12:00", "12:20"), @"12:00 slack-0 silence_started: a firing");
    play.silences.clear();
    assert_snapshot!(play.run("12:20", "12:30"), @r"
    12:20 slack-0 silence_ended: a firing
    12:20 slack-0 first_notification: a firing
    ");
}

/// Incidents elsewhere must close.
#[test]
fn the_end_of_what_was_told_is_told_through_a_silence() {
    let mut play = Play::new(route());
    play.silences = vec![("s".to_owned(), silence("model", "m", "12:10", "15:00"))];
    play.warn("a", "m");
    play.run("12:00", "12:10");
    play.resolve("a", "12:20");
    assert_snapshot!(play.run("12:20", "16:00"), @r"
    12:20 slack-0 all_alerts_resolved: a resolved
    15:00 slack-0 silence_ended: a resolved
    ");
}

#[test]
fn quality_is_inhibited_while_data_of_the_model_do_not_arrive() {
    let mut play = Play::new(route());
    let mut lost = alert("lost", "m", Family::Service, Severity::Critical);
    lost.state = State::Unknown;
    play.put(lost);
    play.warn("a", "m");
    play.warn("b", "n");
    assert_snapshot!(play.run("12:00", "12:10"), @r"
    12:00:30 slack-0 first_notification: lost firing
    12:00:30 slack-0 first_notification: b firing
    ");
    play.of("lost").alert.state = State::Firing;
    assert_snapshot!(play.run("12:10", "12:20"), @"12:10 slack-0 new_alerts_added: lost firing, a firing");
}

#[test]
fn in_quiet_hours_only_what_is_critical_is_told() {
    let mut play = Play::new(RouteSpec {
        quiet: nights(),
        ..route()
    });
    play.warn("old", "m");
    play.run("19:00", "19:10");
    play.warn("a", "m");
    play.put(alert("bad", "m", Family::Service, Severity::Critical));
    play.warn("short", "m");
    assert_snapshot!(play.run("22:00", "22:30"), @"22:00 slack-0 new_alerts_added: bad firing");
    play.resolve("old", "23:00");
    play.resolve("short", "23:00");
    assert_snapshot!(play.run("23:00", "+1 06:59"), @r"
    +1 02:00 slack-0 repeat_interval_elapsed: bad firing
    +1 06:00 slack-0 repeat_interval_elapsed: bad firing
    ");
    assert_snapshot!(play.run("+1 06:59", "+1 09:00"), @"+1 07:00 slack-0 new_alerts_added: bad firing, a firing, old resolved");
}

#[test]
fn what_nobody_acknowledges_is_escalated_once_and_its_end_is_told_there_too() {
    let mut play = Play::new(RouteSpec {
        escalate: escalate("15m"),
        ..route()
    });
    play.warn("a", "m");
    play.warn("b", "m");
    play.run("12:00", "12:01");
    play.of("b").acknowledged = true;
    assert_snapshot!(play.run("12:10", "14:00"), @"12:15:30 escalate-pagerduty-0 escalated: a firing");
    play.of("a").acknowledged = true;
    assert_snapshot!(play.run("14:00", "14:30"), @"14:00 escalate-pagerduty-0 acknowledged: a acknowledged");
    play.resolve("a", "15:00");
    play.resolve("b", "15:00");
    assert_snapshot!(play.run("15:00", "+1 12:00"), @r"
    15:00 slack-0 all_alerts_resolved: a resolved, b resolved
    15:00 escalate-pagerduty-0 all_alerts_resolved: a resolved
    ");
}

/// oncall#4654, oncall#3111: nothing pages after an acknowledgement.
#[test]
fn what_is_acknowledged_is_neither_repeated_nor_escalated() {
    let mut play = Play::new(RouteSpec {
        receivers: vec![slack(), pager()],
        escalate: escalate("15m"),
        ..route()
    });
    play.warn("a", "m");
    play.run("12:00", "12:10");
    play.of("a").acknowledged = true;
    assert_snapshot!(play.run("12:10", "+2 12:00"), @"12:10 pagerduty-1 acknowledged: a acknowledged");
    play.of("a").acknowledged = false;
    assert_snapshot!(play.run("+2 12:00", "+2 12:01"), @r"
    +2 12:00 slack-0 repeat_interval_elapsed: a firing
    +2 12:00 pagerduty-1 repeat_interval_elapsed: a firing
    +2 12:00 escalate-pagerduty-0 escalated: a firing
    ");
}

/// An Alertmanager forgets what is not sent again.
#[test]
fn an_alertmanager_is_told_again_whatever_hides_the_alert() {
    let url = "http://alertmanager:9093".to_owned();
    let mut play = Play::new(RouteSpec {
        receivers: vec![Receiver::Alertmanager { url }],
        ..route()
    });
    play.silences = vec![("s".to_owned(), silence("model", "m", "12:10", "15:00"))];
    play.warn("a", "m");
    assert_snapshot!(play.run("12:00", "13:10"), @r"
    12:00:30 alertmanager-0 first_notification: a firing
    12:30:30 alertmanager-0 refreshed: a firing
    13:00:30 alertmanager-0 refreshed: a firing
    ");
    play.resolve("a", "13:10");
    assert_snapshot!(play.run("13:10", "16:00"), @"13:10 alertmanager-0 all_alerts_resolved: a resolved");
}

#[test]
fn strides_may_be_long() {
    let mut play = Play::new(route());
    play.warn("a", "m");
    play.step(at("12:00"));
    play.warn("b", "m");
    play.step(at("13:00"));
    play.resolve("a", "13:30");
    play.resolve("b", "13:40");
    play.step(at("18:00"));
    let told: Vec<_> = play.told.iter().map(line).collect();
    assert_snapshot!(told.join("\n"), @r"
    13:00 slack-0 first_notification: a firing, b firing
    18:00 slack-0 all_alerts_resolved: a resolved, b resolved
    ");
}

#[test]
fn keys_name_route_group_place_time_and_number() {
    let mut play = Play::new(RouteSpec {
        receivers: vec![slack(), pager()],
        group_by: vec!["model".to_owned(), "absent".to_owned()],
        ..route()
    });
    play.warn("a", "m");
    play.run("12:00", "12:01");
    let keys: Vec<_> = play.told.iter().map(|n| n.key.as_str()).collect();
    assert_snapshot!(keys.join("\n"), @r#"
    r:{model="m"}/slack-0/1795780830000000-1
    r:{model="m"}/pagerduty-1/1795780830000000-1
    "#);
}
