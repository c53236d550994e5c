//! `bench/RESULTS.md` from figures and from what the peers' runner wrote.

use crate::Result;
use crate::detect::PREFIX;
use crate::figure::{Bar, Figure};
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

/// What to call a peer's measurement, which of our figures stands beside it, and which of its
/// numbers to quote: (id, figure, what, key, unit).
const PEERS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "engine_ndjson_polars",
        "ndjson",
        "polars parses NDJSON, nothing stored",
        "rows_s",
        "rows/s",
    ),
    (
        "engine_ndjson_duckdb",
        "ndjson",
        "DuckDB parses NDJSON, nothing stored",
        "rows_s",
        "rows/s",
    ),
    (
        "ingest_phoenix_http",
        "ndjson",
        "Phoenix takes spans until queryable",
        "rows_s",
        "spans/s",
    ),
    (
        "ingest_mlflow_otlp_t4",
        "ndjson",
        "MLflow takes spans",
        "rows_s",
        "spans/s",
    ),
    (
        "limits_sqlite_full",
        "ndjson",
        "SQLite by hand, synced, 512 rows a transaction",
        "rows_s",
        "rows/s",
    ),
    (
        "engine_decode_pyarrow",
        "arrow",
        "pyarrow decodes Parquet, nothing stored",
        "rows_s",
        "rows/s",
    ),
    (
        "limits_wal",
        "arrow",
        "append + fdatasync of 379 kB payloads",
        "mb_s",
        "MB/s",
    ),
    (
        "whylogs_profile",
        "profiles",
        "whylogs profiles the same table",
        "rows_s",
        "rows/s",
    ),
    (
        "limits_http_post",
        "single",
        "nginx drops 379 kB posts",
        "req_s",
        "requests/s",
    ),
    (
        "limits_http_get",
        "single",
        "nginx answers empty requests",
        "req_s",
        "requests/s",
    ),
    (
        "limits_fsync",
        "single",
        "fdatasync of 4 KiB, p50",
        "p50_us",
        "us",
    ),
    (
        "limits_seqwrite",
        "disk",
        "sequential write of 2 GiB + fsync",
        "mb_s",
        "MB/s",
    ),
];

/// A run of a peer as the shared runner writes it.
#[derive(Debug, Deserialize)]
struct Run {
    id: String,
    rc: i64,
    #[serde(default)]
    inner: Vec<Value>,
    #[serde(default)]
    foreign: f64,
    #[serde(default)]
    wall: f64,
}

/// One peer's quoted number over its runs.
struct Quote {
    low: f64,
    median: f64,
    high: f64,
    foreign_s: f64,
}

/// Seconds that whylogs took for its profile of the peers' table, if it was measured.
pub(crate) fn whylogs_s(peers: Option<&Path>) -> Result<Option<f64>> {
    let Some(path) = peers.filter(|p| p.exists()) else {
        return Ok(None);
    };
    let lines = fs::read_to_string(path)?;
    let runs = lines
        .lines()
        .filter_map(|l| serde_json::from_str::<Run>(l).ok());
    let own = runs.filter(|r| r.rc == 0 && r.id.starts_with("whylogs_profile@"));
    let seconds = own.filter_map(|r| r.inner.first()?["laps"]["compute"].as_f64());
    Ok(seconds.min_by(f64::total_cmp))
}

/// Seconds of a peer's quickest run as a whole process, if it was measured.
pub(crate) fn peer_wall_s(peers: Option<&Path>, id: &str) -> Result<Option<f64>> {
    let Some(path) = peers.filter(|p| p.exists()) else {
        return Ok(None);
    };
    let lines = fs::read_to_string(path)?;
    let runs = lines
        .lines()
        .filter_map(|l| serde_json::from_str::<Run>(l).ok());
    let own = runs.filter(|r| r.rc == 0 && r.id.split('@').next() == Some(id));
    Ok(own
        .map(|r| r.wall)
        .filter(|s| *s > 0.0)
        .min_by(f64::total_cmp))
}

/// A line for each commit but `own` of which figures are shown.
pub(crate) fn of_other_commits(recorded: &[(Figure, String)], own: &str) -> String {
    let mut by: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (figure, commit) in recorded.iter().filter(|(_, commit)| commit != own) {
        by.entry(commit).or_default().push(&figure.name);
    }
    let line = |(commit, names): (&str, Vec<&str>)| {
        format!(
            "- measured at commit {commit}, not again since: {}\n",
            names.join("; ")
        )
    };
    by.into_iter().map(line).collect()
}

/// Writes the page.
pub(crate) fn write(
    page: &Path,
    machine: &str,
    figures: &[Figure],
    failures: &[String],
    peers: Option<&Path>,
) -> Result<()> {
    let quotes = match peers.filter(|p| p.exists()) {
        Some(path) => quotes(&fs::read_to_string(path)?),
        None => BTreeMap::new(),
    };
    fs::write(page, render(machine, figures, failures, &quotes)?)?;
    Ok(())
}

fn render(
    machine: &str,
    figures: &[Figure],
    failures: &[String],
    quotes: &BTreeMap<&str, Quote>,
) -> Result<String> {
    let mut out = String::from(
        "# Speed and memory\n\n\
         Made by `make bench`, never by hand; where figures were measured again one by one (`candor-bench page`), their commits are named. Client and server share the machine; default settings, \
         fsync on; a run counts only if SQL finds exactly the events that were accepted.\n\n",
    );
    out.push_str(machine);
    out.push_str(
        "\n| figure | measured | bar | aim | reached |\n| --- | ---: | ---: | ---: | --- |\n",
    );
    let (found, figures): (Vec<&Figure>, Vec<&Figure>) =
        figures.iter().partition(|f| f.name.starts_with(PREFIX));
    for figure in &figures {
        let bar = bar(figure);
        let aim = figure.aim.map_or(String::new(), number);
        let reached = if figure.is_met() { "yes" } else { "**no**" };
        let measured = format!("{} {}", number(figure.value), figure.unit);
        writeln!(
            out,
            "| {} | {measured} | {bar} | {aim} | {reached} |",
            figure.name
        )?;
    }
    for failure in failures {
        writeln!(out, "\nNot measured: {failure}")?;
    }
    out.push_str("\n## Peers and limits, in the same run\n\n");
    if quotes.is_empty() {
        out.push_str(
            "Peers skipped: their scripts (`bench` of the shared folder) were not found.\n",
        );
    } else {
        out.push_str("| beside | what | measured (lowest to highest) | others' CPU |\n| --- | --- | ---: | ---: |\n");
        for (id, beside, what, _, unit) in PEERS {
            let Some(q) = quotes.get(id) else { continue };
            let range = format!("{} to {}", number(q.low), number(q.high));
            let median = number(q.median);
            writeln!(
                out,
                "| {beside} | {what} | {median} {unit} ({range}) | {:.1} s |",
                q.foreign_s
            )?;
        }
    }
    detection(&mut out, &found)?;
    out.push_str("\n## What each run saw\n\n");
    for figure in figures.iter().filter(|f| f.detail.is_object()) {
        writeln!(out, "- **{}**: {}", figure.name, detail(&figure.detail))?;
    }
    Ok(out)
}

fn bar(figure: &Figure) -> String {
    match figure.bar {
        Bar::AtLeast(bar) => format!("≥ {}", number(bar)),
        Bar::AtMost(bar) => format!("≤ {}", number(bar)),
    }
}

/// What monitors find: a table of its own.
fn detection(out: &mut String, found: &[&Figure]) -> Result<()> {
    if found.is_empty() {
        return Ok(());
    }
    out.push_str(
        "\n## Detection\n\nThe engine of monitors in this process: faults of simulated fleets by the default pack \
         (pages of docs/scenarios, several seeds, truth known), a clean month of four models, the labelled series of the \
         Numenta benchmark by one monitor with the decision `anomaly`, and the errors of learners on streams whose \
         concept changes at known rows by one monitor with `shift`. Bars of series and streams are the best \
         published detector on the same data.\n\n\
         | what | measured | bar | reached | seen |\n| --- | ---: | ---: | --- | --- |\n",
    );
    for figure in found {
        let name = figure.name.trim_start_matches(PREFIX);
        let measured = format!("{} {}", number(figure.value), figure.unit);
        let reached = if figure.is_met() { "yes" } else { "**no**" };
        let (bar, seen) = (bar(figure), detail(&figure.detail));
        writeln!(out, "| {name} | {measured} | {bar} | {reached} | {seen} |")?;
    }
    Ok(())
}

fn detail(value: &Value) -> String {
    let told = |v: &Value| match v {
        Value::Number(n) => number(n.as_f64().unwrap_or(0.0)),
        Value::Array(all) => {
            let all: Vec<String> = all
                .iter()
                .map(|v| number(v.as_f64().unwrap_or(0.0)))
                .collect();
            all.join(" / ")
        }
        Value::Object(_) => format!("({})", detail(v)),
        other => other.to_string(),
    };
    let fields = value.as_object().into_iter().flatten();
    let fields: Vec<String> = fields
        .map(|(k, v)| format!("{} {}", k.replace('_', " "), told(v)))
        .collect();
    fields.join(", ")
}

fn quotes(lines: &str) -> BTreeMap<&'static str, Quote> {
    let runs: Vec<Run> = lines
        .lines()
        .filter_map(|l| serde_json::from_str(l).ok())
        .filter(|r: &Run| r.rc == 0)
        .collect();
    let mut out = BTreeMap::new();
    for (id, _, _, key, _) in PEERS {
        let own = |r: &&Run| r.id.split('@').next() == Some(id);
        let mut values: Vec<f64> = runs
            .iter()
            .filter(own)
            .filter_map(|r| value(r, key))
            .collect();
        values.sort_by(f64::total_cmp);
        let (Some(&low), Some(&high)) = (values.first(), values.last()) else {
            continue;
        };
        let foreign_s = runs
            .iter()
            .filter(own)
            .map(|r| r.foreign)
            .fold(0.0, f64::max);
        let median = values[values.len() / 2];
        out.insert(
            *id,
            Quote {
                low,
                median,
                high,
                foreign_s,
            },
        );
    }
    out
}

/// A number of a run; `rows_s` is its rows by the time it took.
fn value(run: &Run, key: &str) -> Option<f64> {
    let inner = run.inner.first()?;
    if key == "rows_s" {
        return Some(inner["rows"].as_f64()? / inner["laps"]["compute"].as_f64()?);
    }
    inner[key].as_f64()
}

/// A number with three or so telling digits, thousands apart.
fn number(value: f64) -> String {
    let digits = match value.abs() {
        v if v >= 100.0 => 0,
        v if v >= 10.0 => 1,
        v if v >= 1.0 => 2,
        _ => 3,
    };
    let plain = format!("{value:.digits$}");
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let (sign, whole) = whole.strip_prefix('-').map_or(("", whole), |w| ("-", w));
    let mut apart = String::new();
    for (i, c) in whole.chars().enumerate() {
        if i > 0 && (whole.len() - i).is_multiple_of(3) {
            apart.push(',');
        }
        apart.push(c);
    }
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{sign}{apart}{point}{fraction}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_spelled_for_people() {
        for (value, told) in [
            (1_234_567.8, "1,234,568"),
            (300.0, "300"),
            (12.34, "12.3"),
            (0.8, "0.8"),
            (-4.0, "-4"),
            (0.0, "0"),
        ] {
            assert_eq!(number(value), told);
        }
    }

    #[test]
    fn what_was_measured_at_another_commit_is_named() {
        let figure = |name: &str| Figure {
            name: name.into(),
            value: 1.0,
            unit: "s",
            bar: Bar::AtMost(2.0),
            aim: None,
            detail: Value::Null,
        };
        let recorded = [("a", "old"), ("b", "new"), ("c", "old")];
        let recorded = recorded.map(|(name, commit)| (figure(name), commit.to_owned()));
        let told = of_other_commits(&recorded, "new");
        assert_eq!(told, "- measured at commit old, not again since: a; c\n");
        assert_eq!(of_other_commits(&recorded[1..2], "new"), "");
    }

    #[test]
    fn the_page_tells_shortfalls_and_peers() {
        let lines = r#"{"id":"limits_fsync@1000","rc":0,"foreign":0.5,"inner":[{"rows":2000,"laps":{"compute":1.0},"p50_us":150.0}]}
{"id":"engine_ndjson_polars@1000","rc":0,"inner":[{"rows":1000,"laps":{"compute":0.001}}]}
{"id":"engine_ndjson_duckdb@1000","rc":1,"inner":[]}"#;
        let figure = Figure {
            name: "ndjson".into(),
            value: 90_000.0,
            unit: "events/s",
            bar: Bar::AtLeast(120_000.0),
            aim: Some(300_000.0),
            detail: serde_json::json!({"p99_ms": 4.5, "memory": {"peak_mib": 700.0}}),
        };
        let found = Figure {
            name: format!("{PREFIX}null_burst"),
            value: 100.0,
            unit: "%",
            bar: Bar::AtLeast(90.0),
            detail: serde_json::json!({"delay_h": 3.5, "missed": {}}),
            ..figure.clone()
        };
        let page = render(
            "- a machine\n",
            &[figure, found],
            &["scan: no disk".into()],
            &quotes(lines),
        )
        .unwrap();
        for told in [
            "| ndjson | 90,000 events/s | ≥ 120,000 | 300,000 | **no** |",
            "Not measured: scan: no disk",
            "| ndjson | polars parses NDJSON, nothing stored | 1,000,000 rows/s",
            "| single | fdatasync of 4 KiB, p50 | 150 us (150 to 150) | 0.5 s |",
            "memory (peak mib 700), p99 ms 4.5",
            "| null_burst | 100 % | ≥ 90 | yes | delay h 3.5, missed () |",
        ] {
            assert!(page.contains(told), "{told}:\n{page}");
        }
        assert!(!page.contains("DuckDB"));
    }
}
