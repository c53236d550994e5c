//! Answers in Alertmanager's form.

use super::super::alertmanager::*;
use super::*;
use candor_contract::spec::SilenceSpec;

fn shown() -> Shown {
    Shown {
        routes: vec!["oncall".to_owned(), "risk".to_owned()],
        silenced_by: vec!["backfill".to_owned()],
        ..Shown::default()
    }
}

#[test]
fn an_alert_is_gettable() {
    let mut got = gettable_alert(&alert(), &shown(), at("12:30"), URL);
    got.annotations
        .retain(|name, _| name == "summary" || name == "silenced_by");
    assert_json_snapshot!(got, @r#"
    {
      "labels": {
        "alert": "al-1",
        "alertname": "missing",
        "column": "input_income",
        "family": "quality",
        "measure": "missing",
        "model": "credit-risk",
        "segment_region": "north",
        "severity": "critical"
      },
      "annotations": {
        "silenced_by": "backfill",
        "summary": "credit-risk, missing values of input_income where region=north"
      },
      "startsAt": "2026-11-27T09:00:00.000000Z",
      "endsAt": "2026-11-27T12:35:00.000000Z",
      "updatedAt": "2026-11-27T12:00:00.000000Z",
      "generatorURL": "https://candor.example/alerts/al-1",
      "fingerprint": "cd88e5a8eec72ac7",
      "receivers": [
        {
          "name": "oncall"
        },
        {
          "name": "risk"
        }
      ],
      "status": {
        "state": "suppressed",
        "silencedBy": [
          "backfill"
        ],
        "inhibitedBy": [],
        "mutedBy": []
      }
    }
    "#);
}

#[test]
fn states_are_alertmanager_s() {
    let mut pending = alert();
    pending.state = State::Pending;
    let mut over = alert();
    (over.state, over.resolved_us) = (State::Resolved, Some(at("12:10")));
    let none = Shown::default();
    let state = |alert: &Alert, shown: &Shown| gettable_alert(alert, shown, at("12:30"), URL);
    assert_eq!(state(&pending, &none).status.state, AlertState::Unprocessed);
    assert_eq!(state(&alert(), &none).status.state, AlertState::Active);
    assert_eq!(
        state(&alert(), &shown()).status.state,
        AlertState::Suppressed
    );
    assert_eq!(state(&over, &none).ends_at, "2026-11-27T12:10:00.000000Z");
    assert_eq!(
        state(&alert(), &none).ends_at,
        "2026-11-27T12:35:00.000000Z"
    );
}

#[test]
fn each_route_has_its_groups() {
    let got = gettable_alert(&alert(), &shown(), at("12:30"), URL);
    let by = |name: &str| vec![name.to_owned()];
    let group_by = BTreeMap::from([
        ("oncall".to_owned(), by("model")),
        ("risk".to_owned(), by("family")),
    ]);
    let told = groups(&[got.clone(), got], &group_by);
    let told = told
        .iter()
        .map(|g| format!("{} {:?} {}", g.receiver.name, g.labels, g.alerts.len()));
    assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r#"
    oncall {"model": "credit-risk"} 2
    risk {"family": "quality"} 2
    "#);
}

/// As `amtool silence add` posts it.
fn posted() -> PostableSilence {
    serde_json::from_str(
        r#"{
            "matchers": [
                { "name": "model", "value": "credit.*", "isRegex": true, "isEqual": true },
                { "name": "severity", "value": "critical", "isRegex": false, "isEqual": false }
            ],
            "startsAt": "2026-11-27T12:00:00.000Z",
            "endsAt": "2026-11-27T14:00:00.000Z",
            "createdBy": "ana",
            "comment": "backfill"
        }"#,
    )
    .unwrap()
}

#[test]
fn a_posted_silence_comes_back_as_it_was() {
    let spec = silence_spec(&posted(), at("12:30")).unwrap();
    let got = gettable_silence("s-1", &spec, at("12:00"), at("12:30"));
    assert_json_snapshot!(got, @r#"
    {
      "id": "s-1",
      "matchers": [
        {
          "name": "model",
          "value": "credit.*",
          "isRegex": true,
          "isEqual": true
        },
        {
          "name": "severity",
          "value": "critical",
          "isRegex": false,
          "isEqual": false
        }
      ],
      "startsAt": "2026-11-27T12:00:00.000000Z",
      "endsAt": "2026-11-27T14:00:00.000000Z",
      "createdBy": "ana",
      "comment": "backfill",
      "updatedAt": "2026-11-27T12:00:00.000000Z",
      "status": {
        "state": "active"
      }
    }
    "#);
    assert_eq!(got.matchers, posted().matchers);
}

#[test]
fn silences_are_pending_active_or_expired() {
    let spec = silence_spec(&posted(), at("11:00")).unwrap();
    let state = |time: &str| gettable_silence("s", &spec, 0, at(time)).status.state;
    assert_eq!(state("11:59"), SilenceState::Pending);
    assert_eq!(state("12:00"), SilenceState::Active);
    assert_eq!(state("14:00"), SilenceState::Expired);
    let at_once = SilenceSpec { from: None, ..spec };
    let got = gettable_silence("s", &at_once, at("10:00"), at("11:00"));
    assert_eq!(got.status.state, SilenceState::Active);
    assert_eq!(got.starts_at, "2026-11-27T10:00:00.000000Z");
}

#[test]
fn silences_that_hide_everything_or_nothing_are_refused() {
    let refused = |change: &dyn Fn(&mut PostableSilence)| {
        let mut posted = posted();
        change(&mut posted);
        silence_spec(&posted, at("12:30")).unwrap_err().to_string()
    };
    let all = [
        refused(&|s| s.matchers.clear()),
        refused(&|s| {
            s.matchers.truncate(1);
            s.matchers[0].value = ".*".to_owned();
        }),
        refused(&|s| s.ends_at = "2026-11-27T12:30:00Z".to_owned()),
        refused(&|s| s.starts_at = "2026-11-27T15:00:00Z".to_owned()),
        refused(&|s| s.ends_at = "tomorrow".to_owned()),
        refused(&|s| s.matchers[0].value = "(".to_owned()),
    ];
    assert_snapshot!(all.join("\n"), @r"
    A silence needs a matcher that an absent label does not satisfy, else it would hide everything
    A silence needs a matcher that an absent label does not satisfy, else it would hide everything
    The silence ends before it begins, or has ended
    The silence ends before it begins, or has ended
    `tomorrow` is no time. Write it as 2026-11-29T18:00:00Z
    The expression of the matcher on `model` is not valid: error: unclosed group
    ");
}

#[test]
fn the_status_has_every_field_that_clients_ask_for() {
    assert_json_snapshot!(ServerStatus::new("0.1.0", at("08:00")), @r#"
    {
      "cluster": {
        "status": "disabled",
        "peers": []
      },
      "versionInfo": {
        "version": "0.1.0",
        "revision": "",
        "branch": "",
        "buildUser": "",
        "buildDate": "",
        "goVersion": ""
      },
      "config": {
        "original": ""
      },
      "uptime": "2026-11-27T08:00:00.000000Z"
    }
    "#);
}
