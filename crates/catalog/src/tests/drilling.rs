//! Rehearsals of drills.

use super::*;

fn update(name: &str, was_started_us: Option<i64>, started_us: i64) -> RunStep {
    RunStep {
        drill: Some(DrillUpdate {
            run: DrillRun {
                name: name.into(),
                started_us,
                took_us: 7,
                passed: started_us % 2 == 0,
                body: json!({"not_run": "why"}),
            },
            was_started_us,
        }),
        ..RunStep::default()
    }
}

fn told(runs: &[DrillRun]) -> Vec<(&str, i64, bool)> {
    let each = runs
        .iter()
        .map(|r| (r.name.as_str(), r.started_us, r.passed));
    each.collect()
}

pub(super) async fn rehearsals_are_paged_newest_first_and_the_last_of_each_is_known(home: Home) {
    let c = &home.catalog;
    for (name, was_us, started_us) in [
        ("a", None, 1),
        ("b", None, 1),
        ("a", Some(1), 2),
        ("b", Some(1), 5),
    ] {
        c.store_step(&update(name, was_us, started_us), 9)
            .await
            .unwrap();
    }
    let again = home.again().await;
    let first = again.drills("", None, 3).await.unwrap();
    assert_eq!(
        told(&first.items),
        [("b", 5, false), ("a", 2, true), ("a", 1, false)]
    );
    assert_eq!(first.items[0].took_us, 7);
    assert_eq!(first.items[0].body, json!({"not_run": "why"}));
    let second = again.drills("", first.next.as_deref(), 3).await.unwrap();
    assert_eq!(told(&second.items), [("b", 1, false)]);
    assert_eq!(second.next, None);
    let own = again.drills("a", None, 10).await.unwrap();
    assert_eq!(told(&own.items), [("a", 2, true), ("a", 1, false)]);
    let last = again.last_drills().await.unwrap();
    let last: Vec<(&str, i64)> = last.iter().map(|(n, us)| (n.as_str(), *us)).collect();
    assert_eq!(last, [("a", 2), ("b", 5)]);
    let refused = again.drills("", Some("no cursor"), 3).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
}

pub(super) async fn a_rehearsal_and_its_alert_are_stored_together_or_not_at_all(home: Home) {
    let c = &home.catalog;
    let fired = |id: &str| change(record(id, "m", 10), "fired");
    let first = RunStep {
        alerts: vec![fired("d1")],
        ..update("a", None, 10)
    };
    c.store_step(&first, 11).await.unwrap();
    // Another server, which rehearsed it at the same time.
    let late = RunStep {
        alerts: vec![fired("d2")],
        ..update("a", None, 12)
    };
    let refused = c.store_step(&late, 13).await;
    assert!(matches!(refused, Err(Error::Conflict { .. })));
    assert!(c.alert("d1").await.unwrap().is_some());
    assert!(c.alert("d2").await.unwrap().is_none());
    assert_eq!(c.drills("", None, 10).await.unwrap().items.len(), 1);
}

pub(super) async fn old_rehearsals_are_dropped_but_the_last_of_each_drill(home: Home) {
    let c = &home.catalog;
    c.store_step(&update("rare", None, 1), 1).await.unwrap();
    c.store_step(&update("a", None, 2), 2).await.unwrap();
    c.store_step(&update("a", Some(2), 3), 3).await.unwrap();
    let now_us = DRILLS_KEPT_US + 4;
    c.store_step(&update("a", Some(3), now_us), now_us)
        .await
        .unwrap();
    let kept = c.drills("", None, 10).await.unwrap().items;
    assert_eq!(told(&kept), [("a", now_us, true), ("rare", 1, false)]);
}
