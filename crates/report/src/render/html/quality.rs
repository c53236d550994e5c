//! Checks of the data, and missing values by column.

use super::super::{measure, name, number, order, wording};
use super::anchor;
use super::chart::{self, Scale};
use super::markup::Markup;
use super::table::{self, Head};
use crate::document::{Check, Document, Reading, Severity};

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
    let readings = document.windows.iter().flat_map(|w| w.quality.values());
    let has_windows = readings.into_iter().any(|reading| reading.value.is_some());
    let (quiet, loud): (Vec<_>, Vec<_>) = checks
        .into_iter()
        .enumerate()
        .partition(|(_, check)| is_quiet(check));
    if !loud.is_empty() {
        let caption = "Broken checks, then those that any row fails or that cannot be made";
        listed(m, document, caption, &loud, has_windows);
    }
    if !quiet.is_empty() {
        let words = match quiet.len() {
            1 => "1 check holds for every row".to_owned(),
            n => format!("{n} checks hold for every row"),
        };
        table::folded(m, &words, |m| {
            listed(
                m,
                document,
                "Checks that hold for every row",
                &quiet,
                has_windows,
            );
        });
    }
}

/// Whether a check holds for every row.
fn is_quiet(check: &Check) -> bool {
    let is_clean = check.failing.value.is_some_and(|share| share <= 0.0);
    !check.breach && check.failing.is_ok() && is_clean
}

/// Checks with their places, which links lead to.
fn listed(
    m: &mut Markup,
    document: &Document,
    caption: &str,
    checks: &[(usize, &Check)],
    has_windows: bool,
) {
    let heads: &[Head] = &[
        ("Check", ""),
        ("Verdict", ""),
        ("Failing now", "num"),
        ("Reference", "num"),
        ("Examples", "wide"),
        ("Windows", "wide"),
    ];
    let heads = if has_windows { heads } else { &heads[..5] };
    table::table(m, "checks sortable", caption, heads, |m| {
        for (at, check) in checks {
            m.inside("tr", &[("id", &anchor::check_id(*at))], |m| {
                row(m, check);
                if has_windows {
                    m.inside("td", &[("class", &"wide")], |m| windows(m, document, check));
                }
            });
        }
    });
}

fn row(m: &mut Markup, check: &Check) {
    m.inside("th", &[("scope", &"row")], |m| {
        m.inside("bdi", &[], |m| m.name(name::short(&check.name, 60)));
        m.text(" ");
        m.leaf("small", &[], wording::sentence(&check.sentence));
    });
    let (class, mark, words) = if check.breach {
        (
            match check.severity {
                Severity::Critical => "verdict act",
                Severity::Warning => "verdict watch",
                Severity::Notice | Severity::Good => "verdict notice",
            },
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
            m.leaf("code", &[], name::short(&wording::sentence(example), 40));
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
    let band = document.bands.quality.get(&check.name);
    let limit = band.and_then(|band| band.high);
    chart::strip(m, &document.windows, &readings, limit);
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
        ("Current", "num"),
        ("Reference", "num"),
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
            m.inside("bdi", &[], |m| m.name(name::short(&column.name, 40)));
        });
    });
    m.inside("td", &[("class", &"picture")], |m| {
        let title = format!("Missing in {}", name::short(&column.name, 40));
        chart::pair(m, scale, *before, Some(*now), &title);
    });
    let told = number::percents(&[before.unwrap_or(0.0), *now]);
    let [was, is] = told.as_slice() else { return };
    table::number(m, Some(*now), is);
    table::number(m, *before, before.map_or("–", |_| was.as_str()));
}
