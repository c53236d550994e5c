//! What the observer said of itself.

use super::*;

const DAY_US: i64 = 86_400_000_000;

fn made(model: &str, day: i64, word: &str) -> StoredObservation {
    StoredObservation {
        model: model.into(),
        at_us: day * DAY_US + 7,
        body: json!({"said": word}),
    }
}

fn words(page: &Page<StoredObservation>) -> Vec<&str> {
    let words = page.items.iter().map(|o| o.body["said"].as_str().unwrap());
    words.collect()
}

pub(super) async fn a_day_keeps_its_last_observation_and_a_model_so_many_days(home: Home) {
    let c = &home.catalog;
    for (day, word) in [(20_000, "first"), (20_000, "second"), (20_001, "next")] {
        c.put_observation(&made("m", day, word)).await.unwrap();
    }
    c.put_observation(&made("o", 19_000, "other"))
        .await
        .unwrap();
    let again = home.again().await;
    let page = again.observations("m", None, 10).await.unwrap();
    assert_eq!(words(&page), ["next", "second"]);
    assert_eq!(page.items[0], made("m", 20_001, "next"));
    let last = 20_000 + i64::from(OBSERVATION_DAYS_MAX);
    c.put_observation(&made("m", last, "late")).await.unwrap();
    let page = again.observations("m", None, 10).await.unwrap();
    assert_eq!(words(&page), ["late", "next"], "one day too old is gone");
    let other = again.observations("o", None, 10).await.unwrap();
    assert_eq!(words(&other), ["other"], "another model's days are its own");
}

pub(super) async fn observations_come_in_pages(home: Home) {
    let c = &home.catalog;
    for model in ["a", "b", "c"] {
        for day in 1..4 {
            let word = format!("{model}{day}");
            c.put_observation(&made(model, day, &word)).await.unwrap();
        }
    }
    let first = c.newest_observations(None, 2).await.unwrap();
    assert_eq!(words(&first), ["a3", "b3"]);
    let rest = c
        .newest_observations(first.next.as_deref(), 2)
        .await
        .unwrap();
    assert_eq!((words(&rest), rest.next.as_deref()), (vec!["c3"], None));
    let first = c.observations("b", None, 2).await.unwrap();
    assert_eq!(words(&first), ["b3", "b2"]);
    let rest = c.observations("b", first.next.as_deref(), 2).await.unwrap();
    assert_eq!((words(&rest), rest.next.as_deref()), (vec!["b1"], None));
    let refused = c.observations("b", Some("nonsense"), 2).await;
    assert!(matches!(refused, Err(Error::Invalid { .. })));
}

pub(super) async fn verdicts_are_counted_by_word_from_an_instant_on(home: Home) {
    let c = &home.catalog;
    let mut step = RunStep::default();
    for (id, model, fired_us) in [
        ("a1", "m", 10),
        ("a2", "m", 20),
        ("a3", "m", 30),
        ("a4", "m", 40),
        ("b1", "o", 40),
    ] {
        step.alerts
            .push(change(record(id, model, fired_us), "fired"));
    }
    c.store_step(&step, 50).await.unwrap();
    let ann = Signed {
        by: "ann".into(),
        at_us: 60,
        why: "seen".into(),
    };
    for (id, word) in [
        ("a1", "expected"),
        ("a2", "false_positive"),
        ("a3", "true_positive"),
    ] {
        c.judge_alert(id, word, &ann).await.unwrap();
    }
    let mut counts = c.verdict_counts("m", 20).await.unwrap();
    // Where those without a verdict come is the database's own choice.
    counts.sort();
    let wanted = [
        (None, 1),
        (Some("false_positive".to_owned()), 1),
        (Some("true_positive".to_owned()), 1),
    ];
    assert_eq!(counts, wanted);
    assert!(c.verdict_counts("nobody", 0).await.unwrap().is_empty());
}
