//! Alerts, the state of monitoring, and the way of notices.

use super::*;
use std::collections::BTreeSet;

pub(super) fn record(id: &str, model: &str, fired_us: i64) -> AlertRecord {
    AlertRecord {
        id: id.into(),
        model: model.into(),
        family: "quality".into(),
        state: "firing".into(),
        severity: "warning".into(),
        onset_us: fired_us - 5,
        fired_us,
        changed_us: fired_us,
        resolved_us: None,
        body: json!({"cause": "missing values"}),
    }
}

pub(super) fn change(alert: AlertRecord, step: &str) -> AlertChange {
    AlertChange {
        at_us: alert.changed_us,
        alert,
        step: step.into(),
        details: Value::Null,
        forget_acknowledgement: step == "reopened",
    }
}

fn resolved(mut alert: AlertRecord, at_us: i64) -> AlertChange {
    alert.state = "resolved".into();
    (alert.changed_us, alert.resolved_us) = (at_us, Some(at_us));
    change(alert, "resolved")
}

fn notice(key: &str, lane: &str, due_us: i64) -> NewNotice {
    NewNotice {
        key: key.into(),
        lane: lane.into(),
        route: "oncall".into(),
        receiver: json!({"file": {"name": "a"}}),
        body: json!({"key": key}),
        alerts: vec!["a1".into(), "a1".into(), "a2".into()],
        due_us,
    }
}

fn watch(was_closed_us: Option<i64>, closed_us: i64) -> Option<WatchUpdate> {
    Some(WatchUpdate {
        model: "m".into(),
        state: format!("{{\"closed\":{closed_us}}}"),
        closed_us,
        was_closed_us,
    })
}

fn told(notices: &[NewNotice]) -> RunStep {
    RunStep {
        notices: notices.to_vec(),
        ..RunStep::default()
    }
}

async fn keys(catalog: &Catalog, now_us: i64) -> Vec<String> {
    let claimed = catalog.claim_notices(now_us, now_us + 60, 10).await;
    claimed.unwrap().into_iter().map(|n| n.key).collect()
}

pub(super) async fn a_step_is_stored_whole_or_not_at_all(home: Home) {
    let c = &home.catalog;
    let alert = record("a1", "m", 10);
    let step = RunStep {
        watch: watch(None, 10),
        alerts: vec![
            change(alert.clone(), "fired"),
            change(alert.clone(), "grew"),
        ],
        drill: None,
        router: Some(RouterUpdate {
            state: "{}".into(),
            was_revision: 0,
        }),
        notices: vec![notice("n1", "l", 10)],
    };
    assert_eq!(c.store_step(&step, 11).await.unwrap(), 1);
    let again = home.again().await;
    let state = "{\"closed\":10}".to_owned();
    assert_eq!(
        again.watch("m").await.unwrap(),
        Some(WatchState {
            model: "m".into(),
            state,
            closed_us: 10,
            updated_us: 11
        })
    );
    assert_eq!(again.alert("a1").await.unwrap().unwrap().record, alert);
    let history = again.alert_history("a1").await.unwrap();
    let steps: Vec<_> = history
        .iter()
        .map(|s| (s.number, s.step.as_str()))
        .collect();
    assert_eq!(steps, [(1, "fired"), (2, "grew")]);
    assert_eq!(again.router().await.unwrap().unwrap().revision, 1);
    // The same step once more, as after a crash that hid its success.
    let refused = c.store_step(&step, 12).await;
    assert!(matches!(refused, Err(Error::Conflict { .. })));
    // A part that is refused takes the others with it.
    let half = RunStep {
        watch: watch(Some(10), 20),
        notices: vec![notice("n2", "l", 20)],
        ..step
    };
    let refused = c.store_step(&half, 21).await;
    assert!(matches!(refused, Err(Error::Conflict { .. })), "the router");
    assert_eq!(c.watch("m").await.unwrap().unwrap().closed_us, 10);
    assert_eq!(c.notices_of("a1", 10).await.unwrap().len(), 1);
    let ids = ["a1", "a2", "a3"].map(str::to_owned);
    let mut routes = c.routes_of(&ids).await.unwrap();
    routes.sort();
    let told = |id: &str| (id.to_owned(), "oncall".to_owned());
    assert_eq!(routes, [told("a1"), told("a2")], "each pair once");
    assert_eq!(c.routes_of(&[]).await.unwrap(), []);
    assert_eq!(c.alert_history("a1").await.unwrap().len(), 2);
}

pub(super) async fn two_servers_never_build_on_the_same_state(home: Home) {
    let (a, b) = (home.catalog.clone(), home.again().await);
    let step = |was, closed| RunStep {
        watch: watch(was, closed),
        ..RunStep::default()
    };
    a.store_step(&step(None, 10), 1).await.unwrap();
    a.store_step(&step(Some(10), 20), 2).await.unwrap();
    for late in [step(None, 20), step(Some(10), 20), step(Some(10), 30)] {
        let refused = b.store_step(&late, 3).await;
        assert!(matches!(refused, Err(Error::Conflict { .. })));
    }
    b.store_step(&step(Some(20), 30), 4).await.unwrap();
    assert_eq!(a.watch("m").await.unwrap().unwrap().closed_us, 30);
}

pub(super) async fn alerts_are_chosen_and_paged_newest_first(home: Home) {
    let c = &home.catalog;
    let mut step = RunStep::default();
    for n in 0..6 {
        // Two of them fire at the same time.
        let model = if n % 2 == 0 { "m" } else { "o" };
        let mut alert = record(&format!("a{n}"), model, 10 * (n / 2 + 1));
        if n == 5 {
            alert.severity = "critical".into();
        }
        step.alerts.push(change(alert, "fired"));
    }
    step.alerts.push(resolved(record("a0", "m", 10), 15));
    c.store_step(&step, 100).await.unwrap();
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let filter = AlertFilter::default();
        let page = c.alerts(&filter, cursor.as_deref(), 2).await.unwrap();
        found.extend(page.items.into_iter().map(|a| a.record.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(found, ["a5", "a4", "a3", "a2", "a1", "a0"]);
    let ids = async |filter: AlertFilter| -> Vec<String> {
        let page = c.alerts(&filter, None, 10).await.unwrap();
        page.items.into_iter().map(|a| a.record.id).collect()
    };
    let usual = AlertFilter::default;
    let model = ids(AlertFilter {
        model: "m".into(),
        ..usual()
    });
    assert_eq!(model.await, ["a4", "a2", "a0"]);
    let state = ids(AlertFilter {
        state: "resolved".into(),
        ..usual()
    });
    assert_eq!(state.await, ["a0"]);
    let severity = ids(AlertFilter {
        severity: "critical".into(),
        ..usual()
    });
    assert_eq!(severity.await, ["a5"]);
    let range = ids(AlertFilter {
        from_us: Some(15),
        to_us: Some(30),
        ..usual()
    });
    assert_eq!(
        range.await,
        ["a3", "a2", "a1"],
        "a0 was over, a4 and a5 came later"
    );
    let open = c.open_alerts().await.unwrap();
    assert_eq!((open.len(), open[0].record.id.as_str()), (5, "a1"));
    let named = ["a0", "a5", "none"].map(str::to_owned);
    assert_eq!(c.alerts_by_id(&named).await.unwrap().len(), 2);
    assert!(c.alerts_by_id(&[]).await.unwrap().is_empty());
    for nonsense in ["x", "x/y", "1"] {
        let refused = c.alerts(&usual(), Some(nonsense), 10).await;
        assert!(matches!(refused, Err(Error::Invalid { .. })), "{nonsense}");
    }
}

pub(super) async fn steps_tell_how_the_alert_stood_and_when_that_was_stored(home: Home) {
    let c = &home.catalog;
    let mut alert = record("a1", "m", 10);
    alert.body = json!({"symptoms": [{"monitor": "m/missing"}, {"monitor": "m/drift"}]});
    let bare = AlertRecord {
        body: Value::Null,
        ..alert.clone()
    };
    for (change, now_us) in [(change(alert, "fired"), 11), (resolved(bare, 20), 22)] {
        let step = RunStep {
            alerts: vec![change],
            ..RunStep::default()
        };
        c.store_step(&step, now_us).await.unwrap();
    }
    let judged = Signed {
        by: "ann".into(),
        at_us: 30,
        why: "seen".into(),
    };
    c.judge_alert("a1", "expected", &judged).await.unwrap();
    let history = c.alert_history("a1").await.unwrap();
    let stood: Vec<_> = history
        .iter()
        .map(|s| {
            let standing = s.standing.as_ref()?;
            Some((
                standing.state.as_str(),
                standing.monitor.as_deref(),
                standing.noted_us,
            ))
        })
        .collect();
    assert_eq!(
        stood,
        [
            Some(("firing", Some("m/missing"), 11)),
            Some(("resolved", None, 22)),
            None
        ]
    );
}

pub(super) async fn what_people_say_of_an_alert_outlives_what_the_engine_says(home: Home) {
    let c = &home.catalog;
    let alert = record("a1", "m", 10);
    let ann = |at_us| Signed {
        by: "ann".into(),
        at_us,
        why: "on it".into(),
    };
    let store = async |change: AlertChange| {
        let alerts = vec![change];
        let step = RunStep {
            alerts,
            ..RunStep::default()
        };
        c.store_step(&step, 1).await.unwrap();
    };
    store(change(alert.clone(), "fired")).await;
    c.acknowledge_alert("a1", &ann(11)).await.unwrap();
    c.judge_alert("a1", "expected", &ann(12)).await.unwrap();
    c.judge_alert("a1", "true_positive", &ann(13))
        .await
        .unwrap();
    store(change(alert.clone(), "grew")).await;
    let stored = c.alert("a1").await.unwrap().unwrap();
    assert_eq!(stored.acknowledged, Some(ann(11)));
    assert_eq!(stored.verdict, Some(("true_positive".into(), ann(13))));
    let looked_after = AlertFilter {
        state: "acknowledged".into(),
        ..AlertFilter::default()
    };
    assert_eq!(
        c.alerts(&looked_after, None, 9).await.unwrap().items,
        [stored]
    );
    store(resolved(alert.clone(), 20)).await;
    let late = c.acknowledge_alert("a1", &ann(21)).await;
    assert!(matches!(late, Err(Error::Invalid { .. })), "it is over");
    store(change(alert, "reopened")).await;
    let stored = c.alert("a1").await.unwrap().unwrap();
    assert_eq!(
        stored.acknowledged, None,
        "it came back: somebody is to look again"
    );
    assert!(stored.verdict.is_some());
    let history = c.alert_history("a1").await.unwrap();
    let steps: Vec<_> = history.iter().map(|s| s.step.as_str()).collect();
    assert_eq!(
        steps,
        [
            "fired",
            "acknowledged",
            "judged",
            "judged",
            "grew",
            "resolved",
            "reopened"
        ]
    );
    let verdict = json!({"verdict": "expected", "by": "ann", "why": "on it"});
    assert_eq!(history[2].details, verdict);
    for missing in [
        c.acknowledge_alert("none", &ann(1)).await,
        c.judge_alert("none", "expected", &ann(1)).await,
    ] {
        assert!(matches!(missing, Err(Error::NotFound { .. })));
    }
}

pub(super) async fn alerts_are_dropped_some_time_after_their_end(home: Home) {
    let c = &home.catalog;
    let mut step = RunStep::default();
    for (id, over_us) in [("a1", 20), ("a2", 20), ("a3", 21), ("a4", 30), ("a5", 31)] {
        step.alerts.push(change(record(id, "m", 10), "fired"));
        step.alerts.push(resolved(record(id, "m", 10), over_us));
    }
    step.alerts.push(change(record("goes-on", "m", 1), "fired"));
    // It was over and came back.
    step.alerts.push(resolved(record("back", "m", 10), 20));
    step.alerts
        .push(change(record("back", "m", 10), "reopened"));
    step.notices = vec![notice("n1", "l", 10)];
    c.store_step(&step, 40).await.unwrap();
    let ann = Signed {
        by: "ann".into(),
        at_us: 33,
        why: "a backfill".into(),
    };
    c.judge_alert("a1", "expected", &ann).await.unwrap();
    let kept = BTreeSet::from(["a2"]);
    assert_eq!(c.trim_alerts(20, &kept).await.unwrap(), 0, "not so old yet");
    assert_eq!(c.trim_alerts(30, &kept).await.unwrap(), 2);
    assert_eq!(c.trim_alerts(30, &kept).await.unwrap(), 0);
    let again = home.again().await;
    let left = again
        .alerts(&AlertFilter::default(), None, 10)
        .await
        .unwrap();
    let mut left: Vec<_> = left.items.into_iter().map(|a| a.record.id).collect();
    left.sort();
    assert_eq!(left, ["a2", "a4", "a5", "back", "goes-on"]);
    assert!(again.alert_history("a1").await.unwrap().is_empty());
    assert_eq!(again.alert_history("a2").await.unwrap().len(), 2);
    assert_eq!(
        again.notices_of("a1", 10).await.unwrap().len(),
        1,
        "deliveries have their own time"
    );
    // Should it come back after all, it begins anew.
    let step = RunStep {
        alerts: vec![change(record("a1", "m", 10), "reopened")],
        ..RunStep::default()
    };
    c.store_step(&step, 50).await.unwrap();
    assert_eq!(c.alert_history("a1").await.unwrap()[0].number, 1);
    assert_eq!(c.alert("a1").await.unwrap().unwrap().verdict, None);
    // Very many go in parts.
    let mut step = RunStep::default();
    for n in 0..250 {
        let alert = record(&format!("b{n}"), "m", 1);
        step.alerts.push(resolved(alert, 2));
    }
    c.store_step(&step, 60).await.unwrap();
    let nobody = BTreeSet::new();
    assert_eq!(c.trim_alerts(3, &nobody).await.unwrap(), 200);
    assert_eq!(c.trim_alerts(3, &nobody).await.unwrap(), 50);
}

pub(super) async fn a_notice_that_is_decided_twice_is_told_once(home: Home) {
    let c = &home.catalog;
    let (first, second) = (notice("n1", "l", 5), notice("n2", "k", 5));
    assert_eq!(
        c.store_step(&told(std::slice::from_ref(&first)), 1)
            .await
            .unwrap(),
        1
    );
    let both = told(&[first.clone(), first, second]);
    assert_eq!(c.store_step(&both, 2).await.unwrap(), 1);
    assert_eq!(c.next_notice_us().await.unwrap(), Some(5));
    assert!(keys(c, 4).await.is_empty(), "nothing is due yet");
    assert_eq!(keys(c, 5).await, ["n1", "n2"]);
    c.note_delivered("n1", 6).await.unwrap();
    assert_eq!(c.store_step(&both, 7).await.unwrap(), 0);
    assert!(keys(c, 7).await.is_empty());
    let told = c.notices_of("a2", 10).await.unwrap();
    let shown: Vec<_> = told.iter().map(|n| (n.key.as_str(), n.delivery)).collect();
    let wanted = [("n2", Delivery::Waiting), ("n1", Delivery::Delivered(6))];
    assert_eq!(shown, wanted);
}

pub(super) async fn a_claimed_notice_comes_back_if_its_sender_dies(home: Home) {
    let c = &home.catalog;
    c.store_step(&told(&[notice("n1", "l", 0)]), 1)
        .await
        .unwrap();
    assert_eq!(keys(c, 10).await, ["n1"]);
    let other = home.again().await;
    assert!(keys(&other, 69).await.is_empty(), "the claim holds");
    let again = other.claim_notices(70, 130, 10).await.unwrap();
    assert_eq!((again[0].key.as_str(), again[0].attempts), ("n1", 2));
    // A try that failed is due when its sender says so.
    c.note_failure("n1", "503", Some(90), 71).await.unwrap();
    assert!(keys(c, 89).await.is_empty());
    let again = c.claim_notices(90, 150, 10).await.unwrap();
    assert_eq!(again[0].last_error.as_deref(), Some("503"));
    c.note_failure("n1", "404", None, 91).await.unwrap();
    assert!(keys(c, 1_000).await.is_empty(), "it was given up");
    let figures = c.outbox_figures().await.unwrap();
    assert_eq!(
        (figures.waiting, figures.failed, figures.oldest_us),
        (0, 1, None)
    );
}

pub(super) async fn no_notice_overtakes_an_earlier_one_of_its_lane(home: Home) {
    let c = &home.catalog;
    let all = [
        notice("fired", "pager", 0),
        notice("resolved", "pager", 0),
        notice("other", "chat", 0),
    ];
    c.store_step(&told(&all), 1).await.unwrap();
    assert_eq!(keys(c, 1).await, ["fired", "other"]);
    c.note_failure("fired", "away", Some(50), 2).await.unwrap();
    assert!(keys(c, 49).await.is_empty());
    assert_eq!(keys(c, 50).await, ["fired"]);
    c.note_delivered("fired", 51).await.unwrap();
    let next = c.claim_notices(51, 99, 1).await.unwrap();
    assert_eq!(next[0].key, "resolved");
}

pub(super) async fn an_outbox_that_is_full_shows_what_it_lost(home: Home) {
    let c = &home.catalog;
    let mut tx = c.write().await.unwrap();
    sqlx::query(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1)
         INSERT INTO outbox (notice, number, lane, route, receiver, body, decided_us, due_us, attempts)
         SELECT CONCAT('n', i), i, 'l', '', '{}', '{}', 7, 0, 0 FROM n",
    )
    .bind(i64::try_from(WAITING_MAX - 1).unwrap())
    .execute(&mut *tx)
    .await
    .unwrap();
    tx.commit().await.unwrap();
    let last = [notice("fits", "l", 0), notice("lost", "l", 0)];
    assert_eq!(c.store_step(&told(&last), 8).await.unwrap(), 2);
    let shown = c.notices_of("a1", 10).await.unwrap();
    assert_eq!(shown[0].delivery, Delivery::Failed(8));
    assert_eq!(shown[1].delivery, Delivery::Waiting);
    let figures = c.outbox_figures().await.unwrap();
    let wanted = OutboxFigures {
        waiting: WAITING_MAX,
        oldest_us: Some(7),
        delivered: 0,
        failed: 1,
    };
    assert_eq!(figures, wanted);
}

pub(super) async fn old_deliveries_are_trimmed_and_what_waits_stays(home: Home) {
    let c = &home.catalog;
    let all = ["old", "lost", "new", "waits"].map(|key| notice(key, key, 0));
    c.store_step(&told(&all), 1).await.unwrap();
    c.note_delivered("old", 10).await.unwrap();
    c.note_failure("lost", "410", None, 11).await.unwrap();
    c.note_delivered("new", 30).await.unwrap();
    assert_eq!(c.trim_notices(20).await.unwrap(), 2);
    assert_eq!(c.trim_notices(20).await.unwrap(), 0);
    let left = c.notices_of("a1", 10).await.unwrap();
    let left: Vec<_> = left.iter().map(|n| n.key.as_str()).collect();
    assert_eq!(left, ["waits", "new"]);
    let next = notice("next", "next", 0);
    assert_eq!(c.store_step(&told(&[next]), 40).await.unwrap(), 1);
    assert_eq!(
        keys(c, 40).await,
        ["waits", "next"],
        "in the order of decisions"
    );
}
