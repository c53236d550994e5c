//! The evidence of an alert, for eyes.

use super::{list, text};
use crate::terminal;
use serde_json::Value;
use std::collections::BTreeSet;

/// Where it is worst, rows that show it, and the statement for more of them.
pub(super) fn page(evidence: &Value) -> String {
    let mut parts: Vec<String> = list(evidence, "monitors").map(of_monitor).collect();
    parts.extend(notes(evidence));
    parts.join("\n")
}

fn of_monitor(monitor: &Value) -> String {
    let mut lines = vec![format!("\nevidence: {}", text(monitor, "sentence"))];
    lines.push(format!(
        "  looked at {} to {}, {} predictions",
        text(monitor, "from"),
        text(monitor, "to"),
        text(monitor, "rows")
    ));
    let parts: Vec<&Value> = list(monitor, "segments").collect();
    if !parts.is_empty() {
        lines.push("\n  where it is worst".to_owned());
        lines.push(indented(&segments(monitor, &parts)));
    }
    if monitor.get("suppressed").is_some_and(|n| *n != 0) {
        lines.push(format!(
            "  left out: {} values with fewer than {} rows",
            text(monitor, "suppressed"),
            text(monitor, "rows_min")
        ));
    }
    let rows: Vec<&Value> = list(monitor, "examples").collect();
    if !rows.is_empty() {
        lines.push("\n  rows that show it".to_owned());
        lines.push(indented(&examples(&text(monitor, "column"), &rows)));
    }
    if let Some(sql) = monitor.get("sql").and_then(Value::as_str) {
        lines.push(format!("\n  more: {}", terminal::clean(sql)));
    }
    lines.extend(notes(monitor));
    lines.join("\n")
}

fn segments(monitor: &Value, parts: &[&Value]) -> String {
    let names = [
        "segment",
        "value",
        "now",
        "low",
        "high",
        "rows",
        "reference",
        "beyond the rest",
        "apart",
    ];
    let header: Vec<String> = names.iter().map(ToString::to_string).collect();
    let at = |value: &Value, path: &str| value.pointer(path).cloned().unwrap_or_default();
    let figures = |value: &Value| {
        [
            "/now/value",
            "/now/low",
            "/now/high",
            "/now/n",
            "/reference/value",
        ]
        .map(|path| at(value, path))
    };
    let row = |part: &&Value| {
        let mut row = vec![at(part, "/segment"), at(part, "/value")];
        row.extend(figures(part));
        row.push(at(part, "/excess"));
        let apart = at(part, "/apart") == true;
        row.push(Value::from(if apart { "yes" } else { "no" }));
        row
    };
    let mut rows: Vec<Vec<Value>> = parts.iter().map(row).collect();
    if let Some(whole) = monitor.get("whole").filter(|v| !v.is_null()) {
        let mut all = vec![Value::from("all"), Value::from("")];
        all.extend(figures(whole));
        all.extend([Value::Null, Value::from("")]);
        rows.push(all);
    }
    terminal::table(&header, &rows)
}

/// Id, time, the column in question, segments, the rest; columns without any value are left out.
fn examples(column: &str, rows: &[&Value]) -> String {
    let rank = |name: &str| match name {
        "id" => 0,
        "time" => 1,
        _ if name == column => 2,
        _ if name.starts_with("segment_") => 3,
        _ => 4,
    };
    let names = rows.iter().filter_map(|row| row.as_object());
    let told = names
        .flatten()
        .filter(|(name, value)| !value.is_null() || *name == column);
    let names: BTreeSet<(u8, &String)> = told.map(|(name, _)| (rank(name), name)).collect();
    let header: Vec<String> = names.into_iter().map(|(_, name)| name.clone()).collect();
    let cells = |row: &&Value| {
        let values = header.iter().map(|name| row.get(name).cloned());
        values.map(Option::unwrap_or_default).collect()
    };
    let cells: Vec<Vec<Value>> = rows.iter().map(cells).collect();
    terminal::table(&header, &cells)
}

fn notes(value: &Value) -> Vec<String> {
    let all = list(value, "notes").filter_map(Value::as_str);
    all.map(|note| format!("  {}", terminal::clean(note)))
        .collect()
}

fn indented(table: &str) -> String {
    let lines: Vec<String> = table.lines().map(|line| format!("  {line}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn evidence_tells_where_it_is_worst_and_shows_rows() {
        let figure =
            |value: f64, n: u64| json!({"value": value, "low": null, "high": null, "n": n});
        let evidence = json!({
            "monitors": [{
                "column": "input_income", "sentence": "Missing values of input_income: 31 %", "from": "a", "to": "b", "rows": 900,
                "whole": {"now": figure(0.31, 900), "reference": figure(0.02, 9000)},
                "segments": [{"segment": "region", "value": "north", "now": figure(0.9, 300),
                    "reference": null, "excess": 0.87, "apart": true}],
                "suppressed": 2, "rows_min": 50,
                "examples": [{"id": "p\u{1b}1", "input_income": null, "output_class": null, "segment_region": "north",
                    "time": "t"}],
                "sql": "SELECT 1", "notes": ["Rows before x are gone."],
            }],
            "notes": [],
        });
        insta::assert_snapshot!(page(&evidence), @r"
        evidence: Missing values of input_income: 31 %
          looked at a to b, 900 predictions

          where it is worst
          segment  value   now  low  high  rows  reference  beyond the rest  apart
          region   north   0.9  ·    ·      300          ·             0.87  yes
          all             0.31  ·    ·      900       0.02                ·
          left out: 2 values with fewer than 50 rows

          rows that show it
          id   time  input_income  segment_region
          p�1  t     ·             north

          more: SELECT 1
          Rows before x are gone.
        ");
    }
}
