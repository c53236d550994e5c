use super::*;
use crate::calendar::DAY_US;
use crate::trial::{START_US, Sample, Trial, mean};

fn trial(model: &str, days: u32, events: u32, more: &str) -> Trial {
    Trial::of(&format!(
        "{{days: {days}, events: {events}, models: [{{name: {model}{more}}}]}}"
    ))
}

/// Largest difference between score and frequency over tenths of the rows.
fn miscalibration(sample: &Sample<'_>, column: &str) -> f64 {
    let mut pairs = sample.pairs(column);
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let gap = |part: &[(f64, f64)]| {
        (mean(part.iter().map(|p| p.0)) - mean(part.iter().map(|p| p.1))).abs()
    };
    pairs
        .chunks(pairs.len().div_ceil(10))
        .map(gap)
        .fold(0.0, f64::max)
}

#[test]
fn laws_know_the_center_and_spread_of_their_world() {
    for archetype in Archetype::ALL {
        let model = of(archetype);
        let law = model.law();
        let mut random = Random::new(3, 4);
        let times: Vec<i64> = (0..7 * 24 * 40)
            .map(|i| START_US + i * DAY_US / 24 / 40)
            .collect();
        let mut world = Frame::default();
        for segment in law.segments {
            let words = times.iter().map(|_| random.pick(segment.choices));
            let words: Vec<_> = words.collect();
            world.set(segment.column, crate::frame::Values::words(words));
        }
        model.draw(&mut random, &times, &mut world);
        let relation = model.relation(&world);
        let center = mean(relation.iter().copied());
        let spread = mean(relation.iter().map(|x| (x - center).powi(2))).sqrt();
        assert!(
            (center - law.center).abs() < 0.25 * law.spread
                && (spread / law.spread - 1.0).abs() < 0.2,
            "{archetype:?}: {center} {spread}"
        );
        let weights = law.segments.iter().map(|s| s.choices);
        for choices in weights {
            let sum: f64 = choices.iter().map(|c| c.1).sum();
            assert!((sum - 1.0).abs() < 1e-9, "{choices:?}");
        }
        for input in law.inputs {
            assert!(world.column(input.column).is_some(), "{}", input.column);
        }
    }
}

#[test]
fn credit_scores_are_calibrated_and_newer_versions_tell_more() {
    let deployments = ", deployments: [{version: b, at: 10d}]";
    let trial = trial("credit-risk", 40, 100_000, deployments);
    let old = trial.sample(|day, _| day < 10.0);
    let new = trial.sample(|day, _| (10.0..20.0).contains(&day));
    let (before, after) = (old.auc("output_score"), new.auc("output_score"));
    assert!(
        (0.68..0.80).contains(&before) && after > before + 0.01,
        "{before} {after}"
    );
    let gap = miscalibration(&old, "output_score");
    assert!(gap < 0.03, "{gap}");
    let rate = mean(old.pairs("output_score").iter().map(|p| p.1));
    assert!((0.1..0.25).contains(&rate), "{rate}");
    let errors = trial.all().share("status", "error");
    assert!((0.005..0.012).contains(&errors), "{errors}");
}

#[test]
fn delivery_intervals_cover_what_they_promise() {
    let trial = trial("delivery-time", 10, 30_000, "");
    let sample = trial.all();
    let ids = sample.words("id");
    let lower = sample.numbers("output_interval_lower");
    let upper = sample.numbers("output_interval_upper");
    let covered = (0..ids.len()).filter_map(|i| {
        let minutes = trial.outcomes.get(ids[i].as_deref()?)?;
        Some(f64::from((lower[i]?..upper[i]?).contains(minutes)))
    });
    let covered = mean(covered.collect::<Vec<_>>());
    assert!((0.88..0.92).contains(&covered), "{covered}");
    let pairs = sample.pairs("output_value");
    let center = mean(pairs.iter().map(|p| p.1));
    let error = mean(pairs.iter().map(|p| (p.0 - p.1).powi(2)));
    let total = mean(pairs.iter().map(|p| (p.1 - center).powi(2)));
    let r2 = 1.0 - error / total;
    assert!((0.6..0.95).contains(&r2), "{r2}");
    assert!((15.0..45.0).contains(&center), "{center}");
}

#[test]
fn rankings_put_useful_items_first() {
    let trial = trial("product-ranking", 5, 30_000, "");
    let ndcg = trial.all().ndcg();
    // Five items in any order have about 0.6.
    assert!((0.7..0.95).contains(&ndcg), "{ndcg}");
    let positions = trial.all().mean("output_position", |p| p);
    assert!((positions - 3.0).abs() < 1e-9, "{positions}");
}

#[test]
fn assistants_know_how_sure_they_are() {
    let trial = trial("support-assistant", 10, 30_000, "");
    let sample = trial.all();
    let auc = sample.auc("output_confidence");
    assert!((0.62..0.8).contains(&auc), "{auc}");
    let gap = miscalibration(&sample, "output_confidence");
    assert!(gap < 0.04, "{gap}");
    let tokens = sample.mean("usage_completion_tokens", |x| x);
    let cost = sample.mean("usage_cost_usd", |x| x);
    assert!(tokens > 20.0 && cost > 0.0, "{tokens} {cost}");
    let pleased = sample.verdicts(&["right"]) / sample.verdicts(&["right", "unhelpful", "wrong"]);
    assert!((0.5..0.9).contains(&pleased), "{pleased}");
}

#[test]
fn expected_probabilities_are_means_over_what_is_not_known() {
    let mut random = Random::new(5, 5);
    for (x, doubt) in [(-2.0, 0.5), (0.3, 1.0), (1.5, 0.7)] {
        let exact = mean((0..200_000).map(|_| logistic(x + doubt * random.normal())));
        let near = expected_logistic(x, doubt);
        assert!((exact - near).abs() < 0.01, "{x} {doubt}: {exact} {near}");
    }
}
