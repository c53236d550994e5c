//! Text for a terminal: what matters in one screen, without colours, and with nothing that could steer it.

use super::{gap, measure, moment, name, number, order, wording};
use crate::document::{Document, Figure, Period};
use std::fmt::Write;

/// Columns of the widest line.
const WIDTH: usize = 100;
/// Rows of a table at most; the rest is counted.
const ROWS_MAX: usize = 12;

/// The whole text.
pub(super) fn text(document: &Document) -> String {
    let mut out = String::with_capacity(2048);
    head(&mut out, document);
    findings(&mut out, document);
    metrics(&mut out, document);
    drift(&mut out, document);
    quality(&mut out, document);
    fairness(&mut out, document);
    absent(&mut out, document);
    // Narrow spaces are not as wide as a cell everywhere.
    out.replace(number::THIN, " ")
}

/// A line, without spaces at its end; writing to a string does not fail.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
    out.truncate(out.trim_end_matches(' ').len());
    out.push('\n');
}

fn head(out: &mut String, document: &Document) {
    let state = document.state();
    let model = if document.model.is_empty() {
        "Model".into()
    } else {
        name::short(&document.model, 60)
    };
    let task = document
        .task
        .map(|task| format!(" ({task})"))
        .unwrap_or_default();
    let (mark, words) = (wording::state_mark(state), wording::state_words(state));
    line(out, format_args!("{mark} {model}{task}: {words}"));
    wrapped(out, "  ", &wording::verdict(document));
    out.push('\n');
    for (word, period) in [
        ("current", &document.current),
        ("reference", &document.reference),
    ] {
        line(out, format_args!("  {word:<10}{}", side(period)));
    }
    out.push('\n');
}

fn side(period: &Period) -> String {
    let rows = format!("{:>11} rows", number::count(period.rows));
    match moment::period(period.from.as_deref(), period.to.as_deref()) {
        Some(period) => format!("{rows}  {period}"),
        None => rows,
    }
}

fn findings(out: &mut String, document: &Document) {
    for finding in &document.findings {
        let (mark, word) = (
            wording::severity_mark(finding.severity),
            finding.severity.name(),
        );
        wrapped(
            out,
            &format!("{mark} {word:<9} "),
            &wording::sentence(&finding.sentence),
        );
    }
    if !document.findings.is_empty() {
        out.push('\n');
    }
}

/// Words in lines no wider than the terminal, after `first` and beneath it.
fn wrapped(out: &mut String, first: &str, text: &str) {
    let indent = first.chars().count();
    let (mut at, mut current) = (indent, first.to_owned());
    let mut is_empty = true;
    for word in text.split_whitespace() {
        let word = name::short(word, WIDTH - indent);
        let length = word.chars().count();
        if !is_empty && at + 1 + length > WIDTH {
            line(out, format_args!("{current}"));
            (current, at, is_empty) = (" ".repeat(indent), indent, true);
        }
        if !is_empty {
            current.push(' ');
            at += 1;
        }
        current.push_str(&word);
        (at, is_empty) = (at + length, false);
    }
    line(out, format_args!("{current}"));
}

fn metrics(out: &mut String, document: &Document) {
    let mut rows = Vec::new();
    let mut add = |note: &str,
                   reference: Option<&Figure>,
                   current: Option<&Figure>,
                   metric: &str,
                   worse: bool| {
        let measure = measure::of(metric);
        let told = |(value, interval): (String, Option<String>)| {
            // Why there is none may be long.
            let Some(interval) = interval else {
                return name::short(&value, 24).into_owned();
            };
            name::short(&format!("{value} ({interval})"), 32).into_owned()
        };
        let ([before, now], _) = wording::figures([reference, current], &measure);
        let label = format!("{}{note}", name::short(&measure.label, 30));
        let verdict = if worse { "▲ worse" } else { "" };
        rows.push([label, told(before), told(now), verdict.to_owned()]);
    };
    if let Some(p) = &document.performance {
        for metric in measure::ordered(p.current.keys().chain(p.reference.keys())) {
            let worse = p.change.get(metric).is_some_and(|change| change.worse);
            add(
                "",
                p.reference.get(metric),
                p.current.get(metric),
                metric,
                worse,
            );
        }
    }
    if let Some(p) = &document.estimated_performance {
        for metric in measure::ordered(p.current.keys().chain(p.reference.keys())) {
            let worse = p.change.get(metric).is_some_and(|change| change.worse);
            add(
                ", est.",
                p.reference.get(metric),
                p.current.get(metric),
                metric,
                worse,
            );
        }
    }
    table(
        out,
        "Performance",
        ["metric", "reference", "current", ""],
        &rows,
    );
}

fn drift(out: &mut String, document: &Document) {
    let row = |(_, column): (usize, &crate::document::Column)| {
        let drift = column.drift.as_ref()?;
        let told = |value: Option<f64>| value.map_or("–".to_owned(), number::effect);
        let (by, effect, threshold) = drift.decisive();
        let effect = format!("{} (limit {})", told(effect), told(threshold));
        let missing = column
            .current
            .missing()
            .map_or("–".to_owned(), number::percent);
        let verdict = if drift.drifted {
            "▲ drifted"
        } else if drift.undecided {
            "○ cannot tell"
        } else {
            "as before"
        };
        Some([
            name::short(&column.name, 30).into_owned(),
            format!("{effect} by {}", name::short(&wording::method(by), 20)),
            format!("{missing} missing"),
            verdict.to_owned(),
        ])
    };
    let rows: Vec<_> = order::columns(document)
        .into_iter()
        .filter_map(row)
        .collect();
    let title =
        wording::drifted(document).map_or("Drift".to_owned(), |words| format!("Drift: {words}"));
    table(out, &title, ["column", "effect", "now", ""], &rows);
}

fn quality(out: &mut String, document: &Document) {
    let row = |check: &crate::document::Check| {
        let (failing, _) = wording::figure(&check.failing, &measure::of("recall"));
        let verdict = format!(
            "{} {}",
            wording::severity_mark(check.severity),
            check.severity.name()
        );
        [
            name::short(&check.name, 36).into_owned(),
            format!("{} failing", name::short(&failing, 24)),
            check.reference.map_or("–".to_owned(), number::percent),
            verdict,
        ]
    };
    let broken: Vec<_> = order::checks(document)
        .into_iter()
        .filter(|check| check.breach)
        .map(row)
        .collect();
    let title =
        wording::broken(document).map_or("Quality".to_owned(), |words| format!("Quality: {words}"));
    table(out, &title, ["check", "now", "reference", ""], &broken);
}

fn fairness(out: &mut String, document: &Document) {
    let Some(fairness) = &document.fairness else {
        return;
    };
    let row = |disparity: &crate::document::Disparity| {
        let attribute = name::short(&disparity.attribute, 30);
        let label = format!("{} by {attribute}", measure::of(&disparity.measure).label);
        let value = |width: gap::Width| name::short(&width.value, 12).into_owned();
        [
            name::short(&label, 44).into_owned(),
            value(gap::difference(disparity)),
            value(gap::ratio(disparity)),
            gap::verdict(disparity).to_owned(),
        ]
    };
    let rows: Vec<_> = fairness.disparities.iter().map(row).collect();
    let title =
        gap::summary(fairness).map_or("Fairness".to_owned(), |words| format!("Fairness: {words}"));
    table(out, &title, ["gap", "difference", "ratio", ""], &rows);
}

fn absent(out: &mut String, document: &Document) {
    for (names, why) in wording::absent(document) {
        wrapped(out, "○ ", &format!("{names}: {why}"));
    }
}

/// Takes from the widest columns what does not fit; the last one, the verdict, stays whole.
fn narrowed(widths: &mut [usize; 4]) {
    let room = WIDTH - 2 * widths.len();
    while widths.iter().sum::<usize>() > room {
        let [cells @ .., _] = &mut *widths;
        match cells.iter_mut().max() {
            Some(widest) if *widest > 8 => *widest -= 1,
            _ => break,
        }
    }
}

/// A table with columns as wide as their widest cell, cut where they do not fit; nothing without rows.
fn table(out: &mut String, title: &str, heads: [&str; 4], rows: &[[String; 4]]) {
    if rows.is_empty() {
        return;
    }
    let shown = rows.get(..ROWS_MAX.min(rows.len())).unwrap_or_default();
    let mut widths = heads.map(|head| head.chars().count());
    for row in shown {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    narrowed(&mut widths);
    line(out, format_args!("{title}"));
    let mut write = |cells: [&str; 4]| {
        let mut text = String::from("  ");
        for (cell, width) in cells.iter().zip(widths) {
            let cell = if cell.chars().count() > width {
                name::short(cell, width)
            } else {
                (*cell).into()
            };
            let _ = write!(text, "{cell:<width$}  ");
        }
        line(out, format_args!("{}", text.trim_end()));
    };
    write(heads);
    for row in shown {
        write([&row[0], &row[1], &row[2], &row[3]]);
    }
    if rows.len() > ROWS_MAX {
        line(out, format_args!("  {} more", rows.len() - ROWS_MAX));
    }
    out.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn words_wrap_beneath_their_beginning() {
        let mut out = String::new();
        wrapped(&mut out, "▲ word ", &"abcde ".repeat(30));
        let lines: Vec<&str> = out.lines().collect();
        assert!(lines[0].starts_with("▲ word abcde"));
        assert!(lines[1].starts_with("       abcde"));
        assert!(lines.iter().all(|line| line.chars().count() <= WIDTH));
        assert_eq!(out.matches("abcde").count(), 30);
    }

    #[test]
    fn a_wide_cell_takes_nothing_from_the_verdict() {
        let long = "x".repeat(60);
        let rows = vec![[&long, &long, "1", "▲ worse"].map(str::to_owned)];
        let mut out = String::new();
        table(&mut out, "T", ["a", "b", "c", ""], &rows);
        assert!(out.trim_end().ends_with("1  ▲ worse"), "{out}");
        assert!(out.lines().all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn tables_align_and_count_what_they_leave_out() {
        let rows = vec![["a", "1", "22", ""].map(str::to_owned); 15];
        let mut out = String::new();
        table(&mut out, "T", ["name", "x", "y", ""], &rows);
        assert!(out.starts_with("T\n  name  x  y\n  a     1  22\n"), "{out}");
        assert!(out.ends_with("  3 more\n\n"));
    }

    proptest! {
        #[test]
        fn no_text_steers_the_terminal(text in any::<String>()) {
            let mut out = String::new();
            wrapped(&mut out, "  ", &text);
            prop_assert!(!out.chars().any(|c| c != '\n' && name::is_unsafe(c)));
            prop_assert!(out.lines().all(|line| line.chars().count() <= WIDTH));
        }
    }
}
