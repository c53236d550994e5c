//! What people and programs see: results on standard output, notes and progress on standard error.

use clap::ValueEnum;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde_json::Value;
use std::io::{IsTerminal, Write};

/// Form of a command's result.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Output {
    /// For eyes.
    #[default]
    Table,
    /// For programs.
    Json,
}

/// Writes a line of the result. A reader that went away is not an error.
pub(crate) fn say(line: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{line}");
}

/// Writes bytes of the result as they are.
pub(crate) fn write(bytes: &[u8]) {
    let _ = std::io::stdout().lock().write_all(bytes);
}

/// Writes a line beside the result.
pub(crate) fn note(line: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

/// Writes a value as indented JSON.
pub(crate) fn say_json(value: &Value) {
    say(&serde_json::to_string_pretty(value).unwrap_or_default());
}

/// A progress bar over `total` bytes that exists on a terminal only.
pub(crate) fn progress(total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
    if std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
    }
    let template = "{bar:24} {percent:>3} %  {msg}  {eta} left";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.progress_chars("━╸ "));
    }
    bar
}

/// What is waited for, on a terminal only.
pub(crate) fn spinner(waiting_for: &str) -> ProgressBar {
    let spinner = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
    if std::io::stderr().is_terminal() {
        spinner.set_draw_target(ProgressDrawTarget::stderr_with_hz(5));
    }
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}  {elapsed}") {
        spinner.set_style(style);
    }
    spinner.set_message(waiting_for.to_owned());
    spinner.enable_steady_tick(std::time::Duration::from_millis(200));
    spinner
}

/// A table for eyes: no frame, numbers to the right.
pub(crate) fn table(header: &[String], rows: &[Vec<Value>]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
    }
    table.set_header(header.iter().map(|name| clean(name)));
    for row in rows {
        table.add_row(row.iter().map(cell));
    }
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        let mut values = rows
            .iter()
            .filter_map(|row| row.get(at))
            .filter(|v| !v.is_null())
            .peekable();
        if values.peek().is_some() && values.all(Value::is_number) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    let text = table.to_string();
    text.lines()
        .map(str::trim_end)
        .collect::<Vec<_>>()
        .join("\n")
}

/// A value as a cell.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => "·".to_owned(),
        Value::String(text) => clean(text),
        Value::Number(number) => match number.as_f64() {
            Some(x) if number.is_f64() => float(x),
            _ => number.to_string(),
        },
        other => clean(&other.to_string()),
    }
}

/// A float with at most six digits after the point; very small and large ones in full.
fn float(x: f64) -> String {
    if x != 0.0 && (x.abs() < 1e-4 || x.abs() >= 1e15) {
        return format!("{x:e}");
    }
    let text = format!("{x:.6}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Telemetry is other people's text: control characters must not reach the terminal.
pub(crate) fn clean(text: &str) -> String {
    let hidden =
        |c: char| c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars()
        .map(|c| if hidden(c) { '\u{fffd}' } else { c })
        .collect()
}

/// A count with separators: `1,234,567`.
pub(crate) fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Rows a second, as a count.
pub(crate) fn rate(rows: u64, seconds: f64) -> String {
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a rounded figure for people"
    )]
    count((rows as f64 / seconds.max(1e-3)) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn tables_align_numbers_and_disarm_texts() {
        let header = ["model".to_owned(), "n".to_owned()];
        let rows = [
            vec![json!("a\u{1b}[2J"), json!(5)],
            vec![json!("long-name"), json!(12.5)],
            vec![Value::Null, json!(1e-9)],
        ];
        insta::assert_snapshot!(table(&header, &rows), @r"
        model         n
        a�[2J         5
        long-name  12.5
        ·          1e-9
        ");
    }

    #[test]
    fn counts_have_separators() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (1000, "1,000"),
            (3_292_679, "3,292,679"),
        ] {
            assert_eq!(count(n), text);
        }
        assert_eq!(rate(10, 2.0), "5");
    }
}
