//! Short Markdown, for the comment on a pull request.
//!
//! Findings and metrics stand open, the rest is folded. Names and sentences are escaped so that they neither
//! format, nor link, nor call anybody.

use super::{gap, measure, moment, name, number, order, wording};
use crate::document::{Document, Figure, Period};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Rows of a table at most; the rest is counted.
const ROWS_MAX: usize = 20;
/// Characters of a name at most.
const NAME_MAX: usize = 60;

/// The whole text.
pub(super) fn text(document: &Document) -> String {
    let mut out = String::with_capacity(4096);
    head(&mut out, document);
    findings(&mut out, document);
    metrics(&mut out, document);
    folded(
        &mut out,
        "Drift by column",
        wording::drifted(document),
        drift(document),
    );
    folded(
        &mut out,
        "Quality",
        wording::broken(document),
        quality(document),
    );
    folded(
        &mut out,
        "Fairness",
        document.fairness.as_ref().and_then(gap::summary),
        fairness(document),
    );
    folded(&mut out, "Weak slices", None, slices(document));
    folded(
        &mut out,
        "What this report cannot tell",
        None,
        absent(document),
    );
    folded(&mut out, "Methods", None, methods(document));
    while out.ends_with('\n') {
        out.pop();
    }
    out.push('\n');
    out
}

/// A line; writing to a string does not fail.
fn line(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
    out.push('\n');
}

fn head(out: &mut String, document: &Document) {
    let state = document.state();
    let model = if document.model.is_empty() {
        "Model".to_owned()
    } else {
        escaped_name(&document.model)
    };
    let mark = wording::state_mark(state);
    line(
        out,
        format_args!("## {mark} {model}: {}\n", wording::state_words(state)),
    );
    line(
        out,
        format_args!("{}\n", escaped(&wording::verdict(document))),
    );
    let task = document
        .task
        .map(|task| format!("{task} · "))
        .unwrap_or_default();
    let (reference, current) = (side(&document.reference), side(&document.current));
    line(
        out,
        format_args!("{task}current {current} · reference {reference}\n"),
    );
}

fn side(period: &Period) -> String {
    let rows = format!("{} rows", number::count(period.rows));
    match moment::period(period.from.as_deref(), period.to.as_deref()) {
        Some(period) => format!("{rows}, {}", escaped(&period)),
        None => rows,
    }
}

fn findings(out: &mut String, document: &Document) {
    for finding in &document.findings {
        let (mark, word) = (
            wording::severity_mark(finding.severity),
            finding.severity.name(),
        );
        line(
            out,
            format_args!(
                "- {mark} **{word}** {}",
                escaped(&wording::sentence(&finding.sentence))
            ),
        );
        if let Some(detail) = &finding.detail {
            line(
                out,
                format_args!("  <br><sub>{}</sub>", escaped(&wording::sentence(detail))),
            );
        }
    }
    if !document.findings.is_empty() {
        out.push('\n');
    }
}

fn metrics(out: &mut String, document: &Document) {
    let mut rows = Vec::new();
    if let Some(performance) = &document.performance {
        let worse = |metric: &str| {
            performance
                .change
                .get(metric)
                .is_some_and(|change| change.worse)
        };
        sides(
            &mut rows,
            "",
            &performance.reference,
            &performance.current,
            worse,
        );
    }
    if let Some(estimated) = &document.estimated_performance {
        let worse = |metric: &str| {
            estimated
                .change
                .get(metric)
                .is_some_and(|change| change.worse)
        };
        sides(
            &mut rows,
            " (estimated)",
            &estimated.reference,
            &estimated.current,
            worse,
        );
    }
    if !rows.is_empty() {
        line(
            out,
            format_args!("| metric | reference | current | |\n| --- | --- | --- | --- |"),
        );
        table(out, &rows);
        out.push('\n');
    }
}

type Figures = BTreeMap<String, Figure>;

fn sides(
    rows: &mut Vec<String>,
    note: &str,
    reference: &Figures,
    current: &Figures,
    worse: impl Fn(&str) -> bool,
) {
    for metric in measure::ordered(current.keys().chain(reference.keys())) {
        let measure = measure::of(metric);
        let told = |(value, interval): (String, Option<String>)| {
            let interval = interval
                .map(|interval| format!(" ({interval})"))
                .unwrap_or_default();
            escaped(&format!("{value}{interval}"))
        };
        let sides = [reference.get(metric), current.get(metric)];
        let (sides, _) = wording::figures(sides, &measure);
        let [before, now] = sides.map(told);
        let verdict = if worse(metric) { "▲ worse" } else { "" };
        rows.push(format!(
            "| {}{note} | {before} | {now} | {verdict} |",
            escaped(&measure.label)
        ));
    }
}

fn table(out: &mut String, rows: &[String]) {
    for row in rows.iter().take(ROWS_MAX) {
        line(out, format_args!("{row}"));
    }
    if rows.len() > ROWS_MAX {
        line(out, format_args!("\n{} more.", rows.len() - ROWS_MAX));
    }
}

/// A fold with its table; nothing without rows.
fn folded(out: &mut String, title: &str, words: Option<String>, (head, rows): (&str, Vec<String>)) {
    if rows.is_empty() {
        return;
    }
    let words = words.map(|words| format!(": {words}")).unwrap_or_default();
    line(
        out,
        format_args!("<details><summary>{title}{words}</summary>\n"),
    );
    if !head.is_empty() {
        line(out, format_args!("{head}"));
    }
    table(out, &rows);
    line(out, format_args!("\n</details>\n"));
}

fn drift(document: &Document) -> (&'static str, Vec<String>) {
    let head = "| column | method | effect | limit | p, corrected | missing | |\n| --- | --- | --- | --- | --- | --- | --- |";
    let row = |(_, column): (usize, &crate::document::Column)| {
        let drift = column.drift.as_ref()?;
        let told = |value: Option<f64>| value.map_or("–".to_owned(), number::effect);
        let (by, effect, threshold) = drift.decisive();
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
        Some(format!(
            "| {} | {} | {} | {} | {} | {missing} | {verdict} |",
            escaped_name(&column.name),
            escaped_name(&wording::method(by)),
            told(effect),
            told(threshold),
            drift
                .adjusted_p_value
                .or(drift.p_value)
                .map_or("–".to_owned(), number::probability),
        ))
    };
    (
        head,
        order::columns(document)
            .into_iter()
            .filter_map(row)
            .collect(),
    )
}

fn quality(document: &Document) -> (&'static str, Vec<String>) {
    let head = "| check | failing | reference | |\n| --- | --- | --- | --- |";
    let row = |check: &crate::document::Check| {
        let share = measure::of("recall");
        let (failing, _) = wording::figure(&check.failing, &share);
        let verdict = if check.breach {
            let mark = wording::severity_mark(check.severity);
            format!("{mark} {}", check.severity.name())
        } else if !check.failing.is_ok() {
            "cannot tell".to_owned()
        } else {
            "holds".to_owned()
        };
        format!(
            "| {} | {} | {} | {verdict} |",
            escaped_name(&check.name),
            escaped(&failing),
            check.reference.map_or("–".to_owned(), number::percent),
        )
    };
    (head, order::checks(document).into_iter().map(row).collect())
}

fn fairness(document: &Document) -> (&'static str, Vec<String>) {
    let head = "| gap | widest difference | of | smallest ratio | of | |\n| --- | --- | --- | --- | --- | --- |";
    let gaps = document
        .fairness
        .iter()
        .flat_map(|fairness| &fairness.disparities);
    let row = |disparity: &crate::document::Disparity| {
        let told = |width: gap::Width| {
            let interval = width
                .interval
                .map(|interval| format!(" ({interval})"))
                .unwrap_or_default();
            format!(
                "{} | {}",
                escaped(&format!("{}{interval}", width.value)),
                escaped(&width.of)
            )
        };
        format!(
            "| {} by {} | {} | {} | {} |",
            escaped(&measure::of(&disparity.measure).label),
            escaped_name(&disparity.attribute),
            told(gap::difference(disparity)),
            told(gap::ratio(disparity)),
            gap::verdict(disparity),
        )
    };
    (head, gaps.map(row).collect())
}

fn slices(document: &Document) -> (&'static str, Vec<String>) {
    let head =
        "| rows where | rows | measure | inside | elsewhere |\n| --- | --- | --- | --- | --- |";
    let row = |slice: &crate::document::Slice| {
        let measure = measure::of(&slice.measure);
        let told = |figure: &Figure| escaped(&wording::figure(figure, &measure).0);
        format!(
            "| {} | {} | {} | {} | {} |",
            escaped(&name::short(&slice.description, 120)),
            number::count(slice.n),
            escaped(&measure.label),
            told(&slice.inside),
            told(&slice.outside),
        )
    };
    (head, document.slices.iter().map(row).collect())
}

fn absent(document: &Document) -> (&'static str, Vec<String>) {
    let absent = wording::absent(document).into_iter();
    let absent = absent.map(|(names, why)| format!("- {}: {}", escaped(&names), escaped(why)));
    let notes = document
        .notes
        .iter()
        .map(|note| format!("- {}", escaped(note)));
    ("", absent.chain(notes).collect())
}

fn methods(document: &Document) -> (&'static str, Vec<String>) {
    let head = "| method | for | threshold | |\n| --- | --- | --- | --- |";
    let row = |method: &crate::document::Method| {
        format!(
            "| {} | {} | {} | {} |",
            escaped_name(&method.name),
            escaped(&wording::section(&method.area)),
            method.threshold.map_or("–".to_owned(), number::plain),
            escaped(&method.definition),
        )
    };
    (head, document.methods.iter().map(row).collect())
}

fn escaped_name(text: &str) -> String {
    escaped(&name::short(text, NAME_MAX))
}

/// Text that stays text: no format, no table, no tag, no link, no mention.
fn escaped(text: &str) -> String {
    // Joins words, and so tells readers of Markdown that no name, number or address goes on here.
    const JOINER: char = '\u{2060}';
    let mut out = String::with_capacity(text.len() + 8);
    let mut letters = text.chars().peekable();
    while let Some(c) = letters.next() {
        let next = letters.peek().copied().unwrap_or(' ');
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' | '!' | '#' => {
                out.push('\\');
                out.push(c);
            }
            '\n' | '\r' | '\t' => out.push(' '),
            c if name::is_unsafe(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
        let links = match c {
            '@' => true,
            '#' => next.is_ascii_digit(),
            ':' => next == '/',
            '.' => next.is_alphabetic(),
            _ => false,
        };
        if links {
            out.push(JOINER);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn texts_neither_format_nor_link_nor_call() {
        for (text, expect) in [
            ("a | b", "a \\| b"),
            ("<img src=x>", "&lt;img src=x&gt;"),
            ("@everyone", "@\u{2060}everyone"),
            ("#12", "\\#\u{2060}12"),
            ("[x](y)", "\\[x\\](y)"),
            ("f_1 **b** `c`", "f\\_1 \\*\\*b\\*\\* \\`c\\`"),
            ("0.05 is 5 %. So: it is.", "0.05 is 5 %. So: it is."),
            ("line\nend", "line end"),
        ] {
            assert_eq!(escaped(text), expect);
        }
        assert!(!escaped("see https://x.example or www.x.example").contains("://"));
        assert!(!escaped("www.x").contains("www.x"));
    }

    proptest! {
        #[test]
        fn no_text_leaves_its_cell(text in any::<String>()) {
            let out = escaped(&text);
            prop_assert!(!out.contains(['\n', '<', '>']));
            let bare = out.char_indices().filter(|(at, c)| *c == '|' && !out[..*at].ends_with('\\'));
            prop_assert_eq!(bare.count(), 0);
        }
    }
}
