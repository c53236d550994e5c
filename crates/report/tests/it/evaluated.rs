//! Tables in, documents out: what each section tells.

use crate::plain::{Choices, Plain, noise, report, spec};
use candor_report::document::{Check, Document, Severity};
use candor_report::{Concern, Section, render};

const DAY: i64 = 86_400_000_000;

fn only(section: Section) -> Choices<'static> {
    Choices {
        only: vec![section],
        ..Choices::default()
    }
}

fn check<'a>(document: &'a Document, name: &str) -> &'a Check {
    let checks = &document.quality.as_ref().unwrap().checks;
    let found = checks.iter().find(|check| check.name == name);
    let all: Vec<&String> = checks.iter().map(|check| &check.name).collect();
    found.unwrap_or_else(|| panic!("{name} is not among {all:?}"))
}

fn failing(document: &Document, name: &str) -> (f64, bool) {
    let check = check(document, name);
    (check.failing.value.unwrap(), check.breach)
}

/// Every form shows it.
fn shown(document: &Document, text: &str) {
    for form in [
        render::html(document),
        render::json(document).unwrap(),
        render::markdown(document),
    ] {
        assert!(form.contains(text), "{text} is not in {}", &form[..200]);
    }
}

#[test]
fn quality_by_itself_tells_what_it_tells_beside_drift() {
    let table = |shift: f64, seed| {
        Plain::default()
            .numbers(
                "amount",
                noise(3_000, seed)
                    .into_iter()
                    .map(|x| if x < 0.02 { f64::NAN } else { x + shift }),
            )
            .numbers("flag", noise(3_000, seed + 1).into_iter().map(f64::round))
            .words(
                "word",
                noise(3_000, seed)
                    .iter()
                    .map(|x| format!("w{:.0}", x * 3.0 + shift)),
            )
    };
    let (before, now) = (table(0.0, 1), table(0.4, 2));
    let spec = spec("features:\n  flag: {type: boolean}\n  amount: {max: 1.2}\n");
    let alone = report(&spec, &before, &now, only(Section::Quality));
    let whole = report(&spec, &before, &now, Choices::default());
    assert_eq!(alone.quality, whole.quality);
    assert!(check(&alone, "amount.range").breach);
    for (one, all) in alone.columns.iter().zip(&whole.columns) {
        assert_eq!(one.value_type, all.value_type);
        let plain = |s: &candor_report::document::Summary| {
            (
                s.count,
                s.nulls,
                s.min.clone(),
                s.max.clone(),
                s.top.clone(),
            )
        };
        assert_eq!(plain(&one.current), plain(&all.current), "{}", one.name);
        let near =
            |a: Option<f64>, b: Option<f64>| (a.unwrap_or(0.0) - b.unwrap_or(0.0)).abs() < 1e-12;
        assert!(near(one.current.mean, all.current.mean));
        assert!(near(one.reference.std, all.reference.std));
    }
}

#[test]
fn windows_by_themselves_are_those_beside_drift() {
    let table = |seed, day: i64| {
        let times = noise(9_000, seed + 9).into_iter();
        Plain::default()
            .times(
                "at",
                times.map(|x| (x * 30.0 * DAY as f64) as i64 + day * DAY),
            )
            .numbers(
                "x",
                noise(9_000, seed)
                    .into_iter()
                    .map(|x| if x > 0.9 { f64::NAN } else { x }),
            )
    };
    let (before, now) = (table(1, 0), table(2, 30));
    let spec = spec("columns: {time: at, inputs: [x]}\nwindows: 1d\n");
    let alone = report(&spec, &before, &now, only(Section::Windows));
    let whole = report(&spec, &before, &now, Choices::default());
    assert_eq!(alone.windows.len(), 30);
    assert_eq!(alone.windows, whole.windows);
    assert_eq!(alone.bands.drift, whole.bands.drift);
    let missing = &alone.windows[3].quality["x.completeness"];
    assert!((missing.value.unwrap() - 0.1).abs() < 0.06 && !missing.breach);
    assert!(alone.bands.quality["x.completeness"].high.is_some());
}

#[test]
fn a_feed_that_breaks_is_a_breach_of_its_windows() {
    let table = |broken: bool| {
        let times = (0..6_000_i64).map(|i| i * DAY / 200);
        let gone = move |i: i32| broken && i >= 4_000;
        let x = (0..6_000).map(move |i| {
            if gone(i) && i % 2 == 0 {
                f64::NAN
            } else {
                f64::from(i % 97)
            }
        });
        Plain::default().times("at", times).numbers("x", x)
    };
    let spec = spec("columns: {time: at, inputs: [x]}\nwindows: 1d\n");
    let told = report(&spec, &table(false), &table(true), Choices::default());
    let breaches: Vec<bool> = told
        .windows
        .iter()
        .map(|w| w.quality["x.completeness"].breach)
        .collect();
    assert!(breaches[20..].iter().all(|b| *b) && !breaches[..20].iter().any(|b| *b));
}

#[test]
fn several_classes_are_estimated_and_calibrated_without_outcomes() {
    let rows = 6_000;
    let table = |seed, known: bool| {
        let (a, b) = (noise(rows, seed), noise(rows, seed + 50));
        let scores: Vec<[f64; 3]> = a
            .iter()
            .map(|x| [x * 0.8 + 0.1, (1.0 - x) * 0.6 + 0.05, 0.0])
            .map(|[p, q, _]| {
                let all = p + q + 0.2;
                [p / all, q / all, 0.2 / all]
            })
            .collect();
        let drawn = |(p, u): (&[f64; 3], &f64)| {
            if *u < p[0] {
                "x"
            } else if *u < p[0] + p[1] {
                "y"
            } else {
                "z"
            }
        };
        let outcomes: Vec<&str> = scores.iter().zip(&b).map(drawn).collect();
        let mut table = Plain::default()
            .numbers("px", scores.iter().map(|p| p[0]))
            .numbers("py", scores.iter().map(|p| p[1]))
            .numbers("pz", scores.iter().map(|p| p[2]));
        if known {
            table = table.words("truth", outcomes);
        }
        table
    };
    let spec = spec(
        "task: multiclass\ncolumns:\n  inputs: []\n  outputs: {scores: {x: px, y: py, z: pz}}\n  outcome: truth\n",
    );
    let told = report(&spec, &table(1, true), &table(2, false), Choices::default());
    let estimated = told.estimated_performance.as_ref().unwrap();
    assert_eq!(estimated.method, "cbpe_macro");
    for name in [
        "accuracy",
        "f1_macro",
        "precision_macro",
        "recall_macro",
        "roc_auc_macro",
    ] {
        let (now, before) = (&estimated.current[name], &estimated.reference[name]);
        let (now, before) = (now.value.unwrap(), before.value.unwrap());
        assert!((now - before).abs() < 0.05, "{name}: {now} {before}");
        assert!(!estimated.change[name].worse, "{name}");
    }
    assert!(
        told.windows[0].estimated_performance["accuracy"]
            .value
            .is_some()
    );
    assert!(render::html(&told).contains("Each of the 3 classes is calibrated against all others"));
    let known = report(&spec, &table(1, true), &table(2, true), Choices::default());
    let realised = known.performance.unwrap().current["accuracy"]
        .value
        .unwrap();
    let gap = realised - estimated.current["accuracy"].value.unwrap();
    assert!(gap.abs() < 0.03, "{gap}");
    let curve = known.calibration.unwrap().current.unwrap();
    assert!(curve.ece.unwrap().value.unwrap() < 0.04);
}

#[test]
fn rankings_are_judged_query_by_query() {
    let table = |good: f64, seed| {
        let rows = 4_000;
        let (luck, noise) = (noise(rows, seed), noise(rows, seed + 1));
        let relevant = luck.iter().map(|x| f64::from(u8::from(*x < 0.2)));
        let relevant: Vec<f64> = relevant.collect();
        let scores = relevant.iter().zip(&noise).map(move |(r, n)| r * good + n);
        Plain::default()
            .integers("query", (0..rows as i64).map(|row| row / 10))
            .numbers("score", scores.collect::<Vec<_>>())
            .numbers("clicked", relevant)
    };
    let spec = spec(
        "task: ranking\ncolumns:\n  inputs: []\n  request_id: query\n  outputs: {score: score}\n  outcome: clicked\n",
    );
    let told = report(&spec, &table(0.8, 1), &table(0.2, 5), Choices::default());
    let performance = told.performance.as_ref().unwrap();
    for name in ["ndcg@10", "map@10", "mrr", "hit@1"] {
        assert!(performance.change[name].worse, "{name}");
    }
    // Queries without a relevant item count for none but MRR.
    assert!(performance.current["ndcg@10"].n < 400 && performance.current["mrr"].n == 400);
    assert!(told.concerns(Concern::Performance));
    assert!(told.windows[0].performance.contains_key("ndcg@10"));
    shown(&told, "NDCG");
    let without =
        self::spec("task: ranking\ncolumns: {outputs: {score: score}, outcome: clicked}\n");
    let told = report(
        &without,
        &table(0.8, 1),
        &table(0.2, 5),
        only(Section::Performance),
    );
    assert!(told.absent["performance"].contains("columns.request_id"));
}

#[test]
fn embeddings_that_moved_are_told_apart() {
    let table = |by: f64, dimension: usize, seed| {
        let values = noise(600 * dimension, seed).into_iter();
        let values = values.map(|x| (x - 0.5 + by) as f32).collect();
        Plain::default().vectors("meaning", dimension, values)
    };
    let spec = spec("columns: {outputs: {embedding: meaning}}\n");
    let joint = |now: &Plain, methods: &[&str]| {
        let choices = Choices {
            only: vec![Section::Drift],
            methods: methods.iter().map(|m| (*m).to_owned()).collect(),
            ..Choices::default()
        };
        let told = report(&spec, &table(0.0, 8, 1), now, choices);
        (told.drift.clone().unwrap().joint, told)
    };
    let (same, told) = joint(&table(0.0, 8, 2), &[]);
    assert_eq!((same.len(), same[0].drifted), (1, false), "{same:?}");
    assert!(!told.concerns(Concern::Drift));
    let (moved, told) = joint(&table(0.2, 8, 2), &["mmd"]);
    let methods: Vec<&str> = moved.iter().map(|j| j.method.as_str()).collect();
    assert_eq!(methods, ["embedding_domain", "mmd"]);
    assert!(moved.iter().all(|j| j.drifted && j.columns == ["meaning"]));
    assert!(
        moved[0].sentence.contains("their mean has moved by 0."),
        "{}",
        moved[0].sentence
    );
    assert!(told.concerns(Concern::Drift));
    shown(&told, "meaning");
    let (other, _) = joint(&table(0.0, 4, 2), &[]);
    assert!(other[0].drifted && other[0].sentence.contains("4 numbers now and had 8"));
}

#[test]
fn ids_and_rows_come_once() {
    let named = |name: &str, ids: &[i64]| {
        let numbers = ids.iter().map(|id| *id as f64 / 3.0);
        Plain::default()
            .integers(name, ids.iter().copied())
            .numbers("x", numbers)
    };
    let table = |ids: &[i64]| named("id", ids);
    // A column called so is the id; where none is, whole rows are compared.
    let nameless = |ids: &[i64]| named("shelf", ids);
    let fresh: Vec<i64> = (0..500).collect();
    let again: Vec<i64> = (0..500).map(|id| id.max(10)).collect();
    let by_id = spec("columns: {id: id, inputs: [x]}\n");
    let told = report(
        &by_id,
        &table(&fresh),
        &table(&again),
        only(Section::Quality),
    );
    assert_eq!(failing(&told, "id.unique"), (0.02, true));
    assert_eq!(check(&told, "id.unique").examples, ["10"]);
    assert!(told.concerns(Concern::Quality));
    shown(&told, "have the id of an earlier row");
    // As often as before is no news.
    let told = report(
        &by_id,
        &table(&again),
        &table(&again),
        only(Section::Quality),
    );
    assert_eq!(failing(&told, "id.unique"), (0.02, false));
    let by_row = spec("columns: {inputs: [shelf, x]}\n");
    let told = report(
        &by_row,
        &nameless(&fresh),
        &nameless(&again),
        only(Section::Quality),
    );
    assert_eq!(failing(&told, "rows.duplicates"), (0.02, true));
    assert_eq!(check(&told, "rows.duplicates").examples[0], "row 1");
    let told = report(
        &by_row,
        &nameless(&fresh),
        &nameless(&fresh),
        only(Section::Quality),
    );
    assert_eq!(failing(&told, "rows.duplicates"), (0.0, false));
}

#[test]
fn freshness_is_judged_when_somebody_says_when() {
    let table = || {
        let times = (0..500).map(|i| i * 60_000_000);
        Plain::default()
            .times("at", times)
            .numbers("x", noise(500, 1))
    };
    let spec = spec("columns: {time: at, inputs: [x]}\n");
    let told = |minutes: i64| {
        let choices = Choices {
            only: vec![Section::Quality],
            as_of_us: Some((499 + minutes) * 60_000_000),
            ..Choices::default()
        };
        report(&spec, &table(), &table(), choices)
    };
    assert_eq!(failing(&told(1), "at.freshness"), (0.0, false));
    let stale = told(90);
    assert_eq!(failing(&stale, "at.freshness"), (1.0, true));
    assert!(
        stale.findings[0].sentence.contains("90.0 minutes old"),
        "{:?}",
        stale.findings[0]
    );
    let silent = report(&spec, &table(), &table(), only(Section::Quality));
    let checks = silent.quality.unwrap().checks;
    assert!(checks.iter().all(|check| check.kind != "freshness"));
}

/// Rows of each day, one after the other.
fn days(counts: impl IntoIterator<Item = i64>, first: i64) -> Plain {
    let days = (first..).zip(counts);
    let times: Vec<i64> = days
        .flat_map(|(day, rows)| (0..rows).map(move |row| day * DAY + row * DAY / rows))
        .collect();
    let x = noise(times.len(), 3);
    Plain::default().times("at", times).numbers("x", x)
}

#[test]
fn unusual_traffic_is_noticed_and_a_week_has_its_days() {
    // Days since 1970, a Thursday: weekends have a fifth of the traffic.
    let week = |day: i64| {
        if matches!((day + 3) % 7, 5 | 6) {
            40
        } else {
            200 + day % 3
        }
    };
    let spec = spec("columns: {time: at, inputs: [x]}\nwindows: 1d\n");
    let told = |now: Plain| {
        let before = days((0..56).map(week), 0);
        report(&spec, &before, &now, only(Section::Quality))
    };
    let same = told(days((56..84).map(week), 56));
    assert_eq!(failing(&same, "rows.volume"), (0.0, false));
    assert!(
        check(&same, "rows.volume")
            .sentence
            .ends_with("hour of the week")
    );
    let busy = told(days((56..84).map(|day| week(day) * 2), 56));
    let (share, breach) = failing(&busy, "rows.volume");
    assert!(share > 0.9 && breach, "{share}");
    assert_eq!(check(&busy, "rows.volume").severity, Severity::Notice);
    let weekend = told(days((56..84).map(|_| 200), 56));
    assert!(
        failing(&weekend, "rows.volume").1,
        "weekends are never so busy"
    );
}

#[test]
fn windows_of_a_long_and_of_a_short_period_have_one_length() {
    let spec = spec("columns: {time: at, inputs: [x]}\n");
    // More than 400 days become windows of two.
    let (short, long) = (
        || days((0..300).map(|_| 48), 0),
        || days((300..900).map(|_| 48), 300),
    );
    for (before, now) in [(short(), long()), (long(), short())] {
        let told = report(&spec, &before, &now, Choices::default());
        assert_eq!(failing(&told, "rows.volume"), (0.0, false));
        let rows: Vec<u64> = told.windows.iter().map(|window| window.n).collect();
        assert!(rows[1..rows.len() - 1].iter().all(|n| *n == 96), "{rows:?}");
    }
}

#[test]
fn a_drift_is_shown_by_the_part_that_decided_it() {
    let share = |rows: usize, positives: usize| {
        let words = (0..rows).map(move |row| if row < positives { "yes" } else { "no" });
        Plain::default().words("label", words)
    };
    let spec = spec("columns: {inputs: [label]}\n");
    let (before, now) = (share(12_500, 4_425), share(37_500, 14_625));
    let told = report(&spec, &before, &now, only(Section::Drift));
    let drift = told.columns[0].drift.as_ref().unwrap();
    let (by, effect, threshold) = drift.decisive();
    assert!(drift.drifted && drift.effect < drift.threshold);
    assert_eq!((by, threshold), ("share", Some(0.05)));
    assert!((effect.unwrap() - 0.036).abs() < 1e-9);
    shown(&told, "share");
    for part in told.columns[0].drift_all.values() {
        // Nobody's corrected p is that of another.
        assert!(
            part.adjusted_p_value
                .is_none_or(|p| Some(p) >= part.p_value),
            "{part:?}"
        );
    }
    let calm = report(&spec, &before, &share(37_500, 13_275), only(Section::Drift));
    assert_eq!(calm.columns[0].drift.as_ref().unwrap().decided_by, None);
}

#[test]
fn keys_are_among_those_that_are_known() {
    let table = |stray: &str| {
        let words = (0..200).map(|i| {
            if i % 50 == 7 {
                stray.to_owned()
            } else {
                format!("c{}", i % 9)
            }
        });
        Plain::default().words("customer", words)
    };
    let known = Plain::default().words("id", (0..9).map(|i| format!("c{i}")));
    let spec = spec("columns: {inputs: [customer]}\n");
    let choices = || Choices {
        only: vec![Section::Quality],
        keys: vec![("customer".to_owned(), &known)],
        ..Choices::default()
    };
    let told = report(&spec, &table("c1"), &table("nobody"), choices());
    assert_eq!(failing(&told, "customer.known"), (0.02, true));
    assert_eq!(check(&told, "customer.known").examples, ["nobody"]);
    shown(&told, "is no known key");
    let told = report(&spec, &table("c1"), &table("c1"), choices());
    assert_eq!(failing(&told, "customer.known"), (0.0, false));
}

#[test]
fn rules_across_columns_and_derived_columns_hold() {
    let table = |wrong: usize| {
        let ratio = (0..100).map(move |i| if i < wrong { 9.0 } else { 0.5 + 1e-9 });
        Plain::default()
            .numbers("ratio", ratio)
            .expression("net <= gross", (0..100).map(move |i| i >= wrong))
            .derivation("net / gross", (0..100).map(|_| 0.5))
    };
    let text = |tolerated: f64| {
        format!(
            "columns: {{inputs: [ratio]}}\nfeatures: {{ratio: {{derived: net / gross}}}}\nchecks:\n  - {{name: sums, holds: net <= gross, tolerated: {tolerated}, severity: critical}}\n"
        )
    };
    let told = |wrong, tolerated| {
        report(
            &spec(&text(tolerated)),
            &table(0),
            &table(wrong),
            only(Section::Quality),
        )
    };
    let fine = told(0, 0.0);
    assert_eq!(
        (failing(&fine, "sums"), failing(&fine, "ratio.derived")),
        ((0.0, false), (0.0, false))
    );
    let broken = told(3, 0.0);
    assert_eq!(
        (failing(&broken, "sums"), failing(&broken, "ratio.derived")),
        ((0.03, true), (0.03, true))
    );
    assert_eq!(check(&broken, "sums").examples, ["row 0", "row 1", "row 2"]);
    assert_eq!(check(&broken, "sums").severity, Severity::Critical);
    assert!(
        broken.findings[0].sentence.contains("“sums”"),
        "{:?}",
        broken.findings[0]
    );
    shown(&broken, "sums");
    assert_eq!(failing(&told(3, 0.1), "sums"), (0.03, false));
}

#[test]
fn only_an_export_of_telemetry_has_columns_of_its_own() {
    let table = |prefix: &str| {
        let name = format!("{prefix}amount");
        Plain::default()
            .numbers(&name, noise(200, 1))
            .words("status", (0..200).map(|_| "ok".to_owned()))
            .numbers("attribution_amount", noise(200, 2))
    };
    for (prefix, looked_at) in [
        ("", vec!["amount", "attribution_amount", "status"]),
        ("input_", vec!["input_amount"]),
    ] {
        let table = table(prefix);
        let document = report(&spec("features: {}\n"), &table, &table, Choices::default());
        let mut names: Vec<&str> = document.columns.iter().map(|c| c.name.as_str()).collect();
        names.sort_unstable();
        assert_eq!(names, looked_at);
    }
}
