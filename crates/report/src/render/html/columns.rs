//! Each column by itself: both distributions, large, and their figures.

use super::super::{name, number, order, wording};
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
            Some(drift) if drift.undecided => ("mark", "○"),
            Some(_) => ("mark", "●"),
            None => ("mark", "○"),
        };
        m.leaf("span", &[("class", &class), ("aria-hidden", &"true")], mark);
        m.text(" ");
        m.inside("bdi", &[("class", &"name")], |m| {
            m.name(name::visible(&column.name));
        });
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
        return wording::sentence(&drift.sentence);
    }
    let words = if drift.drifted {
        "Differs from the reference"
    } else {
        "Looks like the reference"
    };
    let (method, effect, threshold) = drift.decisive();
    let method = wording::method(method);
    match (effect, threshold) {
        (Some(effect), Some(threshold)) => {
            format!(
                "{words} ({method} {}, limit {}).",
                number::effect(effect),
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
    let told = edge_words(edges);
    table::table(m, "small", "Share of rows by bin", SHARES, |m| {
        let shares = histogram.reference.bins.iter().zip(&histogram.current.bins);
        for (edges, (before, now)) in told.windows(2).zip(shares) {
            if let [from, to] = edges {
                share_row(m, None, &format!("{from} to {to}"), *before, *now);
            }
        }
        for (word, before, now) in chart::outside(histogram) {
            let words = chart::beyond(histogram, word);
            share_row(m, None, &words.unwrap_or(word.to_owned()), before, now);
        }
    });
}

/// Edges of bins with as many decimals as tell bins apart.
fn edge_words(edges: &[f64]) -> Vec<String> {
    let widths = edges.windows(2).map(|pair| pair[1] - pair[0]);
    let narrowest = widths.fold(f64::INFINITY, f64::min);
    let edges: Vec<_> = edges.iter().copied().map(Some).collect();
    number::alike(&edges, narrowest * 10.0)
}

const SHARES: &[Head] = &[
    ("Values", ""),
    ("Current", "num"),
    ("Reference", "num"),
    ("Change", "num"),
];
const PICTURED: &[Head] = &[
    ("Value", ""),
    ("", "picture"),
    ("Current", "num"),
    ("Reference", "num"),
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
        // What has no bin of its own and what has no row of its own are the same to a reader.
        let (other, beside): (Vec<_>, Vec<_>) =
            beside.into_iter().partition(|(word, ..)| *word == "other");
        let rest = rest.iter().map(|(_, before, now)| (*before, *now));
        let other = other.iter().map(|(_, before, now)| (*before, *now));
        let left = rest.chain(other);
        if let Some(sums) = left.reduce(|sums, more| (sums.0 + more.0, sums.1 + more.1)) {
            share_row(m, Some(scale), "(other values)", sums.0, sums.1);
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
        let told = number::percents(&[now, before, now - before]);
        if let [is, was, change] = told.as_slice() {
            table::cell(m, "", is);
            table::cell(m, "", was);
            let sign = if now > before && !change.starts_with(['<', '>']) {
                "+"
            } else {
                ""
            };
            table::cell(m, "", format!("{sign}{}", change.replace('%', "pp")));
        }
    });
}

/// A line of figures of numbers, which are written alike on both sides.
type Line = (&'static str, fn(&Summary) -> Option<f64>);

const LINES: [Line; 9] = [
    ("Mean", |s| s.mean),
    ("Standard deviation", |s| s.std),
    ("Least", |s| end(s.min.as_ref())),
    ("5 %", |s| s.quantiles.get("0.05").copied()),
    ("25 %", |s| s.quantiles.get("0.25").copied()),
    ("Median", |s| s.quantiles.get("0.5").copied()),
    ("75 %", |s| s.quantiles.get("0.75").copied()),
    ("95 %", |s| s.quantiles.get("0.95").copied()),
    ("Greatest", |s| end(s.max.as_ref())),
];

fn end(scalar: Option<&Scalar>) -> Option<f64> {
    match scalar? {
        Scalar::Number(value) => Some(*value),
        Scalar::Text(_) => None,
    }
}

fn moment(scalar: Option<&Scalar>) -> Option<String> {
    match scalar? {
        Scalar::Number(_) => None,
        Scalar::Text(text) => Some(super::super::moment::full(text)),
    }
}

fn summaries(m: &mut Markup, column: &Column) {
    let heads: &[Head] = &[("", ""), ("Current", "num"), ("Reference", "num")];
    let sides = [&column.current, &column.reference];
    table::table(m, "small", "Summary", heads, |m| {
        let rows = sides.map(|side| Some(number::count(side.count)));
        summary(m, "Rows", rows);
        let missing = sides.map(Summary::missing);
        let told = number::percents(&missing.map(|share| share.unwrap_or(0.0)));
        let [now, before] = missing;
        let mut told = told.into_iter();
        let told = [now, before].map(|share| told.next().filter(|_| share.is_some()));
        summary(m, "Missing", told);
        let distinct = sides.map(|side| side.distinct.map(number::count));
        summary(m, "Distinct", distinct);
        if is_measured(column) {
            figures(m, sides);
        }
        summary(m, "First", sides.map(|side| moment(side.min.as_ref())));
        summary(m, "Last", sides.map(|side| moment(side.max.as_ref())));
    });
}

/// Whether means and quantiles say anything: not of classes, and not of one value alone.
fn is_measured(column: &Column) -> bool {
    let is_class = matches!(column.value_type.as_str(), "category" | "boolean" | "text");
    let is_constant = [&column.current, &column.reference]
        .iter()
        .all(|side| side.distinct.is_some_and(|distinct| distinct <= 1));
    !is_class && !is_constant
}

fn figures(m: &mut Markup, sides: [&Summary; 2]) {
    let spread = sides.iter().filter_map(|side| side.std);
    let spread = spread
        .filter(|std| *std > 0.0)
        .fold(f64::INFINITY, f64::min);
    for (words, of) in LINES {
        let values = sides.map(of);
        let mut told = number::alike(&values, spread).into_iter();
        let told = values.map(|value| told.next().filter(|_| value.is_some()));
        summary(m, words, told);
    }
}

/// A line of the summary; nothing if neither side has it.
fn summary(m: &mut Markup, words: &str, sides: [Option<String>; 2]) {
    if sides.iter().all(Option::is_none) {
        return;
    }
    table::row(m, "", |m| {
        table::head(m, words);
        for side in sides {
            table::cell(m, "", side.unwrap_or_else(|| "–".to_owned()));
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
    table::head(m, wording::method(method));
    for value in [drift.statistic, drift.effect, drift.threshold] {
        table::cell(m, "", value.map_or("–".to_owned(), number::effect));
    }
    for p in [drift.p_value, drift.adjusted_p_value] {
        table::cell(m, "", p.map_or("–".to_owned(), number::probability));
    }
    let verdict = if drift.drifted {
        "▲ drifted"
    } else if drift.undecided {
        "○ cannot tell"
    } else {
        "● as before"
    };
    table::cell(m, "", verdict);
}
