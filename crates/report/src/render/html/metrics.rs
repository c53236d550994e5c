//! Metrics, reference beside current: by outcomes, and without them.

use super::super::measure::{self, Measure};
use super::super::{name, number, wording};
use super::chart::{self, Dots, Scale};
use super::markup::Markup;
use super::table::{self, Head};
use crate::document::{Change, Confusion, Document, Figure, Role};
use std::collections::BTreeMap;

/// Performance by outcomes.
pub(super) fn realised(m: &mut Markup, document: &Document) {
    let Some(performance) = &document.performance else {
        return;
    };
    super::section(m, "performance", "Performance", |m| {
        if let Some(outcomes) = &performance.outcomes {
            m.inside("p", &[("class", &"lead")], |m| {
                m.text(known(&outcomes.coverage));
                if let Some(sentence) = &outcomes.sentence {
                    m.text(" ");
                    m.text(sentence);
                }
            });
        }
        let sides = (&performance.reference, &performance.current);
        compared(
            m,
            "Metrics by outcomes, with 95 % intervals",
            sides,
            &performance.change,
        );
        if let Some(confusion) = &performance.confusion {
            confused(m, confusion);
        }
    });
}

/// How many outcomes are known.
fn known(coverage: &Figure) -> String {
    match wording::figure(coverage, &measure::of("coverage")) {
        (why, _) if !coverage.is_ok() => {
            format!("How many outcomes are known cannot be told ({why}).")
        }
        (share, None) => format!("Outcomes are known for {share} of the current rows."),
        (share, Some(interval)) => {
            format!("Outcomes are known for {share} ({interval}) of the current rows.")
        }
    }
}

/// Performance without outcomes.
pub(super) fn estimated(m: &mut Markup, document: &Document) {
    let Some(estimated) = &document.estimated_performance else {
        return;
    };
    super::section(m, "estimated", "Performance without outcomes", |m| {
        m.inside("p", &[("class", &"lead")], |m| {
            m.text(format!("Estimated {}. ", by_method(document, &estimated.method)));
            if let Some(outside) = &estimated.outside_support {
                let (share, _) = wording::figure(outside, &measure::of("coverage"));
                m.text(format!("{share} of the current rows lie where the reference has none; there it is a guess."));
            }
        });
        let sides = (&estimated.reference, &estimated.current);
        compared(
            m,
            "Metrics as estimated, with 95 % intervals",
            sides,
            &estimated.change,
        );
        if !estimated.assumptions.is_empty() {
            m.leaf("p", &[("class", &"detail")], "It holds as long as:");
            m.inside("ul", &[("class", &"detail")], |m| {
                for assumption in &estimated.assumptions {
                    m.leaf("li", &[], assumption);
                }
            });
        }
    });
}

/// The method in full, and what it is told of the current rows.
fn by_method(document: &Document, method: &str) -> String {
    match method.split('_').next() {
        Some("cbpe") => {
            "by confidence-based performance estimation (CBPE), from the scores alone".to_owned()
        }
        Some("dle") => {
            let has_inputs = document.columns.iter().any(|c| c.role == Role::Input);
            let from = if has_inputs {
                "the predictions and the inputs"
            } else {
                "the predictions"
            };
            format!("by direct loss estimation (DLE), from {from} alone")
        }
        _ => format!(
            "by {}, without outcomes",
            name::short(&method.replace('_', " "), 40)
        ),
    }
}

type Figures = BTreeMap<String, Figure>;

fn compared(
    m: &mut Markup,
    caption: &str,
    (reference, current): (&Figures, &Figures),
    change: &BTreeMap<String, Change>,
) {
    let heads: &[Head] = &[
        ("Metric", ""),
        ("Current", "num"),
        ("Reference", "num"),
        ("Change", "num"),
        ("Both intervals, a scale for each row", "wide"),
        ("Rows", "num wide"),
    ];
    table::table(m, "metrics", caption, heads, |m| {
        for metric in measure::ordered(current.keys().chain(reference.keys())) {
            let measure = measure::of(metric);
            let change = change.get(metric);
            let sides = (reference.get(metric), current.get(metric));
            table::row(
                m,
                if change.is_some_and(|c| c.worse) {
                    "drifted"
                } else {
                    ""
                },
                |m| {
                    metric_row(m, &measure, sides, change);
                },
            );
        }
    });
}

fn metric_row(
    m: &mut Markup,
    measure: &Measure,
    (reference, current): (Option<&Figure>, Option<&Figure>),
    change: Option<&Change>,
) {
    m.inside("th", &[("scope", &"row")], |m| {
        m.text(&measure.label);
        if let Some(more_is_better) = measure.more_is_better {
            m.text(" ");
            m.leaf(
                "small",
                &[],
                if more_is_better {
                    "more is better"
                } else {
                    "less is better"
                },
            );
        }
    });
    let ([before, now], places) = wording::figures([reference, current], measure);
    for (side, told) in [(current, now), (reference, before)] {
        match side {
            Some(figure) => table::interval(m, figure.value, told),
            None => table::cell(m, "num", "–"),
        }
    }
    changed(m, measure, change, places);
    m.inside("td", &[("class", &"picture wide")], |m| {
        let place = |figure: Option<&Figure>| {
            let figure = figure.filter(|figure| figure.is_ok())?;
            Some((figure.value?, figure.interval()))
        };
        let (reference, current) = (place(reference), place(current));
        let values = reference
            .iter()
            .chain(&current)
            .flat_map(|(value, interval)| {
                let (low, high) = interval.unwrap_or((*value, *value));
                [low, *value, high]
            });
        if reference.is_some() || current.is_some() {
            chart::dots(
                m,
                &Dots {
                    scale: Scale::around(values, None),
                    reference,
                    current,
                    limits: &[],
                    has_zero: false,
                    breach: change.is_some_and(|c| c.worse),
                    title: &format!("{}: reference above, current beneath", measure.label),
                },
            );
        }
    });
    let rows = current.map_or(0, |figure| figure.n);
    m.leaf("td", &[("class", &"num wide")], number::count(rows));
}

fn changed(m: &mut Markup, measure: &Measure, change: Option<&Change>, places: Option<i32>) {
    let Some(change) = change else {
        table::cell(m, "num", "–");
        return;
    };
    let class = if change.worse {
        "num verdict act"
    } else {
        "num"
    };
    m.inside("td", &[("class", &class)], |m| {
        match change.difference.value {
            Some(value) if change.difference.is_ok() => {
                if change.worse {
                    m.literal("<span class=\"mark\" aria-hidden=\"true\">▲</span> worse ");
                } else if change.better {
                    m.text("better ");
                }
                m.text(match places {
                    Some(places) => number::difference_at(measure.unit, value, places),
                    None => number::difference(measure.unit, value),
                });
            }
            _ => m.text(wording::why_not(&change.difference)),
        }
    });
}

fn confused(m: &mut Markup, confusion: &Confusion) {
    if confusion.classes.is_empty() || confusion.classes.len() > 20 {
        return;
    }
    m.leaf("h3", &[], "Outcomes and answers");
    m.inside("div", &[("class", &"panels")], |m| {
        for (words, counts) in [
            ("Reference", &confusion.reference),
            ("Current", &confusion.current),
        ] {
            if !counts.is_empty() {
                matrix(m, words, &confusion.classes, counts);
            }
        }
    });
}

fn matrix(m: &mut Markup, words: &str, classes: &[String], counts: &[Vec<u64>]) {
    let answers: Vec<String> = classes
        .iter()
        .map(|class| format!("answered {}", name::short(class, 24)))
        .collect();
    let answers = answers.iter().map(|answer| (answer.as_str(), "num"));
    let heads: Vec<(&str, &str)> = std::iter::once(("outcome", "")).chain(answers).collect();
    let caption = format!("{words}: rows, and their share of the outcome");
    m.inside("div", &[], |m| {
        table::table(m, "matrix", &caption, &heads, |m| {
            for (class, counts) in classes.iter().zip(counts) {
                table::row(m, "", |m| outcome(m, class, counts));
            }
        });
    });
}

fn outcome(m: &mut Markup, class: &str, counts: &[u64]) {
    let total: u64 = counts.iter().sum();
    table::head(m, name::short(class, 24));
    for count in counts {
        let share = *count as f64 / total.max(1) as f64;
        let cell = (number::count(*count), Some(number::percent(share)));
        table::interval(m, Some(*count as f64), cell);
    }
}
