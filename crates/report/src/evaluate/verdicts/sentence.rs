//! A verdict on one column in words.

use crate::document::{Column, Scalar, Summary};
use crate::evaluate::wording::{percent, points, points_of, short};
use crate::render;
use candor_stats::drift::{Method, Part, Verdict};

/// A mean that moved by less, in standard deviations, is not what a column has drifted by.
const MEAN_MIN: f64 = 0.1;

/// The verdict in words: what changed most of that for which the column is called drifted.
pub(super) fn sentence(column: &Column, verdict: &Verdict) -> String {
    let name = &column.name;
    if verdict.undecided {
        let parts = verdict.evidence.parts.iter();
        let parts: Vec<&Part> = parts.filter(|part| part.is_beyond()).collect();
        let how = moved(column, &parts).map_or_else(String::new, |how| format!(": {how}"));
        return format!("{name} looks different, but so few rows cannot tell it from chance{how}");
    }
    if !verdict.drifted {
        return format!("{name} holds what it held before");
    }
    let parts = verdict.evidence.parts.iter();
    let parts: Vec<&Part> = parts.filter(|part| verdict.drifted_by(part)).collect();
    let of = |method: &str| parts.iter().find(|p| p.comparison.method == method);
    let mut said = Vec::new();
    if let Some(part) = of("missing")
        && let (Some(a), Some(b)) = (column.reference.missing(), column.current.missing())
    {
        said.push(format!(
            "{} of its values are missing, {} before{}",
            percent(b),
            percent(a),
            limit(part).map_or_else(String::new, |limit| format!(
                " (the limit is {} points)",
                points(limit)
            ))
        ));
    }
    if let Some(part) = of("unseen") {
        said.extend(unseen(column, part));
    }
    let changed = parts
        .iter()
        .any(|p| !matches!(p.comparison.method, "missing" | "unseen" | "range"));
    if changed {
        said.extend(moved(column, &parts));
    }
    if said.is_empty()
        && let Some(part) = of("range")
        && let Some(share) = part.comparison.effect
    {
        said.push(format!(
            "{} of its values lie outside the range before{}",
            percent(share),
            of_rows(part)
        ));
    }
    if said.is_empty() {
        return format!("{name} has drifted");
    }
    format!("{name} has drifted: {}", said.join("; "))
}

/// Values that the reference has not, or that a constant is none any more.
fn unseen(column: &Column, part: &Part) -> Option<String> {
    let (before, now) = (&column.reference, &column.current);
    if before.distinct == Some(1)
        && let Some(old) = one_value(before)
    {
        return Some(match one_value(now).filter(|_| now.distinct == Some(1)) {
            Some(new) => format!("it was constant ({old}) and is now another constant ({new})"),
            None => format!("it was constant ({old}) and now varies"),
        });
    }
    let share = percent(part.comparison.effect?);
    Some(format!(
        "{share} of its values were never seen before{}",
        of_rows(part)
    ))
}

/// The limit of a part if it is below that of its method.
fn limit(part: &Part) -> Option<f64> {
    let usual = Method::named(part.comparison.method)?.threshold();
    (part.threshold < usual).then_some(part.threshold)
}

/// The same in words, of a share of rows.
fn of_rows(part: &Part) -> String {
    limit(part).map_or_else(String::new, |limit| {
        format!(" (the limit is {})", percent(limit))
    })
}

/// The value of a side that has one only.
fn one_value(side: &Summary) -> Option<String> {
    match (&side.min, side.top.first()) {
        (Some(Scalar::Number(x)), _) => Some(short(*x)),
        (Some(Scalar::Text(text)), _) => Some(text.clone()),
        (None, top) => top.map(|one| format!("“{}”", one.value)),
    }
}

/// What moved, in the column's own terms.
fn moved(column: &Column, parts: &[&Part]) -> Option<String> {
    let (before, now) = (&column.reference, &column.current);
    let median = |side: &Summary| side.quantiles.get("0.5").copied();
    if column.value_type == "number"
        && let (Some(a), Some(b), Some(sd)) = (before.mean, now.mean, before.std)
    {
        let shift = (b - a) / sd;
        let spread = [Some(sd), now.std]
            .into_iter()
            .flatten()
            .filter(|sd| *sd > 0.0);
        let spread = spread.fold(f64::INFINITY, f64::min);
        if sd > 0.0 && shift.abs() >= MEAN_MIN && shift.is_finite() {
            let [b, a] = render::alike([b, a], spread);
            let word = if shift > 0.0 { "higher" } else { "lower" };
            return Some(format!(
                "its mean is {:.2} standard deviations {word} ({b} now, {a} before)",
                shift.abs()
            ));
        }
        let [b, a] = render::alike([median(now)?, median(before)?], spread);
        return Some(format!(
            "its distribution has another shape (median {b} now, {a} before)"
        ));
    }
    // The category whose share changed most.
    let histogram = column.histogram.as_ref()?;
    let names = histogram.categories.as_ref()?;
    let sides = histogram.reference.bins.iter();
    let pairs = sides.zip(&histogram.current.bins).zip(names);
    let ((a, b), name) = pairs.max_by(|x, y| {
        let gap = |pair: &((&f64, &f64), &String)| (pair.0.1 - pair.0.0).abs();
        gap(x).total_cmp(&gap(y))
    })?;
    Some(format!(
        "“{name}” is {} of rows now, {} before{}",
        percent(*b),
        percent(*a),
        change(b - a, parts).unwrap_or_default()
    ))
}

/// What is known of a change of a share: its interval and, where the change itself is below its limit, how large it
/// may be.
fn change(by: f64, parts: &[&Part]) -> Option<String> {
    let is_it = |part: &&&Part| {
        let value = part.comparison.statistic.value;
        let known = matches!(part.comparison.method, "share" | "z" | "fisher");
        known && value.is_some_and(|x| (x.abs() - by.abs()).abs() < 1e-9)
    };
    let part = parts.iter().find(is_it)?;
    let figure = &part.comparison.statistic;
    let (low, high) = figure.low.zip(figure.high)?;
    let (low, high) = match figure.value {
        Some(x) if x < 0.0 => (-high, -low),
        _ => (low, high),
    };
    if low < 0.0 {
        return None;
    }
    let may = part.reach.filter(|_| !part.is_beyond()).map(|reach| {
        format!(
            "; up to {} are possible, the limit is {}",
            points(reach),
            points(part.threshold)
        )
    });
    let [low, high] = points_of([low, high]);
    Some(format!(
        " (a change of {low} to {high} points{})",
        may.unwrap_or_default()
    ))
}
