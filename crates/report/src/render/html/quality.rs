//! Checks of the data, and missing values by column.

use super::super::{measure, name, number, order, wording};
use super::anchor;
use super::chart::{self, Scale};
use super::markup::Markup;
use super::table::{self, Head};
use crate::document::{Check, Document, Reading};

/// Columns that the picture of missing values shows.
const MISSING_MAX: usize = 24;

/// Checks and missing values.
pub(super) fn section(m: &mut Markup, document: &Document) {
    let missing = order::missing(document);
    if document.quality.is_none() && missing.is_empty() {
        return;
    }
    super::section(m, "quality", "Quality of the data", |m| {
        if let Some(words) = wording::broken(document) {
            m.leaf("p", &[("class", &"lead")], wording::capital(&words) + ".");
        }
        checks(m, document);
        if !missing.is_empty() {
            gaps(m, &missing);
        }
    });
}

fn checks(m: &mut Markup, document: &Document) {
    let checks = order::checks(document);
    if checks.is_empty() {
        return;
    }
    let has_windows = document
        .windows
        .iter()
        .any(|window| !window.quality.is_empty());
    let heads: &[Head] = &[
        ("Check", ""),
        ("Verdict", ""),
        ("Failing now", "num"),
        ("Reference", "num"),
        ("Examples", "wide"),
        ("Windows", "wide"),
    ];
    let heads = if has_windows { heads } else { &heads[..5] };
    table::table(
        m,
        "checks sortable",
        "Checks, broken ones first",
        heads,
        |m| {
            for (at, check) in checks.iter().enumerate() {
                m.inside("tr", &[("id", &anchor::check_id(at))], |m| {
                    row(m, check);
                    if has_windows {
                        m.inside("td", &[("class", &"wide")], |m| windows(m, document, check));
                    }
                });
            }
        },
    );
}

fn row(m: &mut Markup, check: &Check) {
    m.inside("th", &[("scope", &"row")], |m| {
        m.leaf("bdi", &[], name::short(&check.name, 60));
        m.text(" ");
        m.leaf("small", &[], &check.sentence);
    });
    let (class, mark, words) = if check.breach {
        (
            "verdict act",
            wording::severity_mark(check.severity),
            check.severity.name(),
        )
    } else if check.failing.is_ok() {
        ("verdict calm", "●", "holds")
    } else {
        ("verdict calm", "○", "cannot tell")
    };
    m.inside("td", &[("class", &class)], |m| {
        m.leaf(
            "span",
            &[("class", &"mark"), ("aria-hidden", &"true")],
            mark,
        );
        m.text(" ");
        m.text(words);
    });
    let share = measure::of("recall");
    table::interval(
        m,
        check.failing.value,
        wording::figure(&check.failing, &share),
    );
    table::number(
        m,
        check.reference,
        check.reference.map_or("–".to_owned(), number::percent),
    );
    m.inside("td", &[("class", &"wide examples")], |m| {
        for example in check.examples.iter().take(4) {
            m.leaf("code", &[], name::short(example, 40));
            m.text(" ");
        }
    });
}

fn windows(m: &mut Markup, document: &Document, check: &Check) {
    let readings: Vec<Option<&Reading>> = document
        .windows
        .iter()
        .map(|window| window.quality.get(&check.name))
        .collect();
    if readings.iter().all(Option::is_none) {
        return;
    }
    let breaches = readings
        .iter()
        .flatten()
        .filter(|reading| reading.breach)
        .count();
    let limit = document
        .bands
        .quality
        .get(&check.name)
        .and_then(|band| band.high);
    let title = format!("{breaches} of {} windows in breach", readings.len());
    chart::strip(m, &readings, limit, &title);
}

type Gap<'a> = (usize, &'a crate::document::Column, Option<f64>, f64);

fn gaps(m: &mut Markup, missing: &[Gap<'_>]) {
    m.leaf("h3", &[], "Missing values");
    let most = missing
        .iter()
        .flat_map(|gap| [gap.2.unwrap_or(0.0), gap.3])
        .fold(0.0, f64::max);
    let scale = Scale::new(0.0, most.max(0.01));
    let heads: &[Head] = &[
        ("Column", ""),
        ("Share of rows without a value", "picture"),
        ("Reference", "num"),
        ("Current", "num"),
    ];
    let caption = "Missing values by column, largest change first";
    table::table(m, "gaps", caption, heads, |m| {
        for gap in missing.iter().take(MISSING_MAX) {
            table::row(m, "", |m| lacking(m, scale, gap));
        }
    });
    if missing.len() > MISSING_MAX {
        let rest = missing.len() - MISSING_MAX;
        m.leaf(
            "p",
            &[("class", &"detail")],
            format!("{rest} more columns with smaller changes."),
        );
    }
}

fn lacking(m: &mut Markup, scale: Scale, (at, column, before, now): &Gap<'_>) {
    let target = format!("#{}", anchor::column_id(*at));
    m.inside("th", &[("scope", &"row")], |m| {
        m.inside("a", &[("href", &target)], |m| {
            m.leaf("bdi", &[], name::short(&column.name, 40));
        });
    });
    m.inside("td", &[("class", &"picture")], |m| {
        let title = format!("Missing in {}", name::short(&column.name, 40));
        chart::pair(m, scale, *before, Some(*now), &title);
    });
    table::number(m, *before, before.map_or("–".to_owned(), number::percent));
    table::number(m, Some(*now), number::percent(*now));
}
