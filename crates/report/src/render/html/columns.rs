//! Each column by itself: both distributions, large, and their figures.

use super::super::{name, number, order};
use super::anchor;
use super::chart::{self, Scale};
use super::markup::Markup;
use super::table::{self, Head};
use crate::document::{Column, Document, Drift, Histogram, Scalar, Summary};

/// Drifted columns that stand open.
const OPEN_MAX: usize = 12;
/// Values with a row of their own.
const VALUES_MAX: usize = 12;

/// A fold for each column, the strongest drift first.
pub(super) fn section(m: &mut Markup, document: &Document) {
    if document.columns.is_empty() {
        return;
    }
    super::section(m, "columns", "Columns in detail", |m| {
        for (rank, (at, column)) in order::columns(document).into_iter().enumerate() {
            let drifted = column.drift.as_ref().is_some_and(|drift| drift.drifted);
            let id = anchor::column_id(at);
            let name = name::visible(&column.name);
            let attributes: super::markup::Attributes<'_> = &[
                ("class", &"column"),
                ("id", &id),
                ("data-name", &name),
                ("open", &"open"),
            ];
            let open = drifted && rank < OPEN_MAX;
            let attributes = if open { attributes } else { &attributes[..3] };
            m.inside("details", attributes, |m| one(m, column));
        }
    });
}

fn one(m: &mut Markup, column: &Column) {
    m.inside("summary", &[], |m| {
        let (class, mark) = match &column.drift {
            Some(drift) if drift.drifted => ("mark over-text", "▲"),
            Some(_) => ("mark", "●"),
            None => ("mark", "○"),
        };
        m.leaf("span", &[("class", &class), ("aria-hidden", &"true")], mark);
        m.text(" ");
        m.leaf("bdi", &[("class", &"name")], name::visible(&column.name));
        m.text(" ");
        m.leaf(
            "small",
            &[],
            format!("{} {}", column.role.name(), column.value_type).trim(),
        );
    });
    m.inside("div", &[("class", &"column-body")], |m| {
        if let Some(drift) = &column.drift {
            m.leaf("p", &[("class", &"lead")], sentence(drift));
        }
        m.inside("div", &[("class", &"beside")], |m| {
            m.inside("div", &[], |m| picture(m, column));
            summaries(m, column);
        });
        if !column.drift_all.is_empty() {
            methods(m, column);
        }
    });
}

fn sentence(drift: &Drift) -> String {
    if !drift.sentence.is_empty() {
        return drift.sentence.clone();
    }
    let words = if drift.drifted {
        "Differs from the reference"
    } else {
        "Looks like the reference"
    };
    let (method, effect, threshold) = drift.decisive();
    let method = name::short(method, 40);
    match (effect, threshold) {
        (Some(effect), Some(threshold)) => {
            format!(
                "{words} ({method} {}, limit {}).",
                number::plain(effect),
                number::plain(threshold)
            )
        }
        _ => format!("{words} ({method})."),
    }
}

fn picture(m: &mut Markup, column: &Column) {
    let Some(histogram) = &column.histogram else {
        m.leaf(
            "p",
            &[("class", &"empty")],
            "No distribution is kept of this column.",
        );
        return;
    };
    if histogram.edges.is_some() {
        let title = format!(
            "Distribution of {}: reference and current",
            name::short(&column.name, 60)
        );
        m.inside("figure", &[], |m| chart::distribution(m, histogram, &title));
        table::folded(m, "The bins as a table", |m| bins(m, histogram));
    } else {
        categories(m, histogram);
    }
}

fn bins(m: &mut Markup, histogram: &Histogram) {
    let edges = histogram.edges.as_deref().unwrap_or_default();
    table::table(m, "small", "Share of rows by bin", SHARES, |m| {
        let shares = histogram.reference.bins.iter().zip(&histogram.current.bins);
        for (edges, (before, now)) in edges.windows(2).zip(shares) {
            if let [from, to] = edges {
                let words = format!("{} to {}", number::plain(*from), number::plain(*to));
                share_row(m, None, &words, *before, *now);
            }
        }
        for (words, before, now) in chart::outside(histogram) {
            share_row(m, None, words, before, now);
        }
    });
}

const SHARES: &[Head] = &[
    ("Values", ""),
    ("Reference", "num"),
    ("Current", "num"),
    ("Change", "num"),
];
const PICTURED: &[Head] = &[
    ("Value", ""),
    ("", "picture"),
    ("Reference", "num"),
    ("Current", "num"),
    ("Change", "num"),
];

fn categories(m: &mut Markup, histogram: &Histogram) {
    let names = histogram.categories.as_deref().unwrap_or_default();
    let shares = histogram.reference.bins.iter().zip(&histogram.current.bins);
    let values: Vec<(&String, f64, f64)> = names
        .iter()
        .zip(shares)
        .map(|(name, (before, now))| (name, *before, *now))
        .collect();
    let (shown, rest) = values.split_at(values.len().min(VALUES_MAX));
    let beside = chart::outside(histogram);
    let all = shown.iter().flat_map(|(_, before, now)| [*before, *now]);
    let most = all
        .chain(beside.iter().flat_map(|bar| [bar.1, bar.2]))
        .fold(0.0, f64::max);
    let scale = Scale::new(0.0, most.max(0.01));
    table::table(m, "values", "Share of rows by value", PICTURED, |m| {
        for (value, before, now) in shown {
            share_row(m, Some(scale), &name::short(value, 48), *before, *now);
        }
        if !rest.is_empty() {
            let sums = rest.iter().fold((0.0, 0.0), |sums, (_, before, now)| {
                (sums.0 + before, sums.1 + now)
            });
            let words = format!("({} more values)", rest.len());
            share_row(m, Some(scale), &words, sums.0, sums.1);
        }
        for (words, before, now) in beside {
            share_row(m, Some(scale), &format!("({words})"), before, now);
        }
    });
}

fn share_row(m: &mut Markup, scale: Option<Scale>, words: &str, before: f64, now: f64) {
    table::row(m, "", |m| {
        table::head(m, words);
        if let Some(scale) = scale {
            m.inside("td", &[("class", &"picture")], |m| {
                chart::pair(m, scale, Some(before), Some(now), words)
            });
        }
        table::cell(m, "", number::percent(before));
        table::cell(m, "", number::percent(now));
        table::cell(m, "", number::difference(number::Unit::Share, now - before));
    });
}

type Line = (&'static str, fn(&Summary) -> Option<String>);

const LINES: [Line; 12] = [
    ("Rows", |s| Some(number::count(s.count))),
    ("Missing", |s| s.missing().map(number::percent)),
    ("Distinct", |s| s.distinct.map(number::count)),
    ("Mean", |s| s.mean.map(number::plain)),
    ("Standard deviation", |s| s.std.map(number::plain)),
    ("Least", |s| scalar(s.min.as_ref())),
    ("5 %", |s| {
        s.quantiles.get("0.05").copied().map(number::plain)
    }),
    ("25 %", |s| {
        s.quantiles.get("0.25").copied().map(number::plain)
    }),
    ("Median", |s| {
        s.quantiles.get("0.5").copied().map(number::plain)
    }),
    ("75 %", |s| {
        s.quantiles.get("0.75").copied().map(number::plain)
    }),
    ("95 %", |s| {
        s.quantiles.get("0.95").copied().map(number::plain)
    }),
    ("Greatest", |s| scalar(s.max.as_ref())),
];

fn scalar(scalar: Option<&Scalar>) -> Option<String> {
    Some(match scalar? {
        Scalar::Number(value) => number::plain(*value),
        Scalar::Text(text) => super::super::moment::full(text),
    })
}

fn summaries(m: &mut Markup, column: &Column) {
    let heads: &[Head] = &[("", ""), ("Reference", "num"), ("Current", "num")];
    table::table(m, "small", "Summary", heads, |m| {
        for (words, of) in LINES {
            let (before, now) = (of(&column.reference), of(&column.current));
            if before.is_none() && now.is_none() {
                continue;
            }
            table::row(m, "", |m| {
                table::head(m, words);
                for side in [before, now] {
                    table::cell(m, "", side.unwrap_or_else(|| "–".to_owned()));
                }
            });
        }
    });
}

fn methods(m: &mut Markup, column: &Column) {
    let heads: &[Head] = &[
        ("Method", ""),
        ("Statistic", "num"),
        ("Effect", "num"),
        ("Limit", "num"),
        ("p", "num"),
        ("p, corrected", "num"),
        ("Verdict", "num"),
    ];
    table::folded(m, "By every method", |m| {
        table::table(m, "small", "Drift by every method", heads, |m| {
            for (method, drift) in &column.drift_all {
                table::row(m, "", |m| by_method(m, method, drift));
            }
        });
    });
}

fn by_method(m: &mut Markup, method: &str, drift: &Drift) {
    table::head(m, name::short(&method.replace('_', " "), 40));
    for value in [drift.statistic, drift.effect, drift.threshold] {
        table::cell(m, "", value.map_or("–".to_owned(), number::plain));
    }
    for p in [drift.p_value, drift.adjusted_p_value] {
        table::cell(m, "", p.map_or("–".to_owned(), number::probability));
    }
    let verdict = if drift.drifted {
        "▲ drifted"
    } else {
        "● as before"
    };
    table::cell(m, "", verdict);
}
